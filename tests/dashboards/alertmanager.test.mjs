// The example for Alertmanager: while MatineeDown fires, it is the only alert of its installation that notifies, and never the one that
// is silenced. Alertmanager's meaning of matchers: https://prometheus.io/docs/alerting/latest/configuration/#matcher
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { parse } from 'yaml';
import { read, readRules } from './prometheus.mjs';

const config = parse(read('dashboards/alertmanager.yaml'));
let alerts;
before(async () => {
  alerts = (await readRules()).filter(({ type }) => type === 'alerting');
});

/** Whether labels match `name = "value"`, with =, !=, =~ or !~. */
function matches(matcher, labels) {
  const [, name, operator, value] = /^(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"$/.exec(matcher);
  const actual = labels[name] ?? '';
  const equals = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(actual) : actual === value;
  return operator.startsWith('!') ? !equals : equals;
}
const matchesAll = (matchers, labels) => matchers.every((matcher) => matches(matcher, labels));

/** Whether `target` is silenced while `source` fires. */
const inhibits = (source, target) =>
  config.inhibit_rules.some(({ source_matchers, target_matchers, equal }) =>
    matchesAll(source_matchers, source) && matchesAll(target_matchers, target) && equal.every((label) => (source[label] ?? '') === (target[label] ?? '')));

const labelsOf = ({ name, labels }, namespace) => ({ alertname: name, ...labels, ...(namespace && { namespace }) });

test('MatineeDown silences all other alerts of its installation, and none of another', () => {
  const down = alerts.find(({ name }) => name === 'MatineeDown');
  for (const namespace of ['media', '']) {
    const source = labelsOf(down, namespace);
    for (const alert of alerts) assert.equal(inhibits(source, labelsOf(alert, namespace)), alert !== down, alert.name);
  }
  for (const alert of alerts) assert.ok(!inhibits(labelsOf(down, 'media'), labelsOf(alert, 'another')), alert.name);
  assert.ok(!inhibits(labelsOf(down, 'media'), { alertname: 'NodeDown', namespace: 'media' }), 'alerts of others');
});

test('each alert keeps the label that distinguishes installations', () => {
  // An aggregation drops every label that it does not name.
  for (const { name, query } of alerts) {
    for (const [, labels] of query.matchAll(/\b(?:sum|min|max|count|group) by \(([^)]*)\)/g)) assert.ok(labels.split(', ').includes('namespace'), name);
    assert.doesNotMatch(query, /\b(sum|min|max|count|group) ?\(/, name);
  }
});

test('no alert is silenced by one that it silences, or by itself', () => {
  for (const one of alerts) {
    for (const other of alerts) {
      assert.ok(!(inhibits(labelsOf(one), labelsOf(other)) && inhibits(labelsOf(other), labelsOf(one))), `${one.name}, ${other.name}`);
    }
  }
});

test('every receiver that a route names exists, and the rules name alerts that exist', () => {
  const receivers = config.receivers.map(({ name }) => name);
  for (const { receiver } of [config.route, ...config.route.routes]) assert.ok(receivers.includes(receiver), receiver);
  const names = config.inhibit_rules.flatMap(({ source_matchers, target_matchers }) => [...source_matchers, ...target_matchers])
    .flatMap((matcher) => [...matcher.matchAll(/Matinee[A-Z]\w+/g)].map(([name]) => name));
  for (const name of names) assert.ok(alerts.some((alert) => alert.name === name), name);
});
