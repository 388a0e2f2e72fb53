// The options of the panels against Grafana's own types (@grafana/schema, Apache-2.0): a misspelt option does nothing in Grafana, and
// says so nowhere. TypeScript is that of the page.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/matinee.mjs';
import { dashboards } from './dashboard.mjs';

const ts = createRequire(join(root, 'web/package.json'))('typescript');
const folder = join(root, 'tests/dashboards');

// JSON has the values of Grafana's enumerations, and leaves out what has a default.
const TYPES = `
import type * as common from '@grafana/schema';
import type * as dashboard from '@grafana/schema/dist/esm/raw/dashboard/x/dashboard_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
type Json<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]?: Json<T[K]> } : T;
type Of<Options, Custom> = Json<Omit<dashboard.Panel, 'options' | 'fieldConfig' | 'targets'>> & {
  options: Json<Options>;
  fieldConfig: { defaults: Json<Omit<dashboard.FieldConfig, 'custom'>> & { custom?: Json<Custom> }; overrides: Json<dashboard.FieldConfigSource['overrides']> };
};
type Stat = Of<stat.Options, never>;
type Timeseries = Of<timeseries.Options, timeseries.FieldConfig>;
`;

/** What TypeScript reports about panels: [{title, message}]. */
function faults(panels) {
  const lines = panels.map(({ targets: _, ...panel }, index) =>
    `export const panel${index}: ${panel.type === 'stat' ? 'Stat' : 'Timeseries'} = ${JSON.stringify(panel)};`);
  const name = join(folder, 'panels.generated.ts'); // In memory only.
  const source = ts.createSourceFile(name, TYPES + lines.join('\n'), ts.ScriptTarget.ES2022);
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Node10 };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (path, ...rest) => (path === name ? source : getSourceFile.call(host, path, ...rest));
  host.fileExists = (path) => path === name || fileExists.call(host, path);
  const program = ts.createProgram([name], options, host);
  const header = TYPES.split('\n').length - 1;
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => ({
    title: panels[file && file.getLineAndCharacterOfPosition(start).line - header]?.title,
    message: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}

const panels = [...dashboards].flatMap(([file, dashboard]) =>
  dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => ({ ...panel, title: `${file}: ${panel.title}` })));

test('Grafana knows all options of all panels', () => assert.deepEqual(faults(panels), []));

test('a misspelt option, a value that Grafana does not know and a wrong type are reported', () => {
  const good = panels.find(({ type }) => type === 'timeseries');
  const wrong = (title, change) => {
    const panel = structuredClone({ ...good, title });
    change(panel);
    return panel;
  };
  const found = faults([
    good,
    wrong('misspelt', ({ fieldConfig }) => (fieldConfig.defaults.custom.axisSoftMaximum = 1)),
    wrong('unknown', ({ options }) => (options.legend.placement = 'below')),
    wrong('type', ({ fieldConfig }) => (fieldConfig.defaults.min = '0')),
  ]);
  assert.deepEqual(found.map(({ title }) => title), ['misspelt', 'unknown', 'type']);
});

test('each override sets an option that exists', () => {
  // Dynamic options: those of a field, and custom.* of the panel's type.
  const KNOWN = ['color', 'mappings', 'thresholds', 'custom.fillOpacity'];
  for (const { title, fieldConfig } of panels) {
    for (const { matcher, properties } of fieldConfig.overrides) {
      assert.ok(['byName', 'byRegexp'].includes(matcher.id), title);
      for (const { id } of properties) assert.ok(KNOWN.includes(id), `${title}: ${id}`);
    }
  }
});
