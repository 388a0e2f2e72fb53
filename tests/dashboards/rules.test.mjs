// The alerts: that they do what their tests say, that none is without a test, and none without a runbook.
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

test('the rules are well formed', async () => assert.match(await promtool('check', 'rules', rules_file), /SUCCESS/));

for (const file of TESTS) test(`${file} holds`, async () => promtool('test', 'rules', join(root, file)));

test('each alert fires in one test and is silent in another', () => {
  const checks = TESTS.flatMap((file) => read(file).split(/^ {6}- (?=eval_time|\{ eval_time)/m).slice(1));
  for (const { name, labels } of alerts) {
    const own = checks.filter((check) => new RegExp(`alertname: ${name}\\b`).test(check));
    // Of several with one name, the labels tell which one it is.
    const fires = own.some((check) =>
      [...check.matchAll(/exp_labels: \{(.*)\}/g)].some(([, expected]) =>
        Object.entries(labels).every(([label, value]) => new RegExp(`\\b${label}: '?${value}'?[ ,]`).test(expected)),
      ),
    );
    assert.ok(fires, `${name} ${JSON.stringify(labels)} never fires`);
    assert.ok(own.some((check) => /exp_alerts: \[\]/.test(check)), `${name} is never silent`);
  }
});

test('each alert says how bad it is, what happens, and where to read on', () => {
  for (const { name, labels, annotations } of alerts) {
    assert.match(name, /^Matinee[A-Z]\w+$/);
    assert.ok(['critical', 'warning'].includes(labels.severity), name);
    assert.ok(annotations.summary && annotations.description?.endsWith('.'), name);
    assert.equal(annotations.runbook_url, `https://github.com/matinee-media/matinee/blob/main/${RUNBOOKS}/${name}.md`);
  }
});

test('each alert has a runbook, and each runbook an alert', () => {
  const runbooks = readdirSync(join(root, RUNBOOKS)).filter((name) => name !== 'README.md').map((name) => name.replace(/\.md$/, ''));
  assert.deepEqual(runbooks.sort(), [...new Set(alerts.map(({ name }) => name))].sort());
});

test('each runbook answers the same questions, and the list names it', () => {
  const list = read(join(RUNBOOKS, 'README.md'));
  for (const { name, labels } of alerts) {
    const text = read(join(RUNBOOKS, `${name}.md`));
    assert.deepEqual(text.match(/^#+ .*$/gm), [`# ${name}`, '## What it means', '## Who notices', '## Look', '## Mend', '## When to ignore it'], name);
    assert.match(list, new RegExp(`^\\| \\[${name}\\]\\(${name}\\.md\\) \\|.*${labels.severity}`, 'm'));
  }
});
