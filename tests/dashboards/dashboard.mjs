// Reads the dashboards and their expressions.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/matinee.mjs';
import { read } from './prometheus.mjs';

/** name of the file -> dashboard */
export const dashboards = new Map(
  readdirSync(join(root, 'dashboards'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(read(join('dashboards', name)))]),
);

/** [{where, expression}] of every query of every panel. */
export const expressions = [...dashboards].flatMap(([file, { panels }]) =>
  panels.flatMap(({ title, targets = [] }) => targets.map(({ refId, expr }) => ({ where: `${file}: ${title} (${refId})`, expression: expr }))),
);

/** The same of every annotation. */
export const annotations = [...dashboards].flatMap(([file, dashboard]) =>
  dashboard.annotations.list.map(({ name, expr }) => ({ where: `${file}: ${name}`, expression: expr })),
);

/** An expression with Grafana's variables replaced. */
export function filledIn(expression, { namespace = '.*', pod = '.*', window = '5m' } = {}) {
  return expression
    .replaceAll('$__rate_interval', window)
    .replaceAll('$__range', window)
    .replaceAll('$namespace', namespace)
    .replaceAll('$pod', pod);
}

/** The labels that `label_replace` writes, and the one that it reads: "process", "$1", "pod". */
const REPLACED = /"(\w+)", "\$1", "(\w+)"/g;

const WORDS = new Set(['and', 'or', 'unless', 'by', 'on', 'without', 'ignoring', 'offset', 'bool', 'group_left', 'group_right']);

/**
 * The names in a PromQL expression: {selectors: [{metric, matchers: [{label, operator, value}]}], labels: those of `by (…)` and
 * `on (…)`}. The expression must be valid, which other tests check with Prometheus.
 */
export function namesIn(expression) {
  const strings = [];
  const replaced = [...expression.matchAll(REPLACED)];
  const written = replaced.map(([, label]) => label);
  const labels = replaced.map(([, , label]) => label);
  const bare = expression
    .replace(/"((?:[^"\\]|\\.)*)"/g, (_, text) => `"${strings.push(text) - 1}"`)
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, word, list) => {
      labels.push(...list.split(',').map((label) => label.trim()).filter(Boolean));
      return ' ';
    })
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\boffset\s+\w+/g, ' ');
  const selectors = [];
  for (const [, metric, , braces = '', call] of bare.matchAll(/([a-zA-Z_:][\w:]*)(\s*\{([^}]*)\})?\s*(\()?/g)) {
    if (call || WORDS.has(metric)) continue;
    const matchers = [...braces.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"(\d+)"/g)];
    selectors.push({ metric, matchers: matchers.map(([, label, operator, index]) => ({ label, operator, value: strings[index] })) });
  }
  return { selectors, labels, written };
}
