// The alerts: their tests pass, and each has a test and a runbook.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { root } from '../lib/matinee.mjs';
import { promtool, read, readRules, rules_file } from './prometheus.mjs';

const TESTS = ['alerts_test.yaml', 'objectives_test.yaml'].map((name) => join('tests/dashboards', name));
const RUNBOOKS = 'docs/runbooks';

let alerts;
before(async () => {
  alerts = (await readRules()).filter(({ type }) => type === 'alerting');
});

test('the rules are well-formed', async () => assert.match(await promtool('check', 'rules', rules_file), /SUCCESS/));

for (const file of TESTS) test(`the cases of ${file} pass`, async () => promtool('test', 'rules', join(root, file)));

test('each alert fires in one test and is silent in another', () => {
  const checks = TESTS.flatMap((file) => read(file).split(/^ {6}- (?=eval_time|\{ eval_time)/m).slice(1));
  for (const { name, labels } of alerts) {
    const own = checks.filter((check) => new RegExp(`alertname: ${name}\\b`).test(check));
    // Alerts with the same name differ by their labels.
    const fires = own.some((check) =>
      [...check.matchAll(/exp_labels: \{(.*)\}/g)].some(([, expected]) =>
        Object.entries(labels).every(([label, value]) => new RegExp(`\\b${label}: '?${value}'?[ ,]`).test(expected)),
      ),
    );
    assert.ok(fires, `${name} ${JSON.stringify(labels)} never fires`);
    assert.ok(own.some((check) => /exp_alerts: \[\]/.test(check)), `${name} is never silent`);
  }
});

test('each alert has a severity, a description and a link to its runbook', () => {
  for (const { name, labels, annotations } of alerts) {
    assert.match(name, /^Matinee[A-Z]\w+$/);
    assert.ok(['critical', 'warning'].includes(labels.severity), name);
    assert.ok(annotations.summary && annotations.description?.endsWith('.'), name);
    assert.equal(annotations.runbook_url, `https://github.com/matinee-media/matinee/blob/main/${RUNBOOKS}/${name}.md`);
  }
});

test('each alert has a runbook, and each runbook an alert', () => {
  const runbooks = readdirSync(join(root, RUNBOOKS)).filter((name) => name.startsWith('Matinee')).map((name) => name.replace(/\.md$/, ''));
  assert.deepEqual(runbooks.sort(), [...new Set(alerts.map(({ name }) => name))].sort());
});

test('each runbook has the same sections, and the list names it', () => {
  const list = read(join(RUNBOOKS, 'README.md'));
  for (const { name, labels } of alerts) {
    const text = read(join(RUNBOOKS, `${name}.md`));
    assert.deepEqual(text.match(/^#+ .*$/gm), [`# ${name}`, '## Meaning', '## Impact', '## Diagnosis', '## Mitigation', '## When to ignore it'], name);
    assert.match(list, new RegExp(`^\\| \\[${name}\\]\\(${name}\\.md\\) \\|.*${labels.severity}`, 'm'));
  }
});
