// scripts/image.sh, image-load.sh and release-chart.sh, with pretended container tools; and the workflow that publishes a release.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { find, objectsOf, parse, root, sets } from './helm.mjs';
import { tools } from '../manifests/objects.mjs';

const work = mkdtempSync(join(tmpdir(), 'matinee-image-'));
after(() => rmSync(work, { recursive: true }));

/** A small clone: the scripts, and a commit. */
const tree = join(work, 'tree');
mkdirSync(join(tree, 'scripts'), { recursive: true });
for (const path of ['scripts/image.sh', 'scripts/image-name.sh', 'scripts/image-load.sh', 'CMakeLists.txt']) cpSync(join(root, path), join(tree, path));
const git = (...args) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args], { cwd: tree, encoding: 'utf8' }).trim();
git('init', '--quiet');
git('add', '.');
git('commit', '--quiet', '-m', 'First');

/** Programs that record how they are called, and what they read. */
const bin = join(work, 'bin');
const calls = join(work, 'calls');
mkdirSync(bin);
function pretend(name, body = '') {
  writeFileSync(join(bin, name), `#!/bin/bash\necho "${name} $*" >>"${calls}"\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}
const SAVES = 'case "$*" in "image exists "*) ;; "save "*) echo "archive of ${@: -1}";; esac';
const READS = `cat >>"${calls}"`;
pretend('podman', SAVES);
pretend('k3s', READS);
pretend('microk8s', READS);
pretend('kind', `cat "$3" >>"${calls}"`);
pretend('docker', `[ "$1" = load ] && ${READS}`);
pretend('sudo', 'exec "$@"');

function run(script, env = {}) {
  writeFileSync(calls, '');
  const done = spawnSync('bash', [join(tree, 'scripts', script)], { env: { PATH: `${bin}:${process.env.PATH}`, HOME: work, ...env }, encoding: 'utf8' });
  return { ...done, calls: readFileSync(calls, 'utf8') };
}
const name = () => execFileSync(join(tree, 'scripts/image-name.sh'), { encoding: 'utf8' }).trim();

test('the tag of the image is the commit, and another commit or change is another tag', () => {
  const first = name();
  assert.equal(first, `localhost/matinee:${git('describe', '--tags', '--always', '--dirty')}`);
  writeFileSync(join(tree, 'CMakeLists.txt'), `${readFileSync(join(tree, 'CMakeLists.txt'), 'utf8')}# changed\n`);
  const changed = name();
  assert.match(changed, new RegExp(`^${first}-dirty-[0-9a-f]{8}$`));
  writeFileSync(join(tree, 'CMakeLists.txt'), `${readFileSync(join(tree, 'CMakeLists.txt'), 'utf8')}# again\n`);
  assert.notEqual(name(), changed);
  git('commit', '--quiet', '-a', '-m', 'Second');
  assert.notEqual(name(), first);
  git('tag', 'v0.1.0');
  assert.equal(name(), 'localhost/matinee:v0.1.0');
  git('tag', '--delete', 'v0.1.0');
});

test('make image prints the lines that install the image, which replace the pods of another one', async () => {
  const { status, stdout, stderr, calls: called } = run('image.sh', { BUILDER: 'podman' });
  assert.equal(status, 0, stderr);
  const [, tag] = /^localhost\/matinee:(\S+) is ready$/m.exec(stdout);
  assert.equal(`localhost/matinee:${tag}`, name());
  assert.match(called, new RegExp(`^podman build .*--tag localhost/matinee:${tag}\\b`, 'm'));
  assert.match(called, new RegExp(`^podman tag localhost/matinee:${tag} localhost/matinee:\\d+\\.\\d+\\.\\d+$`, 'm'));
  assert.match(stdout, /^ {2}make image-load TO=k3s /m);
  const lines = [...stdout.matchAll(/^ {2}helm (install|upgrade) matinee charts\/matinee .*--set image\.tag=(\S+)/gm)].map((match) => match.slice(1));
  assert.deepEqual(lines, [['install', tag], ['upgrade', tag]]);
  const template = async (image) => find(await objectsOf({ ...sets.plain, image }), 'Deployment', 'm-matinee-worker').spec.template;
  assert.equal((await template({ tag })).spec.containers[0].image, `localhost/matinee:${tag}`);
  assert.notDeepEqual(await template({ tag }), await template({ tag: 'before' }));
  // A name that the caller gives is the only one.
  assert.doesNotMatch(run('image.sh', { BUILDER: 'podman', IMAGE: 'registry.lan/m:1' }).calls, /podman tag/);
});

