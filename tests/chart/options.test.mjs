// What the values let people change: each option is rendered where it belongs, and nowhere else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { binary } from '../manifests/objects.mjs';
import { isMatinee, podsOf } from '../manifests/policies.mjs';
import { faults } from '../manifests/strict.mjs';
import { chart, find, helm, helms, objectsOf, parse, render, root, sets } from './helm.mjs';

const base = sets.plain;
const ROLES = ['api', 'live', 'worker'];
const containersOf = ({ spec }) => [...(spec.initContainers ?? []), ...spec.containers];
const nameOf = ({ kind, metadata }) => `${kind} ${metadata.name}`;
const deployment = (objects, role) => find(objects, 'Deployment', `m-matinee-${role}`).spec.template;
const expectValid = (objects) => assert.deepEqual(objects.flatMap(faults), []);

/** The objects of the plain set with a change, checked against Kubernetes' schemas. */
async function changed(change) {
  const objects = await objectsOf({ ...base, ...change });
  expectValid(objects);
  return objects;
}

test('the user and the security contexts can be changed, key by key, for all but the trial databases', async () => {
  const given = {
    ...sets.trial, backup: { enabled: true },
    podSecurityContext: { runAsUser: 568, runAsGroup: 568, fsGroup: 568, fsGroupChangePolicy: 'Always' },
    securityContext: { readOnlyRootFilesystem: false, seLinuxOptions: { type: 'spc_t' } },
  };
  const objects = await objectsOf(given);
  expectValid(objects);
  for (const { name, labels, spec } of podsOf(objects)) {
    const isTrial = labels['app.kubernetes.io/component'].startsWith('trial-');
    const { runAsUser, runAsGroup, fsGroup, fsGroupChangePolicy, runAsNonRoot, seccompProfile } = spec.securityContext;
    assert.deepEqual([runAsUser, runAsGroup, fsGroup], isTrial ? [999, 999, 999] : [568, 568, 568], name);
    assert.deepEqual([fsGroupChangePolicy, runAsNonRoot, seccompProfile.type], [isTrial ? 'OnRootMismatch' : 'Always', true, 'RuntimeDefault'], name);
    for (const { securityContext } of containersOf({ spec })) {
      // The rest of the defaults stays.
      assert.deepEqual([securityContext.allowPrivilegeEscalation, securityContext.capabilities], [false, { drop: ['ALL'] }], name);
      assert.equal(securityContext.readOnlyRootFilesystem, isTrial, name);
      assert.deepEqual(securityContext.seLinuxOptions, isTrial ? undefined : { type: 'spc_t' }, name);
    }
  }
});

test('a null leaves a key out, for OpenShift, with both Helms', async () => {
  for (const [which, program] of Object.entries(helms)) {
    const objects = await objectsOf({ ...base, podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null } }, { program });
    expectValid(objects);
    for (const { name, spec } of podsOf(objects)) {
      assert.deepEqual(Object.keys(spec.securityContext).sort(), ['fsGroupChangePolicy', 'runAsNonRoot', 'seccompProfile'], `${which}: ${name}`);
    }
  }
});

test('groups of the pod and of the media files are added up', async () => {
  const objects = await objectsOf(sets.options);
  assert.deepEqual(deployment(objects, 'worker').spec.securityContext.supplementalGroups, [44, 100]);
  assert.deepEqual(deployment(objects, 'live').spec.securityContext.supplementalGroups, [44]);
});

