// Values: contradictions are reported in a sentence, unknown values are refused, and every value is documented.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documented, readme } from '../../scripts/chart-docs.mjs';
import { settings } from '../manifests/objects.mjs';
import { chart, helms, parse, render, root, sets, values } from './helm.mjs';

const schema = JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8'));

/** A valid set of values, and a change that makes it invalid. */
const right = sets.plain;
function merged(base, change) {
  if (base === null || change === null || typeof base !== 'object' || typeof change !== 'object' || Array.isArray(change)) return change;
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(change)])].map((key) => [key, key in change ? merged(base[key] ?? {}, change[key]) : base[key]]));
}

const server = { name: 'attic', type: 'jellyfin', url: 'http://attic:8096', token: 'not-a-key' };
const nothing = { url: '' };
const rwo = { accessModes: ['ReadWriteOnce'], nfs: null };
const movies = { name: 'movies', mountPath: '/movies', existingClaim: 'movies' };

// The change → what is reported.
const WRONG = [
  [{ mediaServers: { emby: { url: '', apiKey: '' } } }, /There is no media server: set mediaServers\.plex.*demo\.enabled=true/],
  [{ mediaServers: { emby: { existingSecret: 'emby' } } }, /mediaServers\.emby\.apiKey and mediaServers\.emby\.existingSecret are both set: remove/],
  [{ mediaServers: { plex: { url: 'http://nas:32400' } } }, /mediaServers\.plex has a url but no credentials: set mediaServers\.plex\.existingSecret/],
  [{ mediaServers: { plex: { token: 'x' } } }, /mediaServers\.plex has credentials but no url: set/],
  [{ demo: { enabled: true }, mediaServers: { jellyfin: { url: 'http://j', apiKey: 'x' } } }, /demo\.enabled replaces mediaServers\.jellyfin/],
  [{ mediaServers: [{ ...server, token: '' }] }, /mediaServers "attic" has no credentials: set its existingSecret/],
  [{ mediaServers: [{ ...server, existingSecret: 'attic' }] }, /mediaServers "attic" has a token and an existingSecret: remove the plain value/],
  [{ mediaServers: [server, { ...server, name: 'Attic' }] }, /mediaServers has two servers with the name "Attic": give each/],
  [{ demo: { enabled: true }, mediaServers: [{ ...server, name: 'jellyfin' }] }, /two servers with the name "jellyfin", which is the demo's too/],
  [{ mediaServers: [{ ...server, pathMappings: [{ from: '/a', to: '/nowhere' }] }] }, /pathMappings of mediaServers "attic" leads to \/nowhere/],
  [{ mediaServers: [server], settings: { MATINEE_CONFIG: '/etc/mine.yaml' } }, /mediaServers is a list, .*settings\.MATINEE_CONFIG names another one: remove it/],
  [{ enabled: false }, /enabled is for the condition of a parent chart/],
  [{ database: nothing }, /database is not set: set database\.existingSecret .*trial\.postgresql\.enabled=true/],
  [{ redis: nothing }, /redis is not set: set redis\.existingSecret .*trial\.redis\.enabled=true/],
  [{ database: { existingSecret: 'db' } }, /database\.url and database\.existingSecret are both set: remove the plain value/],
  [{ redis: { existingSecret: 'redis' } }, /redis\.url and redis\.existingSecret are both set/],
  [{ trial: { postgresql: { enabled: true } } }, /trial\.postgresql\.enabled installs a database, but database names another/],
  [{ trial: { redis: { enabled: true } } }, /trial\.redis\.enabled installs a database, but redis names another/],
  [{ database: { url: 'sqlite:///data/matinee.db' } }, /database\.url names a SQLite file, which pods cannot share/],
  [{ database: { url: 'mysql://db' } }, /database\.url is not the address of a PostgreSQL/],
  [{ redis: { url: 'rediss://redis' } }, /redis\.url asks for TLS/],
  [{ redis: { url: 'redis:6379' } }, /redis\.url is not the address of a Redis/],
  [{ captures: { existingClaim: 'captures' } }, /captures\.existingClaim and captures\.nfs are set together/],
  [{ captures: { ...rwo, accessModes: ['ReadWriteOncePod'] } }, /captures\.accessModes is ReadWriteOncePod/],
  [{ captures: { ...rwo, accessModes: ['ReadOnlyMany'] } }, /captures\.accessModes is ReadOnlyMany, but captures are written/],
  [{ captures: rwo, api: { replicas: 2 }, worker: { autoscaling: { mode: 'none', hpa: { averageUtilization: null } } } }, /Only one node can mount captures.*there may be 2 api and 1 worker pods: set captures\.accessModes=\[ReadWriteMany\].*captures\.singleNode=true/],
  [{ captures: rwo, worker: { replicas: 3, autoscaling: { mode: 'none', hpa: { averageUtilization: null } } } }, /1 api and 3 worker pods/],
  [{ captures: rwo }, /1 api and 4 worker pods/],
  [{ captures: { nfs: null, hostPath: { path: '/srv' } }, api: { autoscaling: { enabled: true } } }, /4 api and 4 worker pods/],
  [{ media: [] }, /media is empty, so no worker could read a media file/],
  [{ media: [{ name: 'movies', mountPath: '/movies' }] }, /media "movies" has no volume: give it exactly one/],
  [{ media: [{ ...movies, hostPath: { path: '/x' } }] }, /media "movies" has hostPath and existingClaim: give it exactly one/],
  [{ media: [movies, { ...movies, mountPath: '/more' }] }, /two entries with the name "movies"/],
  [{ media: [movies, { ...movies, name: 'more' }] }, /mounts two volumes at \/movies/],
  ...['/', '/data', '/data/', '/data/captures', '/data/captures/x', '/etc', '/etc/matinee', '/usr/share/matinee', '/proc/1', '/tmp'].map((mountPath) =>
    [{ media: [{ ...movies, mountPath }] }, /belongs to the system or to Matinee: choose another mountPath/]),
  [{ mediaServers: { emby: { pathMappings: [{ from: '/a', to: '/nowhere' }] } } }, /mediaServers\.emby\.pathMappings leads to \/nowhere, which is in no volume of media \(\/movies\)/],
  [{ pathMappings: [{ from: '/a', to: '/moviesandmore' }] }, /pathMappings leads to \/moviesandmore/],
  [{ api: { autoscaling: { enabled: true, minReplicas: 5 } } }, /api\.autoscaling\.minReplicas is greater than maxReplicas/],
  [{ worker: { autoscaling: { minReplicas: 5 } } }, /worker\.autoscaling\.minReplicas is greater than maxReplicas/],
  [{ worker: { autoscaling: { minReplicas: 0 } } }, /an HPA keeps at least one pod/],
  [{ worker: { autoscaling: { mode: 'keda' } } }, /worker\.autoscaling\.hpa is set, but the mode is keda, and two/],
  [{ worker: { slots: 1 } }, /worker\.slots is 1, but one slot is reserved for screenshots/],
  [{ worker: { resources: { requests: { cpu: null } } } }, /worker\.resources\.requests\.cpu is not set: set it/],
  [{ api: { autoscaling: { enabled: true }, resources: { requests: { cpu: null } } } }, /api\.resources\.requests\.cpu is not set: set it/],
  [{ api: { terminationGracePeriodSeconds: 30 } }, /api\.terminationGracePeriodSeconds is 30, but with api\.drainSeconds=5 edge and api need more than 41/],
  [{ worker: { terminationGracePeriodSeconds: 60 } }, /worker\.terminationGracePeriodSeconds is 60, so captures would be killed/],
  ...['DATABASE_URL', 'PLEX_TOKEN', 'PORT', 'WORKER_CPUS', 'CAPTURE_DIR', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'].map((name) =>
    [{ settings: { [name]: 'x' } }, new RegExp(`settings\\.${name} cannot be set here: set \\w+`)]),
  [{ tracing: { existingSecret: 'collector' } }, /tracing\.headers and tracing\.existingSecret are both set/],
  [{ monitoring: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } }, /each pod would be scraped twice: enable one/],
  [{ ingress: { enabled: true } }, /ingress\.hosts is empty: name a host/],
  [{ httpRoute: { enabled: true } }, /httpRoute\.parentRefs is empty: name the Gateway/],
  [{ ingress: { enabled: true, hosts: [{ host: 'a', path: '/', paths: [{ path: '/' }] }] } }, /ingress\.hosts has path and paths for a: set only one/],
  [{ service: { type: 'NodePort', loadBalancerClass: 'tailscale' } }, /service\.loadBalancerClass is set, but service\.type is NodePort/],
  [{ service: { type: 'ClusterIP', loadBalancerSourceRanges: ['10.0.0.0/8'] } }, /service\.loadBalancerSourceRanges is set, but service\.type is ClusterIP/],
  [{ service: { type: 'ClusterIP', externalTrafficPolicy: 'Local' } }, /service\.externalTrafficPolicy is set, but service\.type is ClusterIP/],
  [{ podSecurityContext: { runAsUser: 0 } }, /podSecurityContext\.runAsUser is 0, but no process of Matinee runs as root/],
  [{ monitoring: { alerts: { MatineeSleeps: { enabled: false } } } }, /monitoring\.alerts\.MatineeSleeps is unknown: the alerts are MatineeApiErrors, .*MatineeVersionSkew/],
  [{ monitoring: { alerts: { MatineeApiErrors: { threshold: 1 } } } }, /monitoring\.alerts\.MatineeApiErrors\.threshold cannot be set, because this alert does not compare with a single number/],
  [{ backup: { enabled: true, volume: { existingClaim: 'b', hostPath: { path: '/b' } } } }, /backup\.volume\.existingClaim and backup\.volume\.hostPath are set together/],
  [{ service: { type: 'ClusterIP', nodePort: 30000 } }, /service\.nodePort is set, but service\.type is ClusterIP/],
];

