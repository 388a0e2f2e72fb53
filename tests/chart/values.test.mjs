// Values: what contradicts itself is told in a sentence, what is unknown is refused, and every value is documented.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documented, readme } from '../../scripts/chart-docs.mjs';
import { settings } from '../manifests/objects.mjs';
import { chart, helms, parse, render, root, sets, values } from './helm.mjs';

const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'));

/** A set of values that is right, and what makes it wrong. */
const right = sets.plain;
function merged(base, change) {
  if (base === null || change === null || typeof base !== 'object' || typeof change !== 'object' || Array.isArray(change)) return change;
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(change)])].map((key) => [key, key in change ? merged(base[key] ?? {}, change[key]) : base[key]]));
}

const nothing = { url: '' };
const rwo = { accessModes: ['ReadWriteOnce'], nfs: null };
const films = { name: 'films', mountPath: '/films', existingClaim: 'films' };

// What is wrong → what is said.
const WRONG = [
  [{ mediaServers: { emby: { url: '', apiKey: '' } } }, /There is no media server: set mediaServers\.plex.*demo\.enabled=true/],
  [{ mediaServers: { emby: { existingSecret: 'emby' } } }, /mediaServers\.emby\.apiKey and mediaServers\.emby\.existingSecret are both set: leave/],
  [{ mediaServers: { plex: { url: 'http://nas:32400' } } }, /mediaServers\.plex has a url but no credentials: set mediaServers\.plex\.existingSecret/],
  [{ mediaServers: { plex: { token: 'x' } } }, /mediaServers\.plex has credentials but no url: set/],
  [{ demo: { enabled: true }, mediaServers: { jellyfin: { url: 'http://j', apiKey: 'x' } } }, /demo\.enabled takes the place of mediaServers\.jellyfin/],
  [{ database: nothing }, /database is not set: set database\.existingSecret .*trial\.postgresql\.enabled=true/],
  [{ redis: nothing }, /redis is not set: set redis\.existingSecret .*trial\.redis\.enabled=true/],
  [{ database: { existingSecret: 'db' } }, /database\.url and database\.existingSecret are both set: leave the one in plain values away/],
  [{ redis: { existingSecret: 'redis' } }, /redis\.url and redis\.existingSecret are both set/],
  [{ trial: { postgresql: { enabled: true } } }, /trial\.postgresql\.enabled brings a database along, but database names another/],
  [{ trial: { redis: { enabled: true } } }, /trial\.redis\.enabled brings a database along, but redis names another/],
  [{ database: { url: 'sqlite:///data/matinee.db' } }, /database\.url names a SQLite file, which pods cannot share/],
  [{ database: { url: 'mysql://db' } }, /database\.url is no address of a PostgreSQL/],
  [{ redis: { url: 'rediss://redis' } }, /redis\.url asks for TLS/],
  [{ redis: { url: 'redis:6379' } }, /redis\.url is no address of a Redis/],
  [{ captures: { existingClaim: 'captures' } }, /captures\.existingClaim and captures\.nfs are set together/],
  [{ captures: { ...rwo, accessModes: ['ReadWriteOncePod'] } }, /captures\.accessModes is ReadWriteOncePod/],
  [{ captures: { ...rwo, accessModes: ['ReadOnlyMany'] } }, /captures\.accessModes is ReadOnlyMany, but captures are written/],
  [{ captures: rwo, api: { replicas: 2 }, worker: { autoscaling: { mode: 'none', hpa: { averageUtilization: null } } } }, /One node alone can mount captures.*there may be 2 api and 1 worker pods: set captures\.accessModes=\[ReadWriteMany\].*captures\.oneNode=true/],
  [{ captures: rwo, worker: { replicas: 3, autoscaling: { mode: 'none', hpa: { averageUtilization: null } } } }, /1 api and 3 worker pods/],
  [{ captures: rwo }, /1 api and 4 worker pods/],
  [{ captures: { nfs: null, hostPath: { path: '/srv' } }, api: { autoscaling: { enabled: true } } }, /4 api and 4 worker pods/],
  [{ media: [] }, /media is empty, so no worker could read a film/],
  [{ media: [{ name: 'films', mountPath: '/films' }] }, /media "films" has no volume: give it exactly one/],
  [{ media: [{ ...films, hostPath: { path: '/x' } }] }, /media "films" has hostPath and existingClaim: give it exactly one/],
  [{ media: [films, { ...films, mountPath: '/more' }] }, /two entries of the name "films"/],
  [{ media: [films, { ...films, name: 'more' }] }, /mounts two volumes at \/films/],
  ...['/', '/data', '/data/', '/data/captures', '/data/captures/x', '/etc', '/etc/matinee', '/usr/share/matinee', '/proc/1', '/tmp'].map((mountPath) =>
    [{ media: [{ ...films, mountPath }] }, /belongs to the system or to Matinee: choose another mountPath/]),
  [{ mediaServers: { emby: { pathMappings: [{ from: '/a', to: '/nowhere' }] } } }, /mediaServers\.emby\.pathMappings leads to \/nowhere, which lies in no volume of media \(\/films\)/],
  [{ pathMappings: [{ from: '/a', to: '/filmsandmore' }] }, /pathMappings leads to \/filmsandmore/],
  [{ api: { autoscaling: { enabled: true, minReplicas: 5 } } }, /api\.autoscaling\.minReplicas is greater than maxReplicas/],
  [{ worker: { autoscaling: { minReplicas: 5 } } }, /worker\.autoscaling\.minReplicas is greater than maxReplicas/],
  [{ worker: { autoscaling: { minReplicas: 0 } } }, /an HPA keeps one at least/],
  [{ worker: { autoscaling: { keda: { address: 'redis:6379' } } } }, /worker\.autoscaling\.keda is set, but the mode is hpa, and two that decide about the number of workers would fight: set mode to keda/],
  [{ worker: { autoscaling: { mode: 'keda' } } }, /worker\.autoscaling\.hpa is set, but the mode is keda, and two/],
  [{ worker: { autoscaling: { mode: 'keda', hpa: { averageUtilization: null } } }, redis: { url: '', existingSecret: 'redis' } }, /keda, which cannot read the address in redis\.existingSecret: set worker\.autoscaling\.keda\.address/],
  [{ worker: { autoscaling: { mode: 'keda', hpa: { averageUtilization: null } } }, redis: { url: 'redis://:a%40b@redis' } }, /wants the password of redis\.url without %XX/],
  [{ worker: { slots: 1 } }, /worker\.slots is 1, but one slot is always kept for screenshots/],
  [{ worker: { resources: { requests: { cpu: null } } } }, /worker\.resources\.requests\.cpu is not set: set it/],
  [{ api: { autoscaling: { enabled: true }, resources: { requests: { cpu: null } } } }, /api\.resources\.requests\.cpu is not set: set it/],
  [{ api: { terminationGracePeriodSeconds: 30 } }, /api\.terminationGracePeriodSeconds is 30, but with api\.drainSeconds=5 edge and api need more than 41/],
  [{ worker: { terminationGracePeriodSeconds: 60 } }, /worker\.terminationGracePeriodSeconds is 60, so captures would be killed/],
  ...['DATABASE_URL', 'PLEX_TOKEN', 'PORT', 'WORKER_CPUS', 'CAPTURE_DIR', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'].map((name) =>
    [{ settings: { [name]: 'x' } }, new RegExp(`settings\\.${name} is not for here: set \\w+`)]),
  [{ tracing: { existingSecret: 'collector' } }, /tracing\.headers and tracing\.existingSecret are both set/],
  [{ monitoring: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } }, /each pod would be scraped twice: enable one/],
  [{ ingress: { enabled: true } }, /ingress\.hosts is empty: name a host/],
  [{ httpRoute: { enabled: true } }, /httpRoute\.parentRefs is empty: name the Gateway/],
  [{ service: { type: 'ClusterIP', nodePort: 30000 } }, /service\.nodePort is set, but service\.type is ClusterIP/],
];