test('the trial databases have the pod template that they had in 0.1.0: an upgrade must not restart them', async () => {
  const all = { commonAnnotations: { a: 'b' }, securityContext: { readOnlyRootFilesystem: false }, podSecurityContext: { runAsUser: 1000 } };
  for (const name of ['postgresql', 'redis']) {
    const template = async (given) => find(await objectsOf(given), 'StatefulSet', `m-matinee-trial-${name}`).spec;
    assert.deepEqual(await template({ ...sets.trial, ...all }), await template(sets.trial));
    const { securityContext, containers } = (await template(sets.trial)).template.spec;
    assert.deepEqual(securityContext, {
      runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(containers[0].securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
  }
});

test('commonAnnotations are on every object of the chart, and replace none', async () => {
  for (const [set, given] of Object.entries(sets)) {
    const objects = await objectsOf({ ...given, commonAnnotations: { 'example.org/owner': 'family', 'helm.sh/resource-policy': 'delete' } });
    const own = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of']);
    assert.ok(own.length > 5);
    for (const object of own) assert.equal(object.metadata.annotations?.['example.org/owner'], 'family', `${set}: ${nameOf(object)}`);
    const kept = own.filter(({ kind, metadata }) => kind === 'PersistentVolumeClaim' || /-trial$/.test(metadata.name));
    for (const object of kept) assert.equal(object.metadata.annotations['helm.sh/resource-policy'], 'keep', nameOf(object));
    for (const job of own.filter(({ kind }) => kind === 'Job')) assert.match(job.metadata.annotations['helm.sh/hook'], /pre-upgrade/);
  }
});

for (const role of ROLES) {
  test(`${role}: annotations of the Deployment, host names, DNS, runtime class and further containers`, async () => {
    const sidecar = { name: 'sidecar', image: 'docker.io/library/busybox:1.36' };
    const options = {
      annotations: { 'keel.sh/policy': 'force' }, hostAliases: [{ ip: '192.168.1.20', hostnames: ['nas'] }], dnsPolicy: 'None',
      dnsConfig: { nameservers: ['192.168.1.1'] }, runtimeClassName: 'nvidia', extraContainers: [sidecar], initContainers: [{ ...sidecar, name: 'first' }],
    };
    const plain = await objectsOf(base);
    const objects = await changed({ [role]: { ...base[role], ...options } });
    const { metadata, spec } = find(objects, 'Deployment', `m-matinee-${role}`);
    assert.deepEqual(metadata.annotations, options.annotations);
    const pod = spec.template.spec;
    for (const key of ['hostAliases', 'dnsPolicy', 'dnsConfig', 'runtimeClassName']) assert.deepEqual(pod[key], options[key], key);
    const before = deployment(plain, role).spec;
    assert.deepEqual(pod.containers, [...before.containers, sidecar]);
    // Before the migration, which may need what they prepare.
    assert.deepEqual(pod.initContainers, [{ ...sidecar, name: 'first' }, ...(before.initContainers ?? [])]);
    // No other object changed.
    const others = (all) => all.filter((object) => nameOf(object) !== `Deployment m-matinee-${role}`);
    assert.deepEqual(others(objects), others(plain));
  });
}

for (const [section, kind, name] of [['migrate', 'Job', 'm-matinee-migrate'], ['backup', 'CronJob', 'm-matinee-backup']]) {
  test(`${section}: annotations, host names, DNS and runtime class`, async () => {
    const options = {
      annotations: { wave: '-1' }, podAnnotations: { c: 'd' }, podLabels: { e: 'f' }, hostAliases: [{ ip: '192.168.1.20', hostnames: ['db'] }], dnsPolicy: 'Default',
      dnsConfig: { options: [{ name: 'ndots', value: '1' }] }, runtimeClassName: 'gvisor', nodeSelector: { disk: 'ssd' }, priorityClassName: 'low',
    };
    const object = find(await changed({ [section]: { ...options, ...(section === 'backup' && { enabled: true }) } }), kind, name);
    assert.equal(object.metadata.annotations.wave, '-1');
    const [{ spec, labels }] = podsOf([object]);
    for (const key of ['hostAliases', 'dnsPolicy', 'dnsConfig', 'runtimeClassName', 'nodeSelector', 'priorityClassName']) assert.deepEqual(spec[key], options[key], key);
    assert.equal(labels.e, 'f');
  });
}

test('the Service', async () => {
  const service = {
    type: 'LoadBalancer', ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'], loadBalancerClass: 'tailscale',
    loadBalancerSourceRanges: ['192.168.1.0/24', 'fd00::/8'], externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local',
  };
  const { metadata, spec } = find(await changed({ service: { ...service, labels: { a: 'b' }, annotations: { c: 'd' } } }), 'Service', 'm-matinee');
  for (const [key, value] of Object.entries(service)) assert.deepEqual(spec[key], value, key);
  assert.equal(metadata.labels.a, 'b');
  assert.deepEqual(metadata.annotations, { c: 'd' });
});

test('an Ingress accepts paths in both forms', async () => {
  const paths = async (hosts) => {
    const { spec } = find(await changed({ ingress: { enabled: true, hosts } }), 'Ingress');
    return spec.rules.map(({ host, http }) => [host, ...http.paths.map(({ path, pathType }) => `${pathType} ${path}`)]);
  };
  assert.deepEqual(await paths([{ host: 'a' }, { host: 'b', path: '/x', pathType: 'Exact' }]), [['a', 'Prefix /'], ['b', 'Exact /x']]);
  assert.deepEqual(await paths([{ host: 'a', paths: [{ path: '/' }, { path: '/x', pathType: 'ImplementationSpecific' }] }]), [['a', 'Prefix /', 'ImplementationSpecific /x']]);
});

test('an HTTPRoute has no timeout, or that of the values, and rules and filters', async () => {
  const rules = async (given) => find(await changed({ httpRoute: { enabled: true, parentRefs: [{ name: 'home' }], ...given } }), 'HTTPRoute').spec.rules;
  const backendRefs = [{ name: 'm-matinee', port: 80 }];
  const matches = [{ path: { type: 'PathPrefix', value: '/' } }];
  assert.deepEqual(await rules({}), [{ matches, backendRefs, timeouts: { request: '0s' } }]);
  assert.deepEqual(await rules({ timeouts: { request: '1h', backendRequest: '10m' } }), [{ matches, backendRefs, timeouts: { request: '1h', backendRequest: '10m' } }]);
  for (const program of Object.values(helms)) {
    const route = { enabled: true, parentRefs: [{ name: 'home' }], timeouts: null };
    assert.deepEqual(find(await objectsOf({ ...base, httpRoute: route }, { program }), 'HTTPRoute').spec.rules, [{ matches, backendRefs }]);
  }
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'a', value: 'b' }] } }];
  assert.deepEqual(await rules({ filters }), [{ matches, filters, backendRefs, timeouts: { request: '0s' } }]);
  const redirect = { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] };
  const old = { matches: [{ path: { type: 'PathPrefix', value: '/old' } }], timeouts: { request: '5s' } };
  const other = { backendRefs: [{ name: 'other', port: 81 }] };
  assert.deepEqual(await rules({ rules: [redirect, old, other] }), [redirect, { ...old, backendRefs }, { ...other, timeouts: { request: '0s' } }]);
});