for (const [change, sentence] of WRONG) {
  test(`a contradiction is refused: ${JSON.stringify(change)}`, async () => {
    const { code, err } = await render(merged(right, change));
    assert.equal(code, 1, 'the chart was rendered');
    assert.match(err, sentence);
    // Only this fault is reported, and no secret is quoted.
    const sentences = err.split('\n\n')[1].trim().split('\n');
    assert.equal(sentences.length, 1, err);
    assert.doesNotMatch(err, /not-a-/);
  });
}

test('every check has a case here', () => {
  const checks = readFileSync(join(chart, 'templates/_preflight.tpl'), 'utf8').match(/append \$faults /g).length;
  // Those about existing Secrets, claims and StatefulSets are in install.test.mjs; some sentences serve several values.
  const lookedUp = 4;
  const sentences = new Set(WRONG.map(([, sentence]) => sentence.source));
  assert.ok(sentences.size + lookedUp >= checks, `${checks} checks, ${sentences.size} sentences`);
});

test('both Helms report all faults at once', async () => {
  for (const program of Object.values(helms)) {
    const { code, err } = await render({}, { program });
    assert.equal(code, 1);
    assert.match(err, /There is no media server.*\ndatabase is not set.*\nredis is not set/);
  }
});

test('unknown values are refused at every level', async () => {
  const levels = (node, path = []) => Object.entries(node).filter(([, child]) => child && typeof child === 'object' && !Array.isArray(child) && Object.keys(child).length > 0)
    .flatMap(([key, child]) => [[...path, key], ...levels(child, [...path, key])]);
  // Below these, any key is allowed.
  const open = /(^|\.)(requests|limits|labels|annotations|seccompProfile|capabilities)$/;
  for (const path of [[], ...levels(values)].filter((one) => !open.test(one.join('.')))) {
    const wrong = path.reduceRight((child, key) => ({ [key]: child }), { nonsense: true });
    for (const program of Object.values(helms)) {
      const { code, err } = await render(merged(right, wrong), { program });
      assert.equal(code, 1, `${path.join('.')}.nonsense was accepted`);
      assert.match(err, /nonsense/);
    }
  }
});

