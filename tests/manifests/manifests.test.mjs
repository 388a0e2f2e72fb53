// k8s/: every overlay and example is valid for Kubernetes, keeps the policies, and has only settings that Matinee accepts.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { binary, kustomize, parse, read, root, settings } from './objects.mjs';
import { environmentOf, isMatinee, podsOf, problems, secretsOf } from './policies.mjs';
import { WITHOUT_SCHEMA, faults } from './strict.mjs';

const folders = ['overlays', 'examples'].flatMap((kind) =>
  readdirSync(join(root, 'k8s', kind), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => `k8s/${kind}/${name}`));
const sets = new Map(folders.map((folder) => [folder, kustomize(folder)]));

// The files among the examples need an installed Matinee, and the ConfigMap that the command in their comment creates.
const home = sets.get('k8s/overlays/home');
const scripts = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'matinee-backup', namespace: 'matinee' } };
const backup = read('k8s/examples/backup.yaml');
sets.set('k8s/examples/backup.yaml', [...home, scripts, ...backup]);
sets.set('k8s/examples/restore.yaml', [...home, scripts, ...backup, ...read('k8s/examples/restore.yaml')]);
const another = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'matinee-captures-new' }, spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } } };
sets.set('k8s/examples/move-captures.yaml', [...home, another, ...read('k8s/examples/move-captures.yaml')]);

test('every folder and file of k8s is tested', () => {
  const tested = [...sets.keys(), 'k8s/base', 'k8s/README.md'];
  const existing = ['overlays', 'examples'].flatMap((kind) => readdirSync(join(root, 'k8s', kind)).map((name) => `k8s/${kind}/${name}`));
  assert.deepEqual([...existing, 'k8s/base', 'k8s/README.md'].sort(), tested.sort());
});

for (const [name, objects] of sets) {
  test(`${name}: every field is valid for Kubernetes`, () => {
    assert.deepEqual(objects.flatMap(faults), []);
  });

  test(`${name}: the objects keep the policies`, () => {
    assert.deepEqual(problems(objects, { settings }), []);
  });

  test(`${name}: all objects have one namespace and different names`, () => {
    const cluster = ['Namespace', 'PersistentVolume'];
    // Files are applied with -n.
    for (const { kind, metadata } of name.endsWith('.yaml') ? [] : objects) {
      assert.equal(metadata.namespace, cluster.includes(kind) ? undefined : 'matinee', `${kind} ${metadata.name}`);
    }
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(names.filter((one, i) => names.indexOf(one) !== i), []);
  });

  test(`${name}: the program accepts the settings of every container`, () => {
    const containers = podsOf(objects).flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers]).filter(isMatinee);
    assert.deepEqual([...new Set(containers.map(({ args }) => args[0]))].sort(), ['api', 'edge', 'live', 'migrate', 'worker']);
    const secrets = { DATABASE_URL: 'postgres://matinee:secret@db/matinee', REDIS_URL: 'redis://redis:6379/0' };
    for (const container of containers) {
      const env = Object.fromEntries(Object.entries(environmentOf(container, objects)).map(([key, value]) => [key, value ?? secrets[key] ?? 'secret']));
      for (const [key, value] of Object.entries(env)) env[key] = value.replaceAll(/\$\(([^)]+)\)/g, (_, used) => env[used]);
      const { status, stderr } = spawnSync(binary, [...container.args, '--print-config'], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
      assert.equal(status, 0, `${container.name}: ${stderr}`);
    }
  });

  test(`${name}: Secrets are referenced, not contained, and the docs say how to create them`, () => {
    assert.deepEqual(objects.filter(({ kind }) => kind === 'Secret'), []);
    // The operator creates it from the Cluster.
    const made = objects.filter(({ kind }) => kind === 'Cluster').map(({ metadata }) => `${metadata.name}-app/uri`);
    const folder = join(root, name, 'kustomization.yaml');
    const text = readFileSync(join(root, 'k8s/README.md'), 'utf8') + (existsSync(folder) ? readFileSync(folder, 'utf8').replaceAll('\n#', '\n') : '');
    for (const [, secret, rest] of text.matchAll(/create secret generic (\S+)((?:.*\\\n)*.*)/g)) {
      for (const [, key] of rest.matchAll(/--from-literal=([\w-]+)=/g)) made.push(`${secret}/${key}`);
    }
    assert.deepEqual([...secretsOf(objects)].filter((one) => !made.includes(one)), []);
  });
}