for (const [value, kind, endpoints] of [['serviceMonitor', 'ServiceMonitor', 'endpoints'], ['podMonitor', 'PodMonitor', 'podMetricsEndpoints']]) {
  test(`${kind}: relabelings, timeout and namespace`, async () => {
    const options = { interval: '1m', scrapeTimeout: '20s', relabelings: [{ targetLabel: 'cluster', replacement: 'home' }], metricRelabelings: [{ action: 'drop', regex: 'a' }] };
    const monitor = async (given) => find(await changed({ monitoring: { [value]: { enabled: true, ...given } } }), kind);
    const { metadata, spec } = await monitor({ ...options, namespace: 'monitoring', labels: { release: 'prometheus' } });
    assert.equal(metadata.namespace, 'monitoring');
    assert.equal(metadata.labels.release, 'prometheus');
    // A monitor selects pods of its namespace only, unless it says otherwise.
    assert.deepEqual(spec.namespaceSelector, { matchNames: ['films'] });
    assert.deepEqual(spec[endpoints], ['metrics', 'edge-metrics'].map((port) => ({ ...options, port })));
    const here = await monitor({});
    assert.equal(here.metadata.namespace, undefined);
    assert.equal(here.spec.namespaceSelector, undefined);
    assert.deepEqual(here.spec[endpoints], ['metrics', 'edge-metrics'].map((port) => ({ port, interval: '30s' })));
  });
}

const alertsOf = (rule) => rule.spec.groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert);

