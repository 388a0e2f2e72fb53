// Renders the chart with Helm 3 and Helm 4, without a cluster or with a fake one.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { parse, root, tools } from '../manifests/objects.mjs';

export { parse, root };
export const chart = join(root, 'charts/matinee');
export const helms = { 'Helm 3': tools.HELM3, 'Helm 4': tools.HELM4 };
export const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8'))[0];
export const sets = Object.fromEntries(
  readdirSync(join(chart, 'ci')).map((name) => [name.replace(/-values\.yaml$/, ''), parse(readFileSync(join(chart, 'ci', name), 'utf8'))[0]]),
);

const folder = mkdtempSync(join(tmpdir(), 'matinee-chart-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
let files = 0;

/** Runs Helm in an empty environment; `given` are values. */
export function helm(program, args, given) {
  if (given) {
    const file = join(folder, `${++files}.yaml`);
    writeFileSync(file, stringify(given));
    args = [...args, '--values', file];
  }
  return new Promise((done) => {
    execFile(program, args, { env: { HOME: folder }, encoding: 'utf8', maxBuffer: 2 ** 25 }, (error, out, err) => done({ code: error?.code ?? 0, out, err }));
  });
}

/** Renders a set of values: { code, out, err, objects }. */
export async function render(given, { program = tools.HELM4, release = 'm', kube = '1.36.0', args = [], from = chart } = {}) {
  const done = await helm(program, ['template', release, from, '--namespace', 'films', '--kube-version', kube, ...args], given);
  return { ...done, objects: done.code === 0 ? parse(done.out) : [] };
}

/** Returns the objects, or throws what Helm reports. */
export async function objectsOf(given, options) {
  const { code, err, objects } = await render(given, options);
  if (code !== 0) throw new Error(err);
  return objects;
}

export const find = (objects, kind, name) => objects.find((object) => object.kind === kind && (!name || object.metadata.name === name));

const RESOURCES = {
  v1: { ConfigMap: 'configmaps', PersistentVolumeClaim: 'persistentvolumeclaims', Pod: 'pods', Secret: 'secrets', Service: 'services', ServiceAccount: 'serviceaccounts' },
  'apps/v1': { Deployment: 'deployments', StatefulSet: 'statefulsets' },
  'autoscaling/v2': { HorizontalPodAutoscaler: 'horizontalpodautoscalers' },
  'batch/v1': { CronJob: 'cronjobs', Job: 'jobs' },
  'gateway.networking.k8s.io/v1': { HTTPRoute: 'httproutes' },
  'keda.sh/v1alpha1': { ScaledObject: 'scaledobjects', TriggerAuthentication: 'triggerauthentications' },
  'monitoring.coreos.com/v1': { PodMonitor: 'podmonitors', PrometheusRule: 'prometheusrules', ServiceMonitor: 'servicemonitors' },
  'networking.k8s.io/v1': { Ingress: 'ingresses', NetworkPolicy: 'networkpolicies' },
  'policy/v1': { PodDisruptionBudget: 'poddisruptionbudgets' },
};

/** The part of the Kubernetes API that Helm reads before it installs: discovery, and the objects that it is given. */
export class FakeCluster {
  static async start(objects = []) {
    const cluster = new this();
    cluster.objects = objects;
    cluster.server = createServer((request, response) => cluster.answer(request, response)).listen(0, '127.0.0.1');
    await new Promise((listening) => cluster.server.once('listening', listening));
    cluster.file = join(folder, `${++files}.kubeconfig`);
    const server = `http://127.0.0.1:${cluster.server.address().port}`;
    writeFileSync(cluster.file, stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'c', users: [],
      clusters: [{ name: 'c', cluster: { server } }], contexts: [{ name: 'c', context: { cluster: 'c' } }],
    }));
    return cluster;
  }

  answer({ url }, response) {
    const { pathname } = new URL(url, 'http://cluster');
    const send = (status, body) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/version') return send(200, { major: '1', minor: '36', gitVersion: 'v1.36.0' });
    if (pathname === '/api') return send(200, { kind: 'APIVersions', versions: ['v1'] });
    if (pathname === '/apis') {
      const groups = Object.keys(RESOURCES).filter((api) => api.includes('/')).map((groupVersion) => {
        const [name, version] = groupVersion.split('/');
        return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
      });
      return send(200, { kind: 'APIGroupList', apiVersion: 'v1', groups });
    }
    const [, api, rest] = /^\/(?:api|apis)\/(v1|[^/]+\/v[0-9a-z]+)(?:\/(.*))?$/.exec(pathname) ?? [];
    const resources = Object.entries(RESOURCES[api] ?? {});
    if (api && !rest) {
      return send(200, { kind: 'APIResourceList', groupVersion: api, resources: resources.map(([kind, name]) => ({ name, kind, namespaced: true, verbs: ['get', 'list', 'create', 'patch', 'delete'] })) });
    }
    const [, namespace, resource, name] = /^namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(rest ?? '') ?? [];
    const kind = resources.find(([, plural]) => plural === resource)?.[0];
    const there = this.objects.filter((object) => object.kind === kind && object.metadata.namespace === namespace);
    if (kind && !name) return send(200, { kind: `${kind}List`, apiVersion: api, metadata: {}, items: there });
    const object = there.find(({ metadata }) => metadata.name === name);
    if (object) return send(200, object);
    return send(404, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404, message: `${resource} "${name}" not found`, details: {} });
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
