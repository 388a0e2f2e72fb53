// The short form of `make soak`: captures are requested while processes of a cluster are killed, and in the end each is there once.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/matinee.mjs';
import { soak } from './run.mjs';

const CAPTURES = 30;
const KILLS = 6;
const SECONDS = 25;

test('a cluster whose processes are killed again and again loses no capture, makes none twice, and resumes within 15 s', async (t) => {
  const seed = Math.floor(Date.now() / 1000) % 1_000_000;
  const logs = join(root, 'build/soak-logs-short');
  const summary = await soak({ captures: CAPTURES, kills: KILLS, seconds: SECONDS, seed, logs, log: (what) => t.diagnostic(what) });
  assert.deepEqual(summary.problems, [], `CAPTURES=${CAPTURES} KILLS=${KILLS} SECONDS=${SECONDS} SEED=${seed} make soak; the logs are in ${logs}`);
  assert.equal(summary.captures.complete, CAPTURES);
  assert.equal(summary.kills_in_all, KILLS);
});
