// What the chart looks up in a cluster at install: existing Secrets, claims and generated passwords. And the notes it prints.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCluster, chart, find, helm, helms, parse, sets } from './helm.mjs';

const namespace = 'films';
const object = (kind, name, more = {}) => ({ apiVersion: kind === 'StatefulSet' ? 'apps/v1' : 'v1', kind, metadata: { name, namespace }, ...more });
const secret = (name, data) => object('Secret', name, { data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])) });
const root_ca = object('ConfigMap', 'kube-root-ca.crt');

/** The StatefulSet of a trial database with a volume; without `claim`, without one. */
const trialSet = (name, claim) => object('StatefulSet', `m-matinee-trial-${name}`, { spec: claim ? { volumeClaimTemplates: [{ spec: claim }] } : {} });

/** Marks an object as created by Helm, which refuses to adopt an unmarked one. */
function ours({ metadata }) {
  metadata.labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  metadata.annotations = { 'meta.helm.sh/release-name': 'm', 'meta.helm.sh/release-namespace': namespace };
}

/** Runs `use` with each Helm on a cluster that holds `objects`. */
async function onBoth(objects, use) {
  for (const [which, program] of Object.entries(helms)) {
    const cluster = await FakeCluster.start([root_ca, ...objects]);
    const run = (verb, given, ...args) => helm(program, [...verb, 'm', chart, '--namespace', namespace, '--kubeconfig', cluster.file, '--dry-run=server', '--disable-openapi-validation', ...args], given);
    try {
      await use(run, which);
    } finally {
      cluster.close();
    }
  }
}

const template = ['template'];
const install = ['install'];

test('a generated password is kept by an upgrade and by a new install of the release', async () => {
  const kept = secret('m-matinee-trial', { 'postgresql-password': 'FirstPassword00000000000000000000', 'redis-password': 'SecondPassword0000000000000000000' });
  ours(kept);
  await onBoth([kept], async (run, which) => {
    for (const args of [[], ['--is-upgrade']]) {
      const { out, err } = await run(template, sets.trial, ...args);
      assert.equal(err, '', which);
      const { stringData, metadata } = find(parse(out), 'Secret', 'm-matinee-trial');
      assert.equal(stringData.DATABASE_URL, 'postgres://matinee:FirstPassword00000000000000000000@m-matinee-trial-postgresql:5432/matinee');
      assert.equal(stringData.REDIS_URL, 'redis://:SecondPassword0000000000000000000@m-matinee-trial-redis:6379/0');
      assert.match(stringData['redis.conf'], /^requirepass SecondPassword0000000000000000000$/m);
      assert.equal(metadata.annotations['helm.sh/resource-policy'], 'keep');
    }
  });
});

test('a password in the values is used, otherwise one is generated that is the same in every place', async () => {
  await onBoth([], async (run) => {
    const given = structuredClone(sets.trial);
    const first = parse((await run(template, given)).out);
    const { stringData } = find(first, 'Secret', 'm-matinee-trial');
    assert.match(stringData['postgresql-password'], /^[A-Za-z0-9]{32}$/);
    assert.ok(stringData.DATABASE_URL.includes(`:${stringData['postgresql-password']}@`));
    assert.ok(stringData['redis.conf'].includes(stringData['redis-password']));
    assert.notEqual(stringData['redis-password'], stringData['postgresql-password']);
    given.trial.postgresql.password = 'chosen-by-hand';
    const second = parse((await run(template, given)).out);
    assert.equal(find(second, 'Secret', 'm-matinee-trial').stringData['postgresql-password'], 'chosen-by-hand');
  });
});

test('the migration Job runs before an upgrade if the trial database exists', async () => {
  const existing = [trialSet('postgresql', { resources: { requests: { storage: '2Gi' } } }), secret('m-matinee-trial', { 'postgresql-password': 'a'.repeat(32) })];
  existing.forEach(ours);
  await onBoth(existing, async (run) => {
    const job = async (...args) => find(parse((await run(template, sets.trial, ...args)).out), 'Job');
    assert.equal(await job(), undefined);
    const upgrade = await job('--is-upgrade');
    assert.equal(upgrade.metadata.annotations['helm.sh/hook'], 'pre-upgrade');
    assert.equal(upgrade.spec.template.spec.volumes.find(({ name }) => name === 'secrets').secret.secretName, 'm-matinee-trial');
  });
  // The trial database is installed by this upgrade.
  await onBoth([], async (run) => {
    assert.equal(find(parse((await run(template, sets.trial, '--is-upgrade')).out), 'Job'), undefined);
  });
});

