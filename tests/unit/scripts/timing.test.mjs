// scripts/timing.sh: which failure runs again, how often, and what is written down. A file stands for /proc/stat, and the tests' own
// command moves it on.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, temporaryFolder } from '../../lib/matinee.mjs';

const QUIET = { all: 100, stolen: 0 };
const STOLEN = { all: 100, stolen: 10 };

/** Runs the script on a command that ends with `codes` in turn, each run among `ticks`. */
function timing(codes, ticks) {
  const folder = temporaryFolder('timing');
  const file = (name) => join(folder, name);
  writeFileSync(file('stat'), 'cpu 0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n');
  writeFileSync(file('codes'), codes.join('\n') + '\n');
  // Counts its runs, moves the clock of the processors on, and ends with its code.
  const command = `
    echo run >> ${file('runs')}
    n=$(wc -l < ${file('runs')})
    echo "cpu $((n * ${ticks.all - ticks.stolen})) 0 0 0 0 0 0 $((n * ${ticks.stolen})) 0 0" > ${file('stat')}
    exit $(sed -n "$n"p ${file('codes')})`;
  const { status, stderr } = spawnSync(join(root, 'scripts/timing.sh'), ['bash', '-c', command], {
    env: { PATH: process.env.PATH, PROC_STAT: file('stat'), RERUNS: file('reruns.txt') }, encoding: 'utf8',
  });
  const lines = (name) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8').trimEnd() : '').split(/\n(?=bash|run)/).filter(Boolean);
  return { status, stderr, runs: lines('runs').length, reruns: lines('reruns.txt') };
}

test('a test that passes runs once', () => {
  assert.deepEqual(timing([0], STOLEN), { status: 0, stderr: '', runs: 1, reruns: [] });
});

test('a failure counts at once if nothing was stolen', () => {
  const { status, runs, reruns } = timing([1, 0], QUIET);
  assert.deepEqual({ status, runs, reruns }, { status: 1, runs: 1, reruns: [] });
});

test('a failure counts at once if less than a twentieth was stolen', () => {
  const { status, runs } = timing([1, 0], { all: 1000, stolen: 49 });
  assert.deepEqual({ status, runs }, { status: 1, runs: 1 });
});

test('a failure while time was stolen runs again, and is recorded', () => {
  const { status, runs, reruns, stderr } = timing([1, 0], STOLEN);
  assert.deepEqual({ status, runs }, { status: 0, runs: 2 });
  assert.equal(reruns.length, 1);
  assert.match(reruns[0], /^bash -c [^]*\(run 2, 9 % stolen\)$/);
  assert.match(stderr, /9 % of the processor time was stolen/);
});

test('a test runs three times at most', () => {
  const { status, runs, reruns } = timing([1, 1, 1, 0], STOLEN);
  assert.deepEqual({ status, runs }, { status: 1, runs: 3 });
  assert.equal(reruns.length, 2);
});

test('a crash, and the report of a sanitizer, never run again', () => {
  for (const code of [66, 77, 134]) {
    const { status, runs } = timing([code, 0], STOLEN);
    assert.deepEqual({ status, runs }, { status: code, runs: 1 });
  }
});

test('the reruns are printed, and too many are a failure', () => {
  const file = join(temporaryFolder('reruns'), 'test.txt');
  const reruns = (...args) => {
    const { status, stdout } = spawnSync(join(root, 'scripts/reruns.sh'), [...args, file], { encoding: 'utf8' });
    return { status, stdout };
  };
  assert.deepEqual(reruns('--max', '2'), { status: 0, stdout: 'Reruns of timing tests: 0\n' });
  writeFileSync(file, 'one (run 2, 9 % stolen)\ntwo (run 2, 7 % stolen)\n');
  assert.deepEqual(reruns('--max', '2'), { status: 0, stdout: 'Reruns of timing tests: 2\none (run 2, 9 % stolen)\ntwo (run 2, 7 % stolen)\n' });
  assert.equal(reruns('--max', '1').status, 1);
  assert.equal(reruns().status, 0);
});