for (const [change, sentence] of WRONG) {
  test(`refused: ${JSON.stringify(change)}`, async () => {
    const { code, err } = await render(merged(right, change));
    assert.equal(code, 1, 'it was rendered');
    assert.match(err, sentence);
    // Nothing else is wrong with it, and no secret is quoted.
    const sentences = err.split('\n\n')[1].trim().split('\n');
    assert.equal(sentences.length, 1, err);
    assert.doesNotMatch(err, /not-a-/);
  });
}

test('every check is among these', () => {
  const checks = readFileSync(join(chart, 'templates/_checks.tpl'), 'utf8').match(/append \$faults /g).length;
  // Those about the user's Secrets and claims are in cluster.test.mjs; three sentences serve two kinds of values each.
  const lookedUp = 3;
  const told = new Set(WRONG.map(([, sentence]) => sentence.source));
  assert.ok(told.size + lookedUp >= checks, `${checks} checks, ${told.size} sentences`);
});

test('both Helms say it, and everything at once', async () => {
  for (const program of Object.values(helms)) {
    const { code, err } = await render({}, { program });
    assert.equal(code, 1);
    assert.match(err, /There is no media server.*\ndatabase is not set.*\nredis is not set/);
  }
});

test('values that do not exist are refused, at every level', async () => {
  const levels = (node, path = []) => Object.entries(node).filter(([, child]) => child && typeof child === 'object' && !Array.isArray(child) && Object.keys(child).length > 0)
    .flatMap(([key, child]) => [[...path, key], ...levels(child, [...path, key])]);
  // What is below is Kubernetes' own, or the user's.
  const open = /(^|\.)(requests|limits|labels|annotations)$/;
  for (const path of [[], ...levels(values)].filter((one) => !open.test(one.join('.')))) {
    const wrong = path.reduceRight((child, key) => ({ [key]: child }), { nonsense: true });
    for (const program of Object.values(helms)) {
      const { code, err } = await render(merged(right, wrong), { program });
      assert.equal(code, 1, `${path.join('.')}.nonsense was taken`);
      assert.match(err, /nonsense/);
    }
  }
});