const external = { ...sets.cluster, checkSecrets: true };
const all = [
  secret('jellyfin', { apiKey: 'x' }), secret('emby', { key: 'x' }), secret('matinee-db-app', { uri: 'x', username: 'y' }), secret('redis', { url: 'x' }), secret('collector', { headers: 'x' }),
];

test('existing Secrets are accepted', async () => {
  await onBoth(all, async (run, which) => {
    const { code, err } = await run(template, external);
    assert.equal(code, 0, `${which}: ${err}`);
  });
});

test('a missing Secret or key is reported with the command that creates it', async () => {
  await onBoth(all.filter(({ metadata }) => metadata.name !== 'redis'), async (run) => {
    const { code, err } = await run(template, external);
    assert.equal(code, 1);
    assert.match(err, /There is no Secret redis in the namespace films for REDIS_URL: create it, .*kubectl create secret generic redis --from-literal=url=…/);
    assert.equal((await run(template, { ...external, checkSecrets: false })).code, 0);
  });
  await onBoth(all, async (run) => {
    const { code, err } = await run(template, { ...external, database: { existingSecret: 'matinee-db-app', existingSecretKey: 'url' } });
    assert.equal(code, 1);
    assert.match(err, /The Secret matinee-db-app has no key url for DATABASE_URL: .*existingSecretKey \(it has uri, username\)/);
  });
});

test('a claim with other access modes than the values is reported', async () => {
  const claim = object('PersistentVolumeClaim', 'captures', { spec: { accessModes: ['ReadWriteOnce'] } });
  await onBoth([...all, claim], async (run) => {
    const { code, err } = await run(template, external);
    assert.equal(code, 1);
    assert.match(err, /captures\.accessModes says ReadWriteMany, but the claim captures is ReadWriteOnce: set/);
  });
});

test('a change that Kubernetes would refuse is reported before anything is changed', async () => {
  const claim = (name, spec) => object('PersistentVolumeClaim', name, { spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local-path', resources: { requests: { storage: '20Gi' } }, ...spec } });
  const existing = [claim('m-matinee-captures'), claim('m-matinee-backups', { resources: { requests: { storage: '51200Mi' } } }),
    trialSet('postgresql', { resources: { requests: { storage: '2048Mi' } }, storageClassName: 'local-path' }), trialSet('redis')];
  existing.forEach(ours);
  const trial = { postgresql: { enabled: true, storageClassName: 'local-path' }, redis: { enabled: true, persistent: false } };
  const installed = { ...sets.trial, trial, backup: { enabled: true } };
  const CHANGES = [
    [{}, null],
    [{ captures: { size: '30Gi' } }, null],
    [{ captures: { accessModes: ['ReadWriteMany'] } }, /captures\.accessModes is "ReadWriteMany", but the claim m-matinee-captures was made with "ReadWriteOnce", .* move to another volume/],
    [{ captures: { storageClassName: 'longhorn' } }, /captures\.storageClassName is "longhorn", but the claim m-matinee-captures was made with "local-path"/],
    [{ captures: { size: '10Gi' } }, /captures\.size is 10Gi, but the claim m-matinee-captures has 20Gi, and a claim can only grow/],
    [{ captures: { existingClaim: 'other', accessModes: ['ReadWriteMany'] } }, null],
    [{ backup: { enabled: true, volume: { size: '40Gi' } } }, /backup\.volume\.size is 40Gi, but the claim m-matinee-backups has 51200Mi/],
    [{ trial: { ...trial, postgresql: { ...trial.postgresql, size: '4Gi' } } }, /trial\.postgresql\.size differs from the installed database \(size 2048Mi, storageClassName "local-path"\)/],
    [{ trial: { ...trial, postgresql: { enabled: true } } }, /trial\.postgresql\.storageClassName differs/],
    [{ trial: { ...trial, postgresql: { ...trial.postgresql, persistent: false } } }, /trial\.postgresql\.persistent differs/],
    [{ trial: { ...trial, redis: { enabled: true } } }, /trial\.redis\.persistent differs from the installed database \(without a volume\)/],
  ];
  await onBoth(existing, async (run, which) => {
    for (const [change, sentence] of CHANGES) {
      const { code, err } = await run(template, { ...installed, ...change });
      assert.equal(code, sentence ? 1 : 0, `${which}: ${JSON.stringify(change)} ${err}`);
      if (!sentence) continue;
      assert.match(err, sentence);
      assert.equal(err.split('\n\n')[1].trim().split('\n').length, 1, err);
    }
  });
});

test('a Secret that extraObjects create is not missed', async () => {
  const given = { ...sets.plain, database: { existingSecret: 'made-here' } };
  await onBoth([], async (run) => {
    assert.match((await run(template, given)).err, /There is no Secret made-here/);
    const extraObjects = [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'made-here' } }];
    assert.equal((await run(template, { ...given, extraObjects })).code, 0);
    // One of a listed server is named by its server.
    const mediaServers = [{ name: 'attic', type: 'emby', url: 'http://attic:8096', existingSecret: 'attic' }];
    assert.match((await run(template, { ...sets.plain, mediaServers })).err, /There is no Secret attic in the namespace films for mediaServers attic: create it, .* attic --from-literal=token=…/);
  });
});

