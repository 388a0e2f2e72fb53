// docs/install.md and docs/operations.md: the values, commands and paths in them exist in the chart, the program and the tree. The tests
// that docs/failure-modes.md names exist.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { stringify } from 'yaml';
import { binary, parse, root, settings, tools } from './objects.mjs';
import { faults } from './strict.mjs';

const documents = ['docs/install.md', 'docs/operations.md', 'k8s/README.md'];
const text = (path) => readFileSync(join(root, path), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'matinee-docs-'));
after(() => rmSync(folder, { recursive: true }));

/** The fenced code blocks of a language, and the lines at which they begin. */
function blocks(path, language) {
  return [...text(path).matchAll(/^( *)```(\w*)\n([^]*?)^ *```$/gm)].filter((match) => match[2] === language)
    .map((match) => ({ at: `${path}:${text(path).slice(0, match.index).split('\n').length}`, body: match[3].replaceAll(new RegExp(`^${match[1]}`, 'gm'), '') }));
}

/** The required values that a snippet lacks, so that it can be rendered: the docs show only the relevant values. */
function completed(values) {
  const rest = {};
  if (!values.mediaServers && !values.demo) rest.mediaServers = { jellyfin: { url: 'http://192.168.1.10:8096', apiKey: 'key' } };
  if (!values.media) rest.media = [{ name: 'films', mountPath: '/media/films', nfs: { server: '192.168.1.20', path: '/volume1/films' } }];
  if (!values.database && !values.trial?.postgresql) rest.database = { url: 'postgres://matinee:secret@db/matinee' };
  if (!values.redis && !values.trial?.redis) rest.redis = { url: 'redis://:secret@redis:6379/0' };
  return rest;
}

let files = 0;
function file(values) {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, stringify(values));
  return path;
}

/** Renders the chart as for a cluster with all optional APIs. */
const APIS = ['monitoring.coreos.com/v1', 'keda.sh/v1alpha1', 'gateway.networking.k8s.io/v1'];
function render(helm, args) {
  const { status, stdout, stderr } = spawnSync(helm, ['template', 'matinee', join(root, 'charts/matinee'), '--namespace', 'matinee', '--kube-version', '1.34.0', ...APIS.flatMap((api) => ['--api-versions', api]), ...args], { encoding: 'utf8' });
  return { status, stderr, objects: status === 0 ? parse(stdout) : [] };
}

const names = (value, path = []) =>
  value && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, child]) => names(child, [...path, key])) : [path];
const [known] = parse(text('charts/matinee/values.yaml'));

/** Whether the chart has that value; an empty map may contain any key. */
function isKnown(path, values = known) {
  if (path.length === 0) return true;
  if (values === null || typeof values !== 'object' || Array.isArray(values)) return false;
  if (Object.keys(values).length === 0) return true;
  return path[0] in values && isKnown(path.slice(1), values[path[0]]);
}

const snippets = documents.flatMap((path) => blocks(path, 'yaml')).filter(({ body }) => body.startsWith('# values.yaml'));
test('the docs contain values', () => assert.ok(snippets.length > 10));

for (const { at, body } of snippets) {
  test(`${at}: the chart has these values, and renders them`, () => {
    const [values] = parse(body);
    assert.deepEqual(names(values).filter((path) => !isKnown(path)).map((path) => path.join('.')), []);
    for (const helm of [tools.HELM3, tools.HELM4]) {
      const { status, stderr, objects } = render(helm, ['--values', file(completed(values)), '--values', file(values)]);
      assert.equal(status, 0, stderr);
      assert.ok(objects.some(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'matinee-worker'));
    }
  });
}

test('helm commands in the docs set values of the chart, and render', () => {
  const commands = documents.flatMap((path) => blocks(path, '')).flatMap(({ at, body }) =>
    body.replaceAll('\\\n', ' ').split('\n').filter((line) => /^helm (install|upgrade) /.test(line)).map((line) => ({ at, line })));
  assert.ok(commands.length >= 4);
  for (const { at, line } of commands) {
    const sets = [...line.matchAll(/--set (\S+)/g)].map((match) => match[1]);
    for (const one of sets) assert.ok(isKnown(one.split('=')[0].split('.')), `${at}: ${one}`);
    const has = (name) => sets.some((one) => one.startsWith(name));
    const rest = completed({
      demo: has('demo.'), database: has('database.') || undefined, redis: has('redis.') || undefined,
      trial: { postgresql: has('trial.postgresql'), redis: has('trial.redis') },
    });
    const { status, stderr } = render(tools.HELM4, ['--values', file(rest), ...sets.flatMap((one) => ['--set', one])]);
    assert.equal(status, 0, `${at}: ${stderr}`);
  }
});

