// Tests dashboards and rules with a Prometheus that scrapes every role under load: each metric and label that they name exists,
// and no panel is empty. With the labels of Kubernetes, without, and with those of one process that runs everything.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, freePort, root, temporaryFolder } from '../lib/matinee.mjs';
import { families } from '../lib/scrape.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { annotations, dashboards, expressions, filledIn, namesIn } from './dashboard.mjs';
import { Prometheus, read } from './prometheus.mjs';

// Series of Prometheus itself and of kube-state-metrics, which are in no scrape of ours.
const ITS_OWN = new Map([
  ['up', ['job', 'instance']],
  ['ALERTS', ['alertname', 'alertstate']],
  ['kube_cronjob_status_last_successful_time', ['namespace', 'cronjob']],
  ['kube_cronjob_created', ['namespace', 'cronjob']],
]);
// Labels that Prometheus and Kubernetes add to every scraped series.
const OF_TARGETS = ['namespace', 'pod', 'job', 'instance'];
/** Longer than two scrapes and the interval at which the leader counts. */
const TIMEOUT_MS = 60_000;

let jellyfin, cluster, up, edge, prometheus, rules;
let busy = true;
let work;
const scraped = new Map(); // metric -> label -> values, of all roles

/** Makes each kind of request once. */
async function use(matinee) {
  const { session_id } = await matinee.session();
  for (const [path, body] of [['screenshot', {}], ['clip', { relative_seconds: -3 }], ['clip', { relative_seconds: -3, precise: true }]]) {
    const { json } = await matinee.post(`/api/capture/${path}`, { session_id, ...body });
    assert.equal((await matinee.finished(json.id)).status, 'complete', JSON.stringify(json));
  }
  await matinee.get('/api/captures');
  await matinee.get('/api/health');
}

async function readScrape(port) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  for (const { samples } of families(text).values()) {
    for (const { name, labels } of samples) {
      const known = scraped.get(name) ?? new Map();
      scraped.set(name, known);
      for (const [label, value] of Object.entries(labels)) known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
}

before(async () => {
  const folder = temporaryFolder('films');
  const roots = { MEDIA_ROOTS: folder };
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: 10 }), 10);
  jellyfin.position_seconds = 8;
  const [up_port, edge_port] = [await freePort(), await freePort()];
  [cluster, up] = await Promise.all([
    Cluster.start({ env: { ...jellyfin.env, ...roots } }),
    Matinee.start({ env: { ...jellyfin.env, ...roots, METRICS_PORT: String(up_port) } }),
  ]);
  edge = await Matinee.start({
    args: ['edge'], env: { API_ADDRESS: `127.0.0.1:${cluster.api.port}`, CAPTURE_DIR: cluster.captures, METRICS_PORT: String(edge_port) },
  });
  const live = await cluster.addLive();
  const portOf = (role) => Number(new URL(role.status).port);
  const ports = { api: portOf(cluster.api), live: portOf(live), worker: portOf(cluster.workers[0]), edge: edge_port, up: up_port };
  // Before the first scrape, so that every series exists and the next event is an increase.
  await Promise.all([use(up), use(edge)]);
  const target = (port) => [`127.0.0.1:${port}`];
  prometheus = await Prometheus.start([
    ...['api', 'live', 'worker', 'edge'].map((role) => ({ job: `media/matinee-${role}`, labels: { namespace: 'media', pod: `matinee-${role}-1` }, targets: target(ports[role]) })),
    ...Object.entries(ports).map(([role, port]) => ({ job: `matinee-${role}`, targets: target(port) })),
    { job: 'matinee', labels: { namespace: 'single' }, targets: target(ports.up) },
  ]);
  work = (async () => {
    while (busy) await Promise.all([use(up), use(edge)]);
  })();
  // Its failure is reported by `after`; without this, it would end the process as an unhandled rejection.
  work.catch(() => {});
  await eventually(async () => (await prometheus.targets()).every(({ health }) => health === 'up'), 'all roles are scraped');
  rules = await prometheus.rules();
  for (const port of Object.values(ports)) await readScrape(port);
});

after(async () => {
  busy = false;
  await work?.catch(() => {});
  await prometheus?.close();
  await Promise.all([edge?.close(), up?.close(), cluster?.close()]);
  jellyfin?.close();
});

/** Reports unknown names in an expression. */
function unknownNames(expression) {
  const recorded = new Set(rules.filter(({ type }) => type === 'recording').map(({ name }) => name));
  const { selectors, labels, written } = namesIn(expression);
  const wrong = [];
  const labels_of = (metric) => [...OF_TARGETS, ...written, ...(ITS_OWN.get(metric) ?? scraped.get(metric)?.keys() ?? [])];
  for (const { metric, matchers } of selectors) {
    if (!scraped.has(metric) && !recorded.has(metric) && !ITS_OWN.has(metric)) wrong.push(`no role exports ${metric}`);
    for (const { label, operator, value } of matchers) {
      if (!labels_of(metric).includes(label)) wrong.push(`${metric} has no label ${label}`);
      // Values without wildcards must exist too, except statuses: which ones occur is chance.
      const values = scraped.get(metric)?.get(label);
      if (!values || label === 'http_response_status_code') continue;
      const named = operator.endsWith('~') ? value.split('|') : [value];
      for (const one of named.filter((one) => /^[\w/ -]+$/.test(one))) {
        if (!values.has(one)) wrong.push(`no ${metric} has ${label}="${one}"`);
      }
    }
  }
  for (const label of labels) {
    if (!selectors.some(({ metric }) => labels_of(metric).includes(label))) wrong.push(`nothing has the label ${label}`);
  }
  return wrong;
}

