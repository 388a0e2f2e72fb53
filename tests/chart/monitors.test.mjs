// ServiceMonitor and PodMonitor, run by a real Prometheus: it relabels what is discovered of the chart's pods as the operator would make it,
// and has each process once, with the labels that alerts and dashboards use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../lib/matinee.mjs';
import { podsOf } from '../manifests/policies.mjs';
import { Prometheus } from '../dashboards/prometheus.mjs';
import { find, objectsOf, sets } from './helm.mjs';
import { scrapeConfigs } from './monitors.mjs';

const NAMESPACE = 'films';
const APIS = ['--api-versions', 'monitoring.coreos.com/v1'];

/** One running pod of each Deployment, and one that another chart in this namespace has. */
function podObjects(objects) {
  const running = podsOf(objects).filter(({ object }) => object.kind === 'Deployment').map(({ name, spec, labels }, index) => ({
    metadata: { name: `${name.split(' ').at(-1)}-1`, namespace: NAMESPACE, labels, uid: `${index}` }, spec: { ...spec, nodeName: 'node1' },
    status: { phase: 'Running', podIP: `127.0.1.${index + 1}` },
  }));
  const stranger = structuredClone(running[0]);
  Object.assign(stranger.metadata, { name: 'stranger', uid: 'stranger', labels: { 'app.kubernetes.io/name': 'stranger' } });
  stranger.status.podIP = '127.0.2.1';
  return [...running, stranger];
}

/** Labels of the targets that Prometheus has for a monitor, in the order of their pods. */
async function targetsOf(kind, values) {
  const objects = await objectsOf(values, { args: APIS });
  const monitor = find(objects, kind);
  assert.ok(monitor, `a ${kind}`);
  monitor.metadata.namespace ??= NAMESPACE;
  const pods = podObjects(objects);
  const services = objects.filter((object) => object.kind === 'Service').map((service) => ({ ...service, metadata: { ...service.metadata, namespace: NAMESPACE } }));
  const prometheus = await Prometheus.start([], scrapeConfigs(monitor, { pods, services }));
  try {
    const labels = await eventually(async () => {
      const targets = await prometheus.targets();
      return targets.length > 0 && targets.map((target) => target.labels);
    }, 'targets', 20_000);
    return labels.sort((a, b) => `${a.pod} ${a.endpoint}`.localeCompare(`${b.pod} ${b.endpoint}`));
  } finally {
    await prometheus.close();
  }
}

/** The values of a cluster, with one monitor. */
const valuesWith = (kind) => ({
  ...sets.cluster, monitoring: { serviceMonitor: { enabled: kind === 'ServiceMonitor' }, podMonitor: { enabled: kind === 'PodMonitor' } },
});

/** Each process of Matinee once: the api pods have a second one, nginx. */
function assertTargets(targets) {
  assert.deepEqual(targets.map(({ pod, container, endpoint }) => `${pod}: ${container} (${endpoint})`), [
    'matinee-api-1: edge (edge-metrics)', 'matinee-api-1: api (metrics)', 'matinee-live-1: live (metrics)', 'matinee-worker-1: worker (metrics)',
  ]);
  for (const { namespace, job, instance } of targets) {
    assert.equal(namespace, NAMESPACE, 'alerts and dashboards distinguish installations by it');
    // alerts.yaml expects it.
    assert.match(job, /matinee/);
    assert.match(instance, /^127\.0\.1\.\d:\d+$/);
  }
  assert.equal(new Set(targets.map(({ instance }) => instance)).size, targets.length);
}

for (const kind of ['ServiceMonitor', 'PodMonitor']) {
  test(`a Prometheus with the ${kind} scrapes each process once, with the labels of alerts and dashboards`, async () => {
    assertTargets(await targetsOf(kind, valuesWith(kind)));
  });
}