test('values in the text exist in the chart', () => {
  const missing = documents.flatMap((path) =>
    [...text(path).matchAll(/`((?:[a-z][A-Za-z]+\.)+[a-z][A-Za-z]+)(?::[^`]*)?`/g)].map((match) => match[1])
      .filter((name) => !name.endsWith('.yaml') && name.split('.')[0] in known && !isKnown(name.split('.'))).map((name) => `${path}: ${name}`));
  assert.deepEqual(missing, []);
});

test('objects in the docs are valid for Kubernetes', () => {
  // Of cert-manager and of the Prometheus operator; the chart's tests check the latter.
  const elsewhere = ['cert-manager.io/v1 ClusterIssuer', 'monitoring.coreos.com/v1 PodMonitor', 'kustomize.config.k8s.io/v1beta1 Kustomization'];
  for (const { at, body } of documents.flatMap((path) => blocks(path, 'yaml')).filter((block) => !snippets.some((one) => one.at === block.at))) {
    for (const object of parse(body)) {
      if (elsewhere.includes(`${object.apiVersion} ${object.kind}`)) continue;
      assert.deepEqual(faults(object), [], at);
    }
  }
});

test('paths and links exist', () => {
  for (const path of documents) {
    const links = [...text(path).matchAll(/\]\(([^)#\s]+)(#[^)]+)?\)/g)].filter((match) => !/^https?:/.test(match[1])).map((match) => join(dirname(path), match[1]));
    const paths = [...text(path).matchAll(/\b(?:k8s|scripts|charts|docs|tests|dashboards)\/[\w./-]*\w/g)].map((match) => match[0]);
    for (const one of [...links, ...paths]) assert.ok(existsSync(join(root, one)), `${path}: ${one}`);
    for (const [, target, heading] of text(path).matchAll(/\]\(([\w./-]*)#([^)]+)\)/g)) {
      const headings = [...text(target ? join(dirname(path), target) : path).matchAll(/^#+ (.*)$/gm)].map((match) => match[1].toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'));
      assert.ok(headings.includes(heading), `${path}: #${heading}`);
    }
  }
});

test('every row of failure-modes.md is tested by files that exist', () => {
  const tests = [...text('docs/failure-modes.md').matchAll(/`(tests\/[^`]*)`/g)].map((match) => match[1]);
  assert.ok(tests.length > 20, `${tests.length}`);
  assert.deepEqual(tests.filter((path) => !existsSync(join(root, path))), []);
  const rows = text('docs/failure-modes.md').split('\n## ')[0].split('\n').filter((line) => line.startsWith('| ')).slice(1);
  assert.deepEqual(rows.filter((row) => !/`tests\/[^`]*` \|$/.test(row)), []);
});

test('settings, metrics and commands in the docs exist in the program', () => {
  // Variables of the backup scripts, of Kubernetes and of kubectl.
  const others = ['KEEP', 'KUBECONFIG', 'POD'];
  const metrics = text('docs/metrics.md');
  const help = execFileSync(binary, ['--help'], { encoding: 'utf8' });
  for (const path of documents) {
    for (const [, name] of text(path).matchAll(/\b([A-Z]{2,}(?:_[A-Z]+)+)\b/g)) {
      if (!others.includes(name)) assert.ok(settings.has(name), `${path}: ${name}`);
    }
    for (const [, name] of text(path).matchAll(/\b(matinee_\w+)/g)) assert.ok(metrics.includes(`\`${name}\``), `${path}: ${name}`);
    for (const [, name] of text(path).matchAll(/`matinee ([a-z]+)/g)) assert.match(help, new RegExp(`^  ${name} `, 'm'), `${path}: matinee ${name}`);
  }
});

test('a value that the chart does not have is reported', () => {
  assert.ok(!isKnown(['worker', 'replica']));
  assert.ok(!isKnown(['captures', 'size', 'large']));
  assert.ok(isKnown(['settings', 'ANY']));
});