test('the notes say where the page is, what to do next and what is open to others', async () => {
  const notes = async (run, given) => {
    const { code, out, err } = await run(install, given);
    assert.equal(code, 0, err);
    return out.split('\nNOTES:\n')[1];
  };
  await onBoth([], async (run) => {
    const trial = await notes(run, sets.trial);
    assert.match(trial, /http:\/\/<any node>:30787\n/);
    assert.match(trial, /The demo film plays/);
    assert.match(trial, /from the image localhost\/matinee:/);
    assert.match(trial, /helm -n films test m /);
    assert.match(trial, /no login/);
    assert.match(trial, /trial\.postgresql is for a first try/);
    assert.doesNotMatch(trial, /networkPolicy|plain values/);

    const inside = await notes(run, { ...sets.trial, service: { type: 'ClusterIP' }, networkPolicy: { enabled: false } });
    assert.match(inside, /kubectl -n films port-forward service\/m-matinee 8787:80\n/);
    assert.match(inside, /networkPolicy\.enabled=true/);
    assert.doesNotMatch(inside, /no login/);

    const chosen = await notes(run, { ...sets.trial, service: { type: 'NodePort' } });
    assert.match(chosen, /get service m-matinee -o jsonpath='\{\.spec\.ports\[0\]\.nodePort\}'/);

    const home = { ...sets.home, monitoring: {}, ingress: { ...sets.home.ingress } };
    assert.match(await notes(run, home), /https:\/\/matinee\.home\/matinee\n/);
    assert.match(await notes(run, home), /database\.url, redis\.url, mediaServers\.plex\.token is in plain values/);
    assert.match(await notes(run, { ...home, ingress: { ...home.ingress, tls: [] } }), /http:\/\/matinee\.home\/matinee\n[^]*The Ingress has no TLS/);
    assert.match(await notes(run, { ...home, ingress: { enabled: true, hosts: [{ host: 'matinee.home', paths: [{ path: '/a' }, { path: '/b' }] }] } }), /http:\/\/matinee\.home\/a\n  http:\/\/matinee\.home\/b\n/);
    assert.match(await notes(run, { ...home, mediaServers: [{ name: 'attic', type: 'plex', url: 'http://attic', token: 'not-a-token' }] }), /the token of mediaServers attic is in plain values/);
    assert.match(await notes(run, home), /exec deploy\/m-cinema-api -c api -- matinee doctor/);
    assert.doesNotMatch(await notes(run, home), /Deprecated/);
    const { singleNode, ...captures } = home.captures;
    assert.match(await notes(run, { ...home, captures: { ...captures, oneNode: singleNode } }), /Deprecated:\n  - captures\.oneNode is now called captures\.singleNode/);
  });
});
