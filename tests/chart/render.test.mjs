// Every object of every set of values in ci: valid for a current Kubernetes, hardened, and the same from both Helms.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { binary, settings } from '../manifests/objects.mjs';
import { environmentOf, isMatinee, podsOf, problems } from '../manifests/policies.mjs';
import { faults } from '../manifests/strict.mjs';
import { chart, find, helm, helms, objectsOf, parse, root, sets, values } from './helm.mjs';

// Objects that the sets expect in the cluster.
const FOREIGN = [
  ...['captures', 'movies'].map((name) => ({ kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteMany'] } })),
  { kind: 'ConfigMap', metadata: { name: 'more' }, data: {} },
];
const known = new Set([...settings, ...[...settings].map((name) => `${name}_FILE`), 'MATINEE_CONFIG', 'PGSSLROOTCERT']);
const rendered = Object.fromEntries(await Promise.all(Object.entries(sets).map(async ([name, given]) => [name, await objectsOf(given)])));
const containersOf = ({ spec }) => [...(spec.initContainers ?? []), ...spec.containers];
const all = Object.values(rendered).flat();
const pods = Object.entries(rendered).flatMap(([set, objects]) => podsOf(objects).map((pod) => ({ ...pod, set, objects })));

// A trial password is generated at each rendering.
const withoutPasswords = (objects) => JSON.parse(JSON.stringify(objects).replaceAll(/\b[A-Za-z0-9]{32}\b/g, 'password').replaceAll(/("checksum\/secrets":)"\w+"/g, '$1""'));

for (const [name, objects] of Object.entries(rendered)) {
  test(`${name}: every field is valid for Kubernetes`, () => {
    assert.deepEqual(objects.flatMap(faults), []);
  });

  test(`${name}: the objects keep the policies`, () => {
    // Pod security admits a set without these volumes.
    const anyVolume = /"(hostPath|nfs|volume)":/.test(JSON.stringify(sets[name]));
    const found = problems([...objects, ...FOREIGN], { settings: known, anyVolume });
    // Without a cluster Helm cannot look up the trial database, so there is no Job; an upgrade has one.
    assert.deepEqual(found.filter((what) => !(sets[name].trial && /NetworkPolicy .*-migrate selects no pod/.test(what))), []);
  });

  test(`${name}: a secret is only in Secrets`, () => {
    const secrets = objects.filter(({ kind }) => kind === 'Secret').flatMap(({ stringData }) => Object.values(stringData));
    const open = JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'));
    for (const secret of ['not-a-', ...secrets.filter((text) => /^[\w-]{12,}$/.test(text))]) assert.ok(!open.includes(secret), secret);
  });

  test(`${name}: both Helms render the same objects, and lint accepts the values`, async () => {
    for (const [which, program] of Object.entries(helms)) {
      assert.deepEqual(withoutPasswords(await objectsOf(sets[name], { program })), withoutPasswords(objects), which);
      const { code, out, err } = await helm(program, ['lint', '--strict', chart], sets[name]);
      assert.equal(code, 0, `${which}: ${out}${err}`);
    }
  });

  test(`${name}: the program accepts the arguments and settings of every container`, () => {
    for (const { container, objects: own } of podsOf(objects).flatMap((pod) => containersOf(pod).map((one) => ({ container: one, objects })))) {
      if (!isMatinee(container)) continue;
      // `health` has no settings; nothing listens at that address.
      const isHealth = container.args[0] === 'health';
      const args = isHealth ? container.args.map((arg) => arg.replace(/^http:\/\/[^/]+/, 'http://127.0.0.1:1')) : [...container.args, '--print-config'];
      const env = Object.fromEntries(Object.entries(environmentOf(container, own)).map(([key, value]) => [key, value ?? '1']));
      // Its file is read in options.test.mjs.
      delete env.MATINEE_CONFIG;
      const secrets = { DATABASE_URL: 'postgres://matinee:secret@db/matinee', REDIS_URL: 'redis://redis', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' };
      for (const key of Object.keys(env).filter((one) => one.endsWith('_FILE'))) {
        env[key.slice(0, -5)] = secrets[key.slice(0, -5)] ?? 'secret';
        delete env[key];
      }
      const { status, stderr } = spawnSync(binary, args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
      assert.equal(status, isHealth ? 1 : 0, `${container.name}: ${stderr}`);
      assert.doesNotMatch(stderr, /--help/, container.name);
    }
  });
}

test('the sets enable every template, and so every kind of object', async () => {
  const templates = readdirSync(join(chart, 'templates'), { recursive: true }).filter((path) => path.endsWith('.yaml'));
  const seen = new Set();
  for (const given of Object.values(sets)) {
    const { out } = await helm(helms['Helm 4'], ['template', 'm', chart], given);
    for (const [, path] of out.matchAll(/^# Source: matinee\/templates\/(.*)$/gm)) seen.add(path);
  }
  assert.deepEqual([...seen].sort(), templates.sort());
  const kinds = (text) => [...text.matchAll(/^ *kind: (\w+)$/gm)].map(([, kind]) => kind);
  const written = new Set(templates.concat('_helpers.tpl').flatMap((path) => kinds(readFileSync(join(chart, 'templates', path), 'utf8'))));
  assert.deepEqual([...written].filter((kind) => !all.some((object) => object.kind === kind)), []);
});

test('an old Kubernetes gets the same objects with the API versions that it has', async () => {
  for (const [name, given] of Object.entries(sets)) {
    const old = await objectsOf(given, { kube: '1.20.2' });
    const versions = Object.fromEntries(old.map(({ kind, apiVersion }) => [kind, apiVersion]));
    const expected = { HorizontalPodAutoscaler: 'autoscaling/v2beta2', PodDisruptionBudget: 'policy/v1beta1', CronJob: 'batch/v1beta1', Ingress: 'networking.k8s.io/v1' };
    for (const [kind, version] of Object.entries(versions)) assert.equal(version, expected[kind] ?? version, name);
    const today = (objects) => withoutPasswords(objects.map(({ apiVersion, ...object }) => ({ apiVersion: ['CronJob', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'].includes(object.kind) ? '' : apiVersion, ...object })));
    assert.deepEqual(today(old), today(rendered[name]));
  }
  for (const [kube, autoscaling, policy] of [['1.21.0', 'v2beta2', 'v1'], ['1.23.4', 'v2', 'v1'], ['1.32.1+k3s1', 'v2', 'v1']]) {
    const objects = await objectsOf(sets.cluster, { kube });
    assert.equal(find(objects, 'HorizontalPodAutoscaler').apiVersion, `autoscaling/${autoscaling}`);
    assert.equal(find(objects, 'PodDisruptionBudget').apiVersion, `policy/${policy}`);
  }
});

test('a Kubernetes that is too old is refused', async () => {
  await assert.rejects(objectsOf(sets.trial, { kube: '1.19.9' }), /1\.20\.0-0/);
});

test('names of objects are valid for every release name', async () => {
  for (const release of ['m', 'matinee', 'cinema-matinee', 'x'.repeat(53)]) {
    for (const given of [sets.trial, sets.plain]) {
      for (const { kind, metadata } of await objectsOf(given, { release })) {
        assert.ok(metadata.name.length <= 63, metadata.name);
        // The pods of a StatefulSet have a label with its name and a hash.
        if (kind === 'StatefulSet') assert.ok(metadata.name.length <= 52, metadata.name);
        assert.match(metadata.name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        if (release === 'matinee') assert.match(metadata.name, /^matinee/);
      }
    }
  }
});

test('a new version of the chart alone changes no pod and no immutable field', async () => {
  // Immutable fields must not contain a version.
  for (const { kind, spec } of all) {
    if (!['Deployment', 'StatefulSet'].includes(kind)) continue;
    const fixed = JSON.stringify([spec.selector, spec.volumeClaimTemplates ?? [], spec.serviceName ?? '']);
    assert.doesNotMatch(fixed, /helm\.sh\/chart|version/);
    assert.ok(!('helm.sh/chart' in spec.template.metadata.labels));
  }
});

test('a change of a setting or a secret replaces the pods, and no other change does', async () => {
  const annotations = async (given) => find(await objectsOf(given), 'Deployment', 'm-matinee-api').spec.template.metadata.annotations;
  const before = await annotations(sets.keda);
  assert.notEqual((await annotations({ ...sets.keda, settings: { LOG_LEVEL: 'warn' } }))['checksum/settings'], before['checksum/settings']);
  assert.notEqual((await annotations({ ...sets.keda, redis: { url: 'redis://other' } }))['checksum/secrets'], before['checksum/secrets']);
  assert.deepEqual(await annotations({ ...sets.keda, service: { type: 'NodePort' } }), before);
});

test('numbers in settings are rendered as they are written', async () => {
  const { data } = find(await objectsOf(sets.trial), 'ConfigMap', 'm-matinee');
  assert.equal(data.MIN_FREE_BYTES, '268435456');
});

test('the grace period of a pod is longer than the program needs to stop', () => {
  const seconds = (file) => Number(/k\w+DrainLimit\{(\d+)\}/.exec(readFileSync(join(root, 'cmd/matinee/roles', file), 'utf8'))[1]);
  for (const { name, spec, objects } of pods.filter(({ object }) => object.metadata.name.endsWith('-api') && object.kind === 'Deployment')) {
    const delay = Object.fromEntries(spec.containers.map((one) => [one.name, Number.parseInt(environmentOf(one, objects).DRAIN_DELAY, 10)]));
    assert.ok(delay.api > delay.edge + seconds('edge.cc'), name);
    assert.ok(spec.terminationGracePeriodSeconds > delay.api + seconds('api.cc'), name);
  }
  for (const { spec, objects } of pods.filter(({ object }) => object.metadata.name.endsWith('-worker') && object.kind === 'Deployment')) {
    assert.ok(spec.terminationGracePeriodSeconds > Number.parseInt(environmentOf(spec.containers[0], objects).STOP_GRACE, 10));
  }
});

test('only workers and the API mount media files, read-only, and the edge cannot write to the captures', () => {
  for (const { labels, spec, set } of pods) {
    const role = labels['app.kubernetes.io/component'];
    for (const { name, volumeMounts = [] } of containersOf({ spec })) {
      const media = volumeMounts.filter((mount) => mount.name.startsWith('media-'));
      const given = sets[set].media ?? [];
      assert.equal(media.length, [role, name].every((one) => one === 'worker' || one === 'api') ? given.length : 0, name);
      assert.ok(media.every(({ readOnly }) => readOnly));
      const captures = volumeMounts.find((mount) => mount.name === 'captures');
      assert.equal(captures?.readOnly ?? false, ['edge', 'backup'].includes(name), name);
    }
  }
});

test('only the API gets the tokens of the media servers, and every secret file of a container is in a volume of its pod', () => {
  for (const { name, labels, spec } of pods) {
    const role = labels['app.kubernetes.io/component'];
    const volume = spec.volumes?.find((one) => one.name === 'secrets');
    const sources = volume?.projected?.sources.map(({ secret }) => secret) ?? (volume ? [{ ...volume.secret, name: volume.secret.secretName }] : []);
    const files = sources.flatMap(({ items }) => items.map(({ path }) => path));
    if (role !== 'api') assert.deepEqual(files.filter((file) => /TOKEN|API_KEY/.test(file)), [], name);
    for (const container of containersOf({ spec })) {
      for (const { value } of (container.env ?? []).filter((one) => one.name.endsWith('_FILE'))) {
        const [, file] = /^\/etc\/matinee\/secrets\/([\w-]+)$/.exec(value);
        assert.ok(files.includes(file), `${name}: ${container.name} has no ${file}`);
        assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === '/etc/matinee/secrets'));
      }
    }
  }
});

test('every Secret and key that a pod mounts is in the chart or exists before', () => {
  const users = {
    options: ['living-room/token', 'matinee-db-app/uri', 'redis/url'], cluster: ['jellyfin/apiKey', 'emby/key', 'matinee-db-app/uri', 'redis/url', 'collector/headers'],
  };
  for (const [set, objects] of Object.entries(rendered)) {
    const made = objects.filter(({ kind }) => kind === 'Secret').flatMap(({ metadata, stringData }) => Object.keys(stringData).map((key) => `${metadata.name}/${key}`));
    const wanted = podsOf(objects).flatMap(({ spec }) => spec.volumes ?? []).filter(({ name }) => name === 'secrets').flatMap(({ secret, projected }) =>
      (projected?.sources.map((source) => source.secret) ?? [{ ...secret, name: secret.secretName }]).flatMap(({ name, items }) => items.map(({ key }) => `${name}/${key}`)));
    assert.deepEqual([...new Set(wanted)].filter((one) => !made.includes(one)).sort(), (users[set] ?? []).sort(), set);
  }
});

test('hooks use no object that Helm creates after them', () => {
  for (const { object, spec, set, objects } of pods.filter(({ labels }) => labels['app.kubernetes.io/component'] === 'migrate')) {
    assert.match(object.metadata.annotations['helm.sh/hook'], /pre-install,pre-upgrade/);
    assert.equal(spec.serviceAccountName, undefined);
    const hooks = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-install,pre-upgrade');
    const { secretName } = spec.volumes.find(({ name }) => name === 'secrets').secret;
    const own = hooks.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === secretName);
    assert.ok(own || sets[set].database.existingSecret === secretName, `${set}: ${secretName}`);
    if (own) assert.ok(Number(own.metadata.annotations['helm.sh/hook-weight']) < 0);
  }
});

test('an api pod requests at most 50m and 64Mi, and a worker has no CPU limit', () => {
  for (const { labels, spec } of pods) {
    if (labels['app.kubernetes.io/component'] === 'worker') assert.equal(spec.containers[0].resources.limits.cpu, undefined);
  }
  const { spec } = pods.find(({ set, object }) => set === 'trial' && object.metadata.name === 'm-matinee-api');
  const sum = (what) => spec.containers.reduce((total, { resources }) => total + Number.parseInt(resources.requests[what], 10), 0);
  assert.deepEqual([sum('cpu'), sum('memory')], [50, 64]);
});

test('pods that share a volume of one node run on one node, in addition to the affinity in the values', () => {
  const terms = find(rendered.home, 'Deployment', 'm-cinema-worker').spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  assert.equal(terms.length, 2);
  const ours = terms.find(({ labelSelector }) => labelSelector.matchExpressions);
  assert.deepEqual(ours.labelSelector.matchExpressions[0].values, ['api', 'worker', 'demo']);
  for (const name of ['matinee-api', 'matinee-worker']) assert.equal(find(rendered.cluster, 'Deployment', name).spec.template.spec.affinity, undefined);
});

/** Names of the queues, from KEDA's triggers: the chart makes those from its table. */
const queues = [...new Set(find(rendered.keda, 'ScaledObject').spec.triggers.map(({ metadata }) => /"(\w+)"/.exec(metadata.valueLocation)[1]))];

test('KEDA asks the API for the queued jobs and the jobs in flight of each queue, by the names that the program uses', () => {
  const names = [...readFileSync(join(root, 'pkg/capture/queues.h'), 'utf8').matchAll(/k\w+Queue\[\] = "(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual([...queues].sort(), names.sort());
  const { triggers } = find(rendered.keda, 'ScaledObject').spec;
  const places = triggers.map(({ metadata }) => metadata.valueLocation).sort();
  assert.deepEqual(places, names.flatMap((name) => ['in_flight', 'queued'].map((what) => `queues.#(name=="${name}").${what}`)).sort());
  const api = readFileSync(join(root, 'pkg/api/job_routes.cc'), 'utf8');
  for (const { type, metadata } of triggers) {
    assert.equal(type, 'metrics-api');
    assert.match(metadata.url, /^http:\/\/m-matinee\.[-\w]+\.svc:80\/api\/jobs$/);
    assert.ok(api.includes(`{"${metadata.valueLocation.split('.').at(-1)}", state.`), 'a field of the answer');
    assert.equal(metadata.activationTargetValue, metadata.valueLocation.endsWith('queued') ? '0' : undefined);
  }
});

test('alerts and dashboards name only queues of the table', () => {
  const files = readdirSync(join(root, 'dashboards')).map((name) => readFileSync(join(root, 'dashboards', name), 'utf8').replaceAll('\\"', '"'));
  const named = files.flatMap((text) => [...text.matchAll(/\bqueue(?:=|!=|=~|!~)"([^"]*)"/g)].flatMap(([, list]) => list.split('|')));
  assert.ok(named.length > 0);
  assert.deepEqual(named.filter((name) => !queues.includes(name)), []);
});

test('a new role costs an entry in the table and its values', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'matinee-role-'));
  try {
    cpSync(chart, folder, { recursive: true });
    // The schema refuses a section that it does not have; a role that is added for good has one there.
    rmSync(join(folder, 'values.schema.json'));
    const table = join(folder, 'templates/_roles.tpl');
    const entry = `- name: extra
  enabled: true
  configured: true
  needs: [redis]
  containers:
    - name: extra
      args: [extra]
      ports: [{name: metrics, containerPort: 9464, protocol: TCP}]
      env: [{name: METRICS_PORT, value: '9464'}]
      mounts: [secrets]
      probes: {{- include "matinee.probes" (dict "port" "metrics") | nindent 8 }}

`;
    writeFileSync(table, readFileSync(table, 'utf8').replace('- name: demo\n', `${entry}- name: demo\n`));
    writeFileSync(join(folder, 'values.yaml'), stringify({ ...values, extra: { ...values.worker, replicas: 3 } }));
    const given = { ...sets.cluster, fullnameOverride: '', monitoring: { serviceMonitor: { enabled: true } } };
    const objects = await objectsOf(given, { from: folder });
    assert.deepEqual(objects.filter(({ metadata }) => /-extra/.test(metadata.name)).map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
      'Deployment m-matinee-extra', 'PodDisruptionBudget m-matinee-extra', 'Service m-matinee-extra-metrics',
    ]);
    const { spec } = find(objects, 'Deployment', 'm-matinee-extra');
    assert.equal(spec.replicas, 3);
    const { containers, initContainers, volumes } = spec.template.spec;
    assert.equal(initContainers, undefined);
    assert.deepEqual(volumes.map(({ name }) => name), ['tmp', 'data', 'secrets']);
    assert.deepEqual(volumes[2].projected.sources.map(({ secret }) => secret.items[0].path), ['REDIS_URL']);
    assert.deepEqual(containers[0].env, [{ name: 'METRICS_PORT', value: '9464' }, { name: 'REDIS_URL_FILE', value: '/etc/matinee/secrets/REDIS_URL' }]);
    // The other objects are those that are rendered without it.
    const others = objects.filter(({ metadata }) => !/-extra/.test(metadata.name));
    assert.deepEqual(others, await objectsOf(given));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('extra objects may contain templates', () => {
  assert.deepEqual(find(rendered.home, 'ConfigMap', 'm-cinema-extra').data, { release: 'm' });
  assert.ok(find(rendered.home, 'Secret', 'registry'));
});

test('the chart contains the dashboards and alerts unchanged', () => {
  const files = readdirSync(join(root, 'dashboards')).filter((name) => name.endsWith('.json'));
  assert.ok(files.length > 0);
  for (const file of files) {
    const text = readFileSync(join(root, 'dashboards', file), 'utf8');
    assert.equal(readFileSync(join(chart, 'files/dashboards', file), 'utf8'), text, 'run `make docs`');
    const map = rendered.cluster.find(({ kind, data }) => kind === 'ConfigMap' && data[file]);
    assert.equal(map.metadata.labels.grafana_dashboard, '1');
    assert.deepEqual(JSON.parse(map.data[file]), JSON.parse(text));
  }
  assert.deepEqual(readdirSync(join(chart, 'files/dashboards')).sort(), files.sort());
  const alerts = readFileSync(join(root, 'dashboards/alerts.yaml'), 'utf8');
  assert.equal(readFileSync(join(chart, 'files/alerts.yaml'), 'utf8'), alerts, 'run `make docs`');
  assert.deepEqual(find(rendered.cluster, 'PrometheusRule').spec, parse(alerts)[0]);
});
