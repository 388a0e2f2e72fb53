// The form of the dashboards: what Grafana requires, and what readers expect.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, temporaryFolder } from '../lib/matinee.mjs';
import { annotations, dashboards, expressions, filledIn, namesIn } from './dashboard.mjs';
import { promtool } from './prometheus.mjs';

const REPOSITORY = 'https://github.com/matinee-media/matinee/blob/main/';
// The Grafana units in use: Grafana shows a misspelt one as a unit with that name.
const UNITS = ['short', 's', 'bytes', 'Bps', 'reqps', 'ops', 'cpm', 'percentunit', 'suffix:×'];

test('there is one dashboard for each part', () => {
  assert.deepEqual([...dashboards.keys()].sort(), ['api.json', 'databases.json', 'overview.json', 'workers.json']);
});

const uids = new Set([...dashboards.values()].map(({ uid }) => uid));
test('every dashboard has a different uid', () => assert.equal(uids.size, dashboards.size));

/** A link leads to a file of this repository, to one of the dashboards, or to Grafana's own search for traces. */
function checkLink({ title, url }, where) {
  assert.ok(title, `${where}: a link without a title`);
  if (url.startsWith(REPOSITORY)) {
    assert.ok(existsSync(join(root, url.slice(REPOSITORY.length))), `${where}: there is no ${url}`);
  } else if (url.startsWith('/explore')) {
    const { traces } = JSON.parse(decodeURIComponent(new URLSearchParams(url.split('?')[1]).get('panes')));
    assert.equal(traces.queries[0].queryType, 'traceql', where);
  } else {
    assert.ok(uids.has(/^\/d\/([\w-]+)\?/.exec(url)?.[1]), `${where}: ${url} leads nowhere`);
  }
}

const PHASES = ['queued', 'running', 'retrying', 'complete', 'failed', 'cancelled', 'deleting'];
/** Metrics that every process of an installation exports with the same value. */
const SHARED = ['matinee_captures', 'matinee_queue_lag', 'matinee_queue_pending', 'matinee_playback_sessions', 'matinee_media_server_up'];

const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