test('values with a wrong form are refused', async () => {
  const wrongs = [
    { worker: { autoscaling: { mode: 'both' } } }, { api: { replicas: '2' } }, { api: { drainSeconds: 40 } }, { worker: { stopGraceSeconds: 4000 } },
    { service: { type: 'ExternalName' } }, { captures: { accessModes: [] } }, { mediaServers: { plex: { url: 'nas:32400' } } }, { media: [{ name: 'Films', mountPath: '/x' }] },
    { media: [{ name: 'movies', mountPath: 'x' }] }, { trial: { postgresql: { password: 'with@sign-in-it' } } }, { image: { digest: 'sha1:00' } },
    { mediaServers: [{ ...server, type: 'kodi' }] }, { mediaServers: [{ ...server, name: 'living room' }] }, { mediaServers: [{ ...server, apiKey: 'x' }] }, { mediaServers: [{ name: 'attic', type: 'plex' }] },
    { podSecurityContext: { runAsUser: 'matinee' } }, { securityContext: { readOnlyRootFileSystem: false } }, { monitoring: { alerts: { MatineeDown: { treshold: 1 } } } },
    { backup: { schedule: 'nightly' } }, { backup: { keep: 0 } }, { httpRoute: { timeouts: { requests: '0s' } } }, { api: { dnsPolicy: 'clusterFirst' } }, { enabled: 'maybe' },
    { settings: { SCREENSHOT_QUALTY: 3 } },
  ];
  for (const wrong of wrongs) assert.equal((await render(merged(right, wrong))).code, 1, JSON.stringify(wrong));
});

