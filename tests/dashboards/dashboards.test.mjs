// The form of the dashboards: what Grafana requires, and what readers expect.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, temporaryFolder } from '../lib/matinee.mjs';
import { dashboards, expressions, filledIn, namesIn } from './dashboard.mjs';
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
    const own = /^(__from|__to|__url_time_range|__rate_interval|__range)$/;
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
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        for (const { metric, matchers } of namesIn(expr).selectors) {
          assert.ok(matchers.some(({ label, value }) => label === 'namespace' && value === '$namespace'), `${title}: ${metric}`);
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
  const rules = expressions.map(({ expression }, index) => ({ record: `panel:${index}`, expr: filledIn(expression) }));
  const file = join(temporaryFolder('expressions'), 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  assert.match(await promtool('check', 'rules', file), new RegExp(`SUCCESS: ${expressions.length} rules`));
});