test('an alert is switched off, or has another threshold, duration or severity, and no other changes', async () => {
  const rule = async (alerts) => find(await changed({ monitoring: { prometheusRule: { enabled: true }, alerts } }), 'PrometheusRule');
  const before = alertsOf(await rule({}));
  const after = alertsOf(await rule({
    MatineeMediaServerDown: { enabled: false }, MatineeApiErrors: { enabled: false },
    MatineeClipBacklog: { threshold: 3600, for: '30m', severity: 'info' }, MatineeDatabaseFails: { threshold: 0.5 },
  }));
  const names = (list) => [...new Set(list.map(({ alert }) => alert))];
  assert.deepEqual(names(before).filter((name) => !names(after).includes(name)), ['MatineeApiErrors', 'MatineeMediaServerDown']);
  const backlog = after.find(({ alert }) => alert === 'MatineeClipBacklog');
  assert.equal(backlog.expr, 'max by (namespace) (matinee_queue_oldest_age_seconds{queue="clip"}) > 3600');
  assert.deepEqual([backlog.for, backlog.labels.severity], ['30m', 'info']);
  assert.match(backlog.annotations.description, /\(monitoring\.alerts has the threshold 3600, for 30m\.\)$/);
  assert.match(after.find(({ alert }) => alert === 'MatineeDatabaseFails').expr, / > 0\.5$/);
  const rest = ({ alert }) => !['MatineeMediaServerDown', 'MatineeApiErrors', 'MatineeClipBacklog', 'MatineeDatabaseFails'].includes(alert);
  assert.deepEqual(after.filter(rest), before.filter(rest));
});

test('each threshold that the values may replace is the one number that its alert compares with', async () => {
  const given = (name, change) => ({ ...base, monitoring: { prometheusRule: { enabled: true }, alerts: { [name]: change } } });
  const before = alertsOf(find(await objectsOf(given('MatineeDown', {})), 'PrometheusRule'));
  let replaced = 0;
  for (const { alert, expr } of before) {
    const { code, err, objects } = await render(given(alert, { threshold: 12345 }));
    if (code !== 0) {
      assert.match(err, new RegExp(`monitoring\\.alerts\\.${alert}\\.threshold cannot be set`));
      continue;
    }
    const now = alertsOf(find(objects, 'PrometheusRule')).find((one) => one.alert === alert).expr;
    assert.match(now, /[<>=] 12345/, alert);
    assert.equal(now.replace(/ 12345/, ' N'), expr.replace(/(==|>=|<|>) *[0-9.]+/, '$1 N'), alert);
    replaced += 1;
  }
  assert.ok(replaced >= 12, `${replaced}`);
});