test('a name that no role exports is reported', () => {
  assert.deepEqual(unknownNames('sum by (colour) (rate(matinee_jobs_totals{outcome="complete"}[5m]))'), [
    'no role exports matinee_jobs_totals', 'matinee_jobs_totals has no label outcome', 'nothing has the label colour',
  ]);
  assert.deepEqual(unknownNames('matinee_jobs_total{outcome=~"complete|completed"}'), ['no matinee_jobs_total has outcome="completed"']);
});

test('each metric and label of the dashboards is exported', () => {
  const wrong = [...expressions, ...annotations].flatMap(({ where, expression }) => unknownNames(filledIn(expression)).map((what) => `${where}: ${what}`));
  assert.deepEqual(wrong, []);
});

test('each metric and label of the rules is exported', () => {
  const wrong = rules.flatMap(({ name, query }) => unknownNames(query).map((what) => `${name}: ${what}`));
  assert.deepEqual(wrong, []);
});

test('each metric of the runbooks is exported, and each of their queries is valid PromQL', async () => {
  for (const file of readdirSync(join(root, 'docs/runbooks'))) {
    const text = read(join('docs/runbooks', file));
    for (const [name] of text.matchAll(/\b(matinee|http_server|db_client|process)_\w+/g)) {
      assert.ok(scraped.has(name) || scraped.has(`${name}_count`), `${file}: ${name}`);
    }
    const lines = [...text.matchAll(/^```\n(.*?)^```$/gms)].flatMap(([, block]) => block.trim().split('\n'));
    for (const line of lines.filter((line) => !/^(kubectl|helm|redis-cli) /.test(line))) await prometheus.query(line);
  }
});

/** Expressions without a number in their result. */
async function empty(variables) {
  const answers = await Promise.all(
    expressions.map(async ({ where, expression }) => {
      const result = await prometheus.query(filledIn(expression, { window: '30s', ...variables }));
      return result.some(({ value }) => Number.isFinite(value)) ? null : where;
    }),
  );
  return answers.filter(Boolean);
}

for (const [name, variables] of Object.entries({
  'with all namespaces and pods': {},
  'with one namespace and its pods': { namespace: 'media', pod: 'matinee-.+' },
  'without these labels': { namespace: '', pod: '' },
})) {
  test(`no panel is empty ${name}`, async () => {
    let still = [];
    await eventually(async () => {
      still = await empty(variables);
      return still.length === 0;
    }, 'data', TIMEOUT_MS).catch(() => {});
    assert.deepEqual(still, []);
  });
}

const single = { namespace: 'single', pod: '', window: '30s' };

/** The panels without any data: {"id title": what they say then}. */
async function silent(file) {
  const found = {};
  for (const { id, title, targets = [], fieldConfig } of dashboards.get(file).panels) {
    const results = await Promise.all(targets.map(({ expr }) => prometheus.query(filledIn(expr, single))));
    if (targets.length > 0 && results.every((result) => result.length === 0)) found[`${id} ${title}`] = fieldConfig.defaults.noValue;
  }
  return found;
}

test('one process that runs everything has no Redis: panels say so, and no other panel is empty', async () => {
  const says = 'One process runs everything: there is no Redis';
  assert.deepEqual(await silent('databases.json'), { '11 Reachable': says, '12 Operations': says, '13 Duration': says, '14 Errors': says });
  for (const file of ['overview.json', 'api.json', 'workers.json']) assert.deepEqual(await silent(file), {}, file);
});

test('no legend is longer than a person reads', async () => {
  const LINES = 12;
  for (const [file, { panels }] of dashboards) {
    for (const { title, targets = [] } of panels) {
      const results = await Promise.all(targets.map(({ expr }) => prometheus.query(filledIn(expr, single))));
      const lines = results.flat().length;
      assert.ok(lines <= LINES, `${file}: ${title} has ${lines} lines`);
    }
  }
});

test('what did not happen is one line of zeros, "none"', async () => {
  const panel = dashboards.get('workers.json').panels.find(({ title }) => title === 'Failed attempts by reason');
  const result = await prometheus.query(filledIn(panel.targets[0].expr, single));
  assert.deepEqual(result, [{ metric: { outcome: 'none' }, value: 0 }]);
});

test('each process has its start on the time axis', async () => {
  const starts = await prometheus.query(filledIn(annotations.find(({ where }) => where.endsWith(': Starts')).expression, { namespace: 'media' }));
  assert.deepEqual(starts.map(({ metric }) => metric.process).sort(), ['api', 'edge', 'live', 'worker'].map((role) => `matinee-${role}-1`));
  for (const { value } of starts) assert.ok(value <= Date.now() && value > Date.now() - 600_000, `${value}`);
});

test('each recording rule has a result', async () => {
  for (const { name } of rules.filter(({ type }) => type === 'recording')) {
    const namespaces = await eventually(async () => {
      const found = await prometheus.query(name);
      return found.length >= 3 && found.map(({ metric }) => metric.namespace ?? '').sort();
    }, name);
    assert.deepEqual(namespaces, ['', 'media', 'single'], name);
  }
});

test('no alert is pending or firing while everything works', async () => {
  const health = (await prometheus.rules()).filter(({ health }) => health !== 'ok');
  assert.deepEqual(health.map(({ name, lastError }) => `${name}: ${lastError}`), []);
  // The speed of the API depends on the machine that runs the test.
  const alerts = (await prometheus.alerts()).filter((name) => name !== 'MatineeApiSlow');
  assert.deepEqual(alerts, []);
});