// Accepted, but no longer documented.
const DEPRECATED = ['captures.oneNode'];

test('a deprecated value works as its replacement does', async () => {
  const { singleNode, ...captures } = sets.home.captures;
  assert.equal(singleNode, true);
  const { code, out, err } = await render({ ...sets.home, captures: { ...captures, oneNode: true } });
  assert.equal(code, 0, err);
  assert.equal(out, (await render(sets.home)).out);
});

test('the schema is strict, and has exactly the values and settings that exist', () => {
  const resolve = (node) => (node.$ref ? schema.definitions[node.$ref.split('/').at(-1)] : node);
  (function same(node, value, path) {
    const { properties, additionalProperties } = resolve(node);
    if (!properties || path === 'settings' || value === null || Array.isArray(value)) return;
    assert.equal(additionalProperties, false, path);
    if (path.endsWith('resources')) return;
    // Kubernetes' own, of which values.yaml has only the defaults.
    if (/ecurityContext$|^httpRoute\.timeouts$/.test(path)) return assert.deepEqual(Object.keys(value).filter((key) => !properties[key]), []);
    const isDeprecated = (key) => DEPRECATED.includes(`${path}.${key}`);
    assert.deepEqual(Object.keys(properties).filter((key) => (path || !['global', 'enabled'].includes(key)) && !isDeprecated(key)).sort(), Object.keys(value).sort(), path || 'the top');
    for (const key of Object.keys(properties).filter(isDeprecated)) assert.equal(properties[key].deprecated, true, key);
    for (const key of Object.keys(value)) same(properties[key], value[key], path ? `${path}.${key}` : key);
  })(schema, values, '');
  assert.deepEqual(Object.keys(schema.properties.settings.properties).sort(), ['MATINEE_CONFIG', ...settings].sort());
});

test('every value is documented exactly once, and README.md lists it', () => {
  const names = (node, path = []) => Object.entries(node).flatMap(([key, child]) => {
    const at = [...path, key];
    const isMap = child && typeof child === 'object' && !Array.isArray(child) && Object.keys(child).length > 0;
    return isMap && !rows.includes(at.join('.')) ? names(child, at) : [at.join('.')];
  });
  const rows = documented(readFileSync(join(chart, 'values.yaml'), 'utf8')).map(({ name }) => name);
  assert.deepEqual([...rows].sort(), names(values).sort());
  assert.equal(readFileSync(join(chart, 'README.md'), 'utf8'), readme(), 'run `make docs`');
});

test("the chart's appVersion is the program's version", () => {
  const about = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))[0];
  const [, version] = /project\(matinee VERSION ([\d.]+)/.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
  assert.equal(about.appVersion, version);
  assert.equal(about.kubeVersion, '>=1.20.0-0');
});