test('links to runbooks lead where the values say, and dashboards into their namespace', async () => {
  const objects = await objectsOf(sets.options);
  for (const { alert, annotations } of alertsOf(find(objects, 'PrometheusRule'))) assert.equal(annotations.runbook_url, `https://wiki.example.org/runbooks/${alert}.md`);
  const maps = objects.filter(({ metadata }) => /-dashboard-/.test(metadata.name));
  assert.equal(maps.length, 4);
  for (const { metadata, data } of maps) {
    assert.equal(metadata.namespace, 'grafana');
    const text = Object.values(data)[0];
    assert.ok(JSON.parse(text).uid);
    assert.doesNotMatch(text, /github\.com\/[^"]*\/runbooks/);
    assert.match(text, /https:\/\/wiki\.example\.org\/runbooks\/Matinee\w+\.md/);
  }
  const without = find(await changed({ monitoring: { prometheusRule: { enabled: true }, runbookBaseUrl: '' } }), 'PrometheusRule');
  for (const { annotations } of alertsOf(without)) assert.deepEqual(Object.keys(annotations).sort(), ['description', 'summary']);
});

test('the alerts match every installation, whatever its name', async () => {
  for (const [set, given] of Object.entries(sets)) {
    for (const monitor of ['serviceMonitor', 'podMonitor']) {
      const { serviceMonitor, podMonitor, ...monitoring } = given.monitoring ?? {};
      const named = { ...given, nameOverride: 'cinema', fullnameOverride: '', monitoring: { ...monitoring, [monitor]: { enabled: true }, prometheusRule: { enabled: true } } };
      const objects = await objectsOf(named);
      const { spec } = find(objects, monitor === 'serviceMonitor' ? 'ServiceMonitor' : 'PodMonitor');
      const targets = monitor === 'podMonitor' ? podsOf(objects).map(({ labels }) => labels) : objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.labels);
      const selected = targets.filter((labels) => Object.entries(spec.selector.matchLabels).every(([key, value]) => labels[key] === value));
      const jobs = new Set(selected.map((labels) => labels[spec.jobLabel]));
      assert.deepEqual([...jobs], ['matinee'], `${set}: ${monitor}`);
      // The operator's default is the name of the monitor.
      const rule = find(objects, 'PrometheusRule');
      for (const { alert, expr } of alertsOf(rule)) {
        for (const [, pattern] of expr.matchAll(/\bjob=~"([^"]*)"/g)) assert.match('matinee', new RegExp(`^${pattern}$`), alert);
        for (const [, value] of expr.matchAll(/\bjob="([^"]*)"/g)) assert.equal(value, 'matinee', alert);
      }
      const [, cronjob] = /cronjob="([^"]+)"/.exec(alertsOf(rule).find(({ alert }) => alert === 'MatineeBackupOld')?.expr);
      const backup = objects.find(({ kind }) => kind === 'CronJob')?.metadata.name;
      assert.equal(cronjob, backup ?? 'm-cinema-backup', set);
    }
  }
});

test('a backup: when, how many, where, and with which scripts', async () => {
  const objects = await changed({ backup: { enabled: true, schedule: '@weekly', keep: 3, image: { tag: '17-bookworm' } } });
  const cron = find(objects, 'CronJob', 'm-matinee-backup');
  assert.equal(cron.spec.schedule, '@weekly');
  const [{ spec }] = podsOf([cron]);
  const [{ image, command, env, volumeMounts }] = spec.containers;
  assert.equal(image, 'docker.io/library/postgres:17-bookworm');
  assert.deepEqual(command, ['bash', '/scripts/backup.sh', '/backups']);
  assert.deepEqual(Object.fromEntries(env.map(({ name, value }) => [name, value])), { DATABASE_URL_FILE: '/etc/matinee/secrets/DATABASE_URL', CAPTURE_DIR: '/captures', KEEP: '3' });
  assert.equal(volumeMounts.find(({ name }) => name === 'captures').readOnly, true);
  assert.equal(find(objects, 'PersistentVolumeClaim', 'm-matinee-backups').metadata.annotations['helm.sh/resource-policy'], 'keep');
  const { data } = find(objects, 'ConfigMap', 'm-matinee-backup');
  for (const name of ['backup.sh', 'restore.sh']) {
    assert.equal(readFileSync(join(chart, 'files/scripts', name), 'utf8'), readFileSync(join(root, 'scripts', name), 'utf8'), 'run `make docs`');
    assert.equal(data[name].trim(), readFileSync(join(root, 'scripts', name), 'utf8').trim());
  }
  const volume = async (given) => podsOf([find(await changed({ backup: { enabled: true, volume: given } }), 'CronJob')])[0].spec.volumes.find(({ name }) => name === 'backups');
  assert.deepEqual(await volume({ nfs: { server: 'nas', path: '/b' } }), { name: 'backups', nfs: { server: 'nas', path: '/b' } });
  assert.deepEqual(await volume({ hostPath: { path: '/b' } }), { name: 'backups', hostPath: { path: '/b', type: 'Directory' } });
  assert.deepEqual(await volume({ existingClaim: 'b' }), { name: 'backups', persistentVolumeClaim: { claimName: 'b' } });
  // A volume that one node mounts: the backup follows the other pods.
  const rwo = await objectsOf({ ...sets.trial, backup: { enabled: true } });
  const [term] = podsOf([find(rwo, 'CronJob')])[0].spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  assert.deepEqual(term.labelSelector.matchExpressions[0].values, ['api', 'worker', 'demo']);
  assert.ok(JSON.stringify(find(rwo, 'NetworkPolicy', 'm-matinee-trial-postgresql')).includes('"backup"'));
  assert.equal(find(await objectsOf({ ...base, backup: { enabled: true } }, { kube: '1.20.2' }), 'CronJob').apiVersion, 'batch/v1beta1');
});