for (const [file, dashboard] of dashboards) {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test(`${file} can be imported as it is`, () => {
    assert.equal(dashboard.id, null);
    assert.equal(dashboard.uid, `matinee-${file.replace('.json', '')}`);
    assert.ok(dashboard.title.startsWith('Matinee / '));
    assert.ok(dashboard.description);
    assert.ok(dashboard.schemaVersion >= 36);
    assert.deepEqual(dashboard.tags, ['matinee']);
    assert.ok(!('__inputs' in dashboard) && !('__requires' in dashboard), 'these are for the import by hand only');
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  test(`${file} links to the other dashboards`, () => {
    assert.ok(dashboard.links.some(({ type, tags, includeVars, keepTime }) => type === 'dashboards' && tags.includes('matinee') && includeVars && keepTime));
    dashboard.links.filter(({ type }) => type === 'link').forEach((link) => checkLink(link, file));
  });

  test(`${file} uses the selected data source and only defined variables`, () => {
    const variables = dashboard.templating.list;
    assert.equal(variables[0].type, 'datasource');
    const own = /^(__from|__to|__url_time_range|__rate_interval|__range|1)$/; // $1 is of label_replace.
    const known = variables.map(({ name }) => name);
    for (const [, name] of JSON.stringify([panels, variables.slice(1)]).matchAll(/\$\{?(\w+)/g)) {
      if (name === '__all') continue;
      assert.ok(known.includes(name) || own.test(name), `$${name} is not defined`);
    }
    for (const { datasource } of [...panels, ...panels.flatMap(({ targets }) => targets), ...variables.filter(({ type }) => type === 'query')]) {
      assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
    }
    // "All" must also match series without this label.
    for (const variable of variables.filter(({ type }) => type === 'query')) assert.equal(variable.allValue, '.*');
    for (const name of known.filter((name) => name !== 'datasource')) {
      assert.match(JSON.stringify(panels), new RegExp(`\\$\\{?${name}`), `$${name} is not used`);
    }
  });

  test(`${file}: each panel has a title, a description and a unit`, () => {
    for (const panel of panels) {
      assert.ok(panel.title, `panel ${panel.id}`);
      assert.ok(panel.description?.endsWith('.'), `${panel.title} has no description`);
      assert.ok(UNITS.includes(panel.fieldConfig.defaults.unit), `${panel.title} has the unit ${panel.fieldConfig.defaults.unit}`);
      assert.notEqual(panel.targets.length, 0, panel.title);
      const refs = panel.targets.map(({ refId }) => refId);
      assert.equal(new Set(refs).size, refs.length, panel.title);
      for (const link of panel.links ?? []) checkLink(link, panel.title);
    }
  });

  test(`${file}: each expression selects the chosen namespaces`, () => {
    const queries = [...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr }))), ...dashboard.annotations.list];
    for (const { title, name, expr } of queries) {
      for (const { metric, matchers } of namesIn(expr).selectors) {
        assert.ok(matchers.some(({ label, value }) => label === 'namespace' && value === '$namespace'), `${title ?? name}: ${metric}`);
      }
    }
  });

  test(`${file} marks upgrades and starts of processes`, () => {
    assert.deepEqual(dashboard.annotations, [...dashboards.values()][0].annotations, 'the same on all dashboards');
    assert.deepEqual(dashboard.annotations.list.map(({ name, enable, hide }) => ({ name, enable, hide })), [
      { name: 'Upgrades', enable: true, hide: false }, { name: 'Starts', enable: true, hide: false },
    ]);
    for (const { datasource, textFormat, expr } of dashboard.annotations.list) {
      assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
      for (const [, label] of textFormat.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(namesIn(expr).labels.includes(label) || namesIn(expr).written.includes(label), label);
    }
  });

  test(`${file}: an axis of nothing but zeros does not end at 10 000 %`, () => {
    for (const { title, type, fieldConfig } of panels) {
      const { unit, min, max, custom } = fieldConfig.defaults;
      // Bytes in use are never 0, and a logarithmic axis has no 0.
      if (type !== 'timeseries' || unit === 'bytes' || max !== undefined || custom.scaleDistribution?.type === 'log') continue;
      assert.equal(min, 0, title);
      assert.ok(custom.axisSoftMax > 0, `${title} has no axisSoftMax`);
      if (unit === 'percentunit') assert.ok(custom.axisSoftMax <= 0.1, title);
    }
  });

  test(`${file}: each state has its own colour`, () => {
    for (const { title, targets, fieldConfig } of panels.filter(({ targets }) => targets.some(({ legendFormat }) => legendFormat === '{{phase}}'))) {
      const shown = targets[0].expr.includes('phase=~') ? ['queued', 'running', 'retrying'] : PHASES;
      const colours = new Map(fieldConfig.overrides.map(({ matcher, properties }) => [matcher.options, properties.find(({ id }) => id === 'color')?.value.fixedColor]));
      assert.deepEqual([...colours.keys()].sort(), [...shown].sort(), title);
      assert.equal(new Set(colours.values()).size, shown.length, title);
      if (shown === PHASES) assert.equal(colours.get('failed'), 'red');
    }
  });

  test(`${file}: a process has one name, and no installation hides another`, () => {
    for (const { title, targets } of panels) {
      for (const { expr, legendFormat = '' } of targets) {
        assert.doesNotMatch(legendFormat, /\{\{(pod|instance)\}\}/, `${title}: a pod and its address are one process`);
        // The maximum over processes that all report the same: of each namespace.
        for (const metric of SHARED.filter((name) => expr.includes(`${name}{`))) {
          assert.ok(expr.includes(`max by (namespace, `), `${title}: ${metric} of several namespaces`);
        }
      }
    }
  });

  test(`${file}: the legend names labels that the expression keeps`, () => {
    for (const { title, targets } of panels) {
      for (const { expr, legendFormat = '' } of targets) {
        for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(namesIn(expr).labels.includes(label), `${title}: ${label}`);
        if (/\bby \(/.test(expr.replace(/by \(le\)/g, ''))) assert.match(legendFormat, /\{\{/, `${title}: lines of one name`);
      }
    }
  });

  test(`${file}: the panels fill 24 columns without overlap`, () => {
    for (const { title, gridPos, type } of dashboard.panels) {
      assert.ok(gridPos.x >= 0 && gridPos.w > 0 && gridPos.h > 0 && gridPos.x + gridPos.w <= 24, title);
      if (type === 'row') assert.deepEqual([gridPos.x, gridPos.w, gridPos.h], [0, 24, 1], title);
    }
    for (const [index, one] of dashboard.panels.entries()) {
      for (const other of dashboard.panels.slice(index + 1)) assert.ok(!overlap(one.gridPos, other.gridPos), `${one.title} and ${other.title} overlap`);
    }
    // Each line of panels is 24 columns wide.
    const heights = new Map();
    for (const { gridPos } of dashboard.panels) heights.set(gridPos.y, (heights.get(gridPos.y) ?? 0) + gridPos.w);
    for (const [y, width] of heights) assert.equal(width, 24, `the line at ${y} is ${width} wide`);
  });
}

test('each expression is valid PromQL', async () => {
  const all = [...expressions, ...annotations];
  const rules = all.map(({ expression }, index) => ({ record: `panel:${index}`, expr: filledIn(expression) }));
  const file = join(temporaryFolder('expressions'), 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  assert.match(await promtool('check', 'rules', file), new RegExp(`SUCCESS: ${all.length} rules`));
});

/** What an expression returns at a time; `series`: those of promtool's `input_series`. */
async function evaluated(expression, series, eval_time, expected) {
  const file = join(temporaryFolder('expressions'), 'test.yaml');
  const exp_samples = expected.map(([labels, value]) => ({ labels, value }));
  const promql_expr_test = [{ expr: filledIn(expression), eval_time, exp_samples }];
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ evaluation_interval: '1m', tests: [{ interval: '1m', input_series: series, promql_expr_test }] }));
  await promtool('test', 'rules', file);
}

const overview = dashboards.get('overview.json');
const expressionOf = (title) => overview.panels.find((panel) => panel.title === title).targets[0].expr;
const annotationOf = (name) => overview.annotations.list.find((one) => one.name === name).expr;

test('an upgrade is marked, the first installation and a gap between scrapes are not', async () => {
  const build = (version, values) => ({ series: `matinee_build_info{namespace="media", job="matinee", instance="a", version="${version}", revision="r"}`, values });
  const series = [build('1', '_x5 1x10 _x3 1x10'), build('2', '_x30 1x30')];
  const two = '{namespace="media", version="2", revision="r"}';
  for (const time of ['5m', '6m', '10m', '19m', '20m', '31m', '45m']) await evaluated(annotationOf('Upgrades'), series, time, []);
  await evaluated(annotationOf('Upgrades'), series, '30m', [[two, 1]]);
});

test('a start is marked at its time', async () => {
  const labels = 'namespace="media", job="matinee", instance="10.0.0.1:9464"';
  await evaluated(annotationOf('Starts'), [
    { series: `process_start_time_seconds{${labels}, pod="matinee-api-1"}`, values: '0x5 300x5' },
    { series: `matinee_build_info{${labels}, pod="matinee-api-1"}`, values: '1x10' },
    { series: 'process_start_time_seconds{namespace="media", job="another", instance="b"}', values: '60x10' },
  ], '8m', [['{process="matinee-api-1"}', 300_000]]);
});

test('captures of two installations are added, those that two processes of one report are not', async () => {
  const captures = (namespace, pod, value) => ({ series: `matinee_captures{namespace="${namespace}", pod="${pod}", phase="complete"}`, values: `${value}x5` });
  const series = [captures('one', 'a', 5), captures('one', 'b', 0), captures('two', 'a', 7)];
  await evaluated(expressionOf('Captures by state'), series, '3m', [['{phase="complete"}', 12]]);
});