for (const [to, expected] of Object.entries({
  k3s: /^k3s ctr images import -$/m, microk8s: /^microk8s ctr image import -$/m, kind: /^kind load image-archive \S+\.tar --name kind$/m, docker: /^docker load$/m,
})) {
  test(`make image-load TO=${to}`, () => {
    const { status, stdout, stderr, calls: called } = run('image-load.sh', { TO: to });
    assert.equal(status, 0, stderr);
    assert.match(called, expected);
    assert.ok(called.split('\n').includes(`archive of ${name()}`), called);
    assert.match(stdout, /--set image\.tag=\S+$/m);
  });
}

test('make image-load says what is missing', () => {
  assert.match(run('image-load.sh').stderr, /name the cluster: make image-load TO=k3s, or microk8s, kind, docker/);
  pretend('podman', 'exit 1');
  pretend('docker', 'exit 1');
  pretend('buildah', 'exit 1');
  const { status, stderr } = run('image-load.sh', { TO: 'k3s' });
  assert.notEqual(status, 0);
  assert.match(stderr, /there is no image localhost\/matinee:\S+: make image/);
  pretend('podman', SAVES);
});

const workflow = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'))[0];

test('the release workflow builds for both architectures, and takes every name from the owner of the repository', () => {
  assert.deepEqual(workflow.jobs.image.strategy.matrix.include.map(({ architecture }) => architecture), ['amd64', 'arm64']);
  const text = JSON.stringify(workflow);
  assert.doesNotMatch(text, /matinee-media/);
  const names = workflow.jobs.version.steps.find(({ id }) => id === 'names');
  const output = join(work, 'output');
  const done = spawnSync('bash', ['-euo', 'pipefail', '-c', names.run], { cwd: root, env: { PATH: process.env.PATH, OWNER: 'Some-One', TAG: 'v0.1.0', GITHUB_OUTPUT: output }, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  assert.equal(readFileSync(output, 'utf8'), 'version=0.1.0\nimage=ghcr.io/some-one/matinee\ncharts=oci://ghcr.io/some-one/charts\n');
  const wrong = spawnSync('bash', ['-euo', 'pipefail', '-c', names.run], { cwd: root, env: { PATH: process.env.PATH, OWNER: 'a', TAG: 'v9.9.9', GITHUB_OUTPUT: output } });
  assert.notEqual(wrong.status, 0, 'a tag of another version is refused');
  for (const [, script] of text.matchAll(/\b(scripts\/[\w.-]+)/g)) assert.ok(existsSync(join(root, script)), script);
});

test('a published chart has the image and the links of its owner', async () => {
  const copy = join(work, 'release');
  mkdirSync(join(copy, 'scripts'), { recursive: true });
  cpSync(join(root, 'charts'), join(copy, 'charts'), { recursive: true });
  cpSync(join(root, 'scripts/release-chart.sh'), join(copy, 'scripts/release-chart.sh'));
  const { status, stderr } = spawnSync('bash', [join(copy, 'scripts/release-chart.sh'), 'ghcr.io/some-one/matinee', 'https://github.com/Some-One/fork', '1.2.3'], {
    env: { PATH: process.env.PATH, HOME: work, HELM: tools.HELM4 }, encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const objects = await objectsOf({ ...sets.plain, monitoring: { prometheusRule: { enabled: true }, dashboards: { enabled: true } } }, { from: join(copy, 'build/charts/matinee-1.2.3.tgz') });
  assert.equal(find(objects, 'Deployment', 'm-matinee-worker').spec.template.spec.containers[0].image, 'ghcr.io/some-one/matinee:1.2.3');
  assert.doesNotMatch(JSON.stringify(objects), /matinee-media/);
  assert.match(JSON.stringify(find(objects, 'PrometheusRule')), /https:\/\/github\.com\/Some-One\/fork\/blob\/main\/docs\/runbooks\/MatineeDown\.md/);
});