test('the tag of the image is the version of the program', () => {
  const [version] = /\d+\.\d+\.\d+/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }));
  const images = new Set([...sets.values()].flatMap(podsOf).flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
    .filter(isMatinee).map(({ image }) => image));
  assert.deepEqual([...images], [`localhost/matinee:${version}`]);
});

test('backup and restore run scripts that exist', () => {
  for (const object of [...backup, ...read('k8s/examples/restore.yaml')]) {
    for (const { spec } of podsOf([object])) {
      const script = spec.containers[0].command[1];
      assert.ok(existsSync(join(root, 'scripts', script.replace(/^\/scripts\//, ''))), script);
    }
  }
});

test('the captures are copied to another volume, and again after an interruption', () => {
  const work = mkdtempSync(join(tmpdir(), 'matinee-move-'));
  try {
    const write = (path, text) => {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
    };
    for (const [path, text] of Object.entries({
      'from/a.jpg': 'a', 'from/2026/b c.mp4': 'b', 'from/thumbnails/a.jpg': 'small', 'from/.matinee': 'a hidden file', 'from/.tmp/unfinished': 'x', 'from/lost+found/x': 'x',
    })) write(path, text);
    mkdirSync(join(work, 'to/lost+found'), { recursive: true });
    const [{ spec }] = podsOf(read('k8s/examples/move-captures.yaml'));
    const [program, ...args] = spec.containers[0].command.map((text) => text.replaceAll(/(?<![\w/])\/(from|to)\b/g, `${work}/$1`));
    const run = () => spawnSync(program, args, { encoding: 'utf8' });
    const copied = () => execFileSync('find', ['.', '-type', 'f'], { cwd: join(work, 'to'), encoding: 'utf8' }).trim().split('\n').sort();
    const expected = ['./.matinee', './2026/b c.mp4', './a.jpg', './thumbnails/a.jpg'];
    const { status, stdout, stderr } = run();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^4 files in the old volume, 4 in the new one$/m);
    assert.deepEqual(copied(), expected);
    assert.equal(readFileSync(join(work, 'to/2026/b c.mp4'), 'utf8'), 'b');
    // It was interrupted before that file was copied.
    rmSync(join(work, 'to/2026/b c.mp4'));
    assert.equal(run().status, 0);
    assert.deepEqual(copied(), expected);
    // A volume that is not that of the captures.
    write('to/other', 'x');
    assert.equal(run().status, 1);
  } finally {
    rmSync(work, { recursive: true });
  }
});

test('every kind without a schema is used', () => {
  const used = [...sets.values()].flat().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  for (const one of WITHOUT_SCHEMA) assert.ok(used.includes(one), one);
});

// Tests of the checks: each must report its fault.
const copy = () => structuredClone(home);
const deployment = (objects, name) => objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name).spec.template.spec;

test('an unknown field, a wrong type, a missing field and an unknown kind are reported', () => {
  const cases = [
    [(pod) => (pod.securityContex = {}), /unknown field spec\.template\.spec\.securityContex$/],
    [(pod) => (pod.containers[0].readinessProbe.httpGet.prot = 1), /unknown field spec\.template\.spec\.containers\[0\]\.readinessProbe\.httpGet\.prot$/],
    [(pod) => (pod.terminationGracePeriodSeconds = '60'), /integer/],
    [(pod) => delete pod.containers[0].name, /name/],
    [(pod) => pod.volumes.push({ name: 'x', emptydir: {} }), /emptydir$/],
  ];
  for (const [change, expected] of cases) {
    const objects = copy();
    change(deployment(objects, 'matinee-api'));
    const found = objects.flatMap(faults);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0], expected);
  }
  assert.match(faults({ apiVersion: 'policy/v1beta9', kind: 'PodDisruptionBudget', metadata: { name: 'x' } })[0], /there is no/);
  assert.match(faults({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', lables: { a: 'b' } }, data: { any: 'thing' } })[0], /metadata\.lables$/);
});

test('each policy reports what it forbids', () => {
  const cases = [
    [(pod) => delete pod.automountServiceAccountToken, /token/],
    [(pod) => delete pod.enableServiceLinks, /variables/],
    [(pod) => (pod.hostNetwork = true), /namespaces/],
    [(pod) => (pod.securityContext.runAsUser = 0), /root/],
    [(pod) => (pod.securityContext.runAsUser = 1000), /65532/],
    [(pod) => delete pod.securityContext.seccompProfile, /seccomp/],
    [(pod) => delete pod.initContainers[0].securityContext.readOnlyRootFilesystem, /writable root/],
    [(pod) => (pod.containers[1].securityContext.capabilities.add = ['NET_ADMIN']), /capabilities/],
    [(pod) => delete pod.containers[1].securityContext.allowPrivilegeEscalation, /escalate/],
    [(pod) => (pod.containers[0].image = 'matinee:latest'), /no fixed version/],
    [(pod) => delete pod.containers[0].resources.limits, /memory limit/],
    [(pod) => (pod.containers[0].resources.limits.cpu = 1), /CPU limit/],
    [(pod) => delete pod.containers[0].livenessProbe, /has no livenessProbe/],
    [(pod) => (pod.containers[0].readinessProbe.httpGet.port = 'metrics'), /not one of its ports/],
    [(pod) => (pod.volumes[0] = { name: 'captures', hostPath: { path: '/' } }), /hostPath/],
    [(pod) => (pod.volumes[0].persistentVolumeClaim.claimName = 'x'), /no claim x/],
    [(pod) => pod.volumes.push({ name: 'x', emptyDir: { sizeLimit: '1Mi' } }), /x is not mounted/],
    [(pod) => pod.containers[0].env.push({ name: 'DRAIN_DELY', value: '5s' }), /no setting DRAIN_DELY/],
    [(pod) => pod.containers[1].env.unshift({ name: 'BASE_PATH', value: '/$(LATER)' }), /not set before/],
    [(pod) => (pod.containers[0].envFrom[0].configMapRef.name = 'x'), /no ConfigMap x/],
    [(pod) => (pod.containers[1].env.at(-1).value = '5s'), /stops the API before the edge/],
    [(pod) => (pod.terminationGracePeriodSeconds = 30), /killed while it drains/],
    [(pod) => (pod.containers[1].resources.requests.memory = '1Gi'), /idle API/],
    [(pod, objects) => (objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'matinee').spec.ports[0].targetPort = 'x'), /the port x/],
    [(pod, objects) => (objects.find(({ kind }) => kind === 'NetworkPolicy').spec.podSelector.matchLabels.a = 'b'), /selects no pod/],
    [(pod, objects) => (deployment(objects, 'matinee-worker').terminationGracePeriodSeconds = 900), /STOP_GRACE/],
    [(pod, objects) => delete deployment(objects, 'matinee-worker').volumes.find(({ name }) => name === 'media').persistentVolumeClaim.readOnly, /can write to media/],
    [(pod, objects) => (objects.find(({ metadata }) => metadata.name === 'matinee-api').spec.replicas = 2), /only one machine/],
  ];
  for (const [change, expected] of cases) {
    const objects = copy();
    change(deployment(objects, 'matinee-api'), objects);
    const found = problems(objects, { settings });
    assert.ok(found.some((one) => expected.test(one)), `${expected}: ${found.join('\n')}`);
  }
});

test('a duplicate key is invalid YAML', () => {
  assert.throws(() => parse('a: 1\na: 2\n'), /unique/);
});