test('values of the wrong form are refused', async () => {
  const wrongs = [
    { worker: { autoscaling: { mode: 'both' } } }, { api: { replicas: '2' } }, { api: { drainSeconds: 40 } }, { worker: { stopGraceSeconds: 4000 } },
    { service: { type: 'ExternalName' } }, { captures: { accessModes: [] } }, { mediaServers: { plex: { url: 'nas:32400' } } }, { media: [{ name: 'Films', mountPath: '/x' }] },
    { media: [{ name: 'films', mountPath: 'x' }] }, { trial: { postgresql: { password: 'with@sign-in-it' } } }, { image: { digest: 'sha1:00' } }, { settings: { SCREENSHOT_QUALTY: 3 } },
  ];
  for (const wrong of wrongs) assert.equal((await render(merged(right, wrong))).code, 1, JSON.stringify(wrong));
});

test('the schema is strict, and knows exactly the values and settings that there are', () => {
  const resolve = (node) => (node.$ref ? schema.definitions[node.$ref.split('/').at(-1)] : node);
  (function same(node, value, path) {
    const { properties, additionalProperties } = resolve(node);
    if (!properties || path === 'settings' || value === null || Array.isArray(value)) return;
    assert.equal(additionalProperties, false, path);
    if (path.endsWith('resources')) return;
    assert.deepEqual(Object.keys(properties).filter((key) => key !== 'global').sort(), Object.keys(value).sort(), path || 'the top');
    for (const key of Object.keys(value)) same(properties[key], value[key], path ? `${path}.${key}` : key);
  })(schema, values, '');
  assert.deepEqual(Object.keys(schema.properties.settings.properties).sort(), ['MATINEE_CONFIG', ...settings].sort());
});

test('every value is documented, once, and README.md tells so', () => {
  const names = (node, path = []) => Object.entries(node).flatMap(([key, child]) => {
    const at = [...path, key];
    const isMap = child && typeof child === 'object' && !Array.isArray(child) && Object.keys(child).length > 0;
    return isMap && !rows.includes(at.join('.')) ? names(child, at) : [at.join('.')];
  });
  const rows = documented(readFileSync(join(chart, 'values.yaml'), 'utf8')).map(({ name }) => name);
  assert.deepEqual([...rows].sort(), names(values).sort());
  assert.equal(readFileSync(join(chart, 'README.md'), 'utf8'), readme(), 'run `make docs`');
});

test("the chart's appVersion is the program's, and its changes name its version", () => {
  const about = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))[0];
  const [, version] = /project\(matinee VERSION ([\d.]+)/.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
  assert.equal(about.appVersion, version);
  assert.equal(about.kubeVersion, '>=1.20.0-0');
});