test('the backup reads the address of the database from the file of the Secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matinee-backup-'));
  try {
    for (const path of ['captures/thumbnails', 'backups', 'bin']) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'captures/a.jpg'), 'a');
    writeFileSync(join(folder, 'url'), 'postgres://matinee:a%40b@db/matinee\n');
    // The last --file is that of the dump.
    writeFileSync(join(folder, 'bin/pg_dump'), `#!/bin/bash\necho "$PGPASSWORD $*" >"${folder}/call"\nfor arg; do [[ $arg != --file=* ]] || touch "\${arg#--file=}"; done\n`, { mode: 0o755 });
    const env = { PATH: `${folder}/bin:${process.env.PATH}`, DATABASE_URL_FILE: join(folder, 'url'), CAPTURE_DIR: join(folder, 'captures'), KEEP: '2' };
    const { status, stdout, stderr } = spawnSync('bash', [join(chart, 'files/scripts/backup.sh'), join(folder, 'backups')], { env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /holds 1 files, 1 of them new/);
    assert.match(readFileSync(join(folder, 'call'), 'utf8'), /^a@b .*--dbname=postgres:\/\/matinee@db\/matinee$/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('several servers of one type are a file for the container api alone', async () => {
  const given = structuredClone(sets.options);
  given.settings = { LOG_LEVEL: 'debug' };
  const objects = await objectsOf(given);
  const folder = mkdtempSync(join(tmpdir(), 'matinee-servers-'));
  try {
    const file = join(folder, 'matinee.yaml');
    const { data } = find(objects, 'ConfigMap', 'm-matinee-media-servers');
    assert.doesNotMatch(JSON.stringify(data), /not-a-key/);
    const [{ media_servers }] = parse(data['matinee.yaml']);
    const paths = media_servers.map(({ token_file }) => token_file);
    for (const path of paths) writeFileSync(join(folder, path.split('/').at(-1)), 'not-a-key');
    writeFileSync(file, data['matinee.yaml'].replaceAll('/etc/matinee/secrets', folder));
    // The program reads it.
    const { status, stdout, stderr } = spawnSync(binary, ['api', '--print-config'], {
      env: { PATH: process.env.PATH, MATINEE_CONFIG: file, DATABASE_URL: 'postgres://matinee@db/matinee', REDIS_URL: 'redis://redis' }, encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /name: living-room[^]*type: jellyfin[^]*name: attic[^]*from: "\/data"/);

    for (const { name, spec } of podsOf(objects)) {
      const volume = spec.volumes.find((one) => one.name === 'secrets');
      const mounted = (volume?.projected?.sources ?? []).flatMap(({ secret }) => secret.items.map(({ path }) => `/etc/matinee/secrets/${path}`));
      for (const container of containersOf({ spec })) {
        const env = (container.env ?? []).find((one) => one.name === 'MATINEE_CONFIG');
        const mount = (container.volumeMounts ?? []).find(({ mountPath }) => mountPath === '/etc/matinee/config');
        const isApi = name === 'Deployment m-matinee-api' && container.name === 'api';
        assert.equal(env?.value, isApi ? '/etc/matinee/config/matinee.yaml' : undefined, `${name} ${container.name}`);
        assert.equal(Boolean(mount), isApi, `${name} ${container.name}`);
        if (isApi) for (const path of paths) assert.ok(mounted.includes(path), path);
      }
      if (!name.endsWith('-api')) assert.ok(!mounted.some((path) => path.includes('MEDIA_SERVER')), name);
    }
    assert.equal(find(objects, 'ConfigMap', 'm-matinee').data.MATINEE_CONFIG, undefined);
    // Only the api pods are replaced when a server changes.
    const moved = structuredClone(given);
    moved.mediaServers[0].url = 'http://10.0.0.6:8096';
    const after = await objectsOf(moved);
    assert.notDeepEqual(deployment(after, 'api').metadata.annotations, deployment(objects, 'api').metadata.annotations);
    assert.deepEqual(deployment(after, 'worker'), deployment(objects, 'worker'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('settings.MATINEE_CONFIG reaches only the container that can mount the file', async () => {
  const objects = await changed({ mediaServers: {}, settings: { MATINEE_CONFIG: '/etc/mine.yaml' } });
  const users = podsOf(objects).flatMap(({ spec }) => containersOf({ spec })).filter(({ env = [] }) => env.some(({ name }) => name === 'MATINEE_CONFIG'));
  assert.deepEqual(users.map(({ name }) => name), ['api']);
  assert.equal(find(objects, 'ConfigMap', 'm-matinee').data.MATINEE_CONFIG, undefined);
});

test('the demo plays beside listed servers', async () => {
  const { demo, mediaServers } = { demo: { enabled: true }, mediaServers: sets.options.mediaServers };
  const objects = await objectsOf({ ...sets.options, demo, mediaServers });
  const { env } = deployment(objects, 'api').spec.containers.find(({ name }) => name === 'api');
  assert.equal(env.find(({ name }) => name === 'JELLYFIN_URL').value, 'http://m-matinee-demo:8096');
  assert.ok(env.some(({ name }) => name === 'JELLYFIN_API_KEY_FILE'));
  assert.equal(find(objects, 'Secret', 'm-matinee').stringData.JELLYFIN_API_KEY, 'demo');
});

test('the migration Job is left out where its Secret does not exist yet', async () => {
  const external = { ...base, database: { existingSecret: 'matinee-db-app' } };
  const has = async (change) => Boolean(find(await objectsOf({ ...external, ...change }), 'Job'));
  assert.equal(await has({}), true);
  assert.equal(await has({ checkSecrets: false }), false);
  assert.equal(await has({ checkSecrets: false, migrate: { job: { enabled: true } } }), true);
  assert.equal(await has({ migrate: { job: { enabled: false } } }), false);
  const metadata = (name) => ({ metadata: { name } });
  assert.equal(await has({ extraObjects: [{ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', ...metadata('matinee-db'), spec: {} }] }), false);
  assert.equal(await has({ extraObjects: [{ apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', ...metadata('matinee-db-app'), spec: {} }] }), false);
  assert.equal(await has({ extraObjects: ['apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: matinee-db-app}\n'] }), false);
  assert.equal(await has({ extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', ...metadata('other') }] }), true);
  // Every pod migrates before it starts, with the Job or without.
  const objects = await objectsOf({ ...external, migrate: { job: { enabled: false } } });
  for (const role of ['api', 'worker']) assert.deepEqual(deployment(objects, role).spec.initContainers.map(({ args }) => args[0]), ['migrate']);
});

test('a parent chart switches it on and off', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'matinee-parent-'));
  try {
    writeFileSync(join(parent, 'Chart.yaml'), stringify({
      apiVersion: 'v2', name: 'home', version: '1.0.0', dependencies: [{ name: 'matinee', version: '>=0.0.0', condition: 'matinee.enabled' }],
    }));
    mkdirSync(join(parent, 'charts'));
    cpSync(chart, join(parent, 'charts/matinee'), { recursive: true });
    for (const [which, program] of Object.entries(helms)) {
      for (const enabled of [true, false]) {
        const { code, err, objects } = await render({ matinee: { ...base, enabled } }, { from: parent, program });
        assert.equal(code, 0, `${which}: ${err}`);
        assert.equal(objects.some(({ kind }) => kind === 'Deployment'), enabled, which);
      }
    }
  } finally {
    rmSync(parent, { recursive: true });
  }
});

test('a new image replaces the pods', async () => {
  const images = async (tag) => podsOf(await objectsOf({ ...base, image: { tag } })).flatMap(({ spec }) => containersOf({ spec })).filter(isMatinee).map(({ image }) => image);
  assert.deepEqual([...new Set(await images('v0.1.0-3-gabcdef0'))], ['localhost/matinee:v0.1.0-3-gabcdef0']);
});
