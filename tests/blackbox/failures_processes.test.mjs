// A worker, an API or the leader is killed, a clock is wrong, a media server hangs: nothing is lost, and all heals without a restart.
// docs/failure-modes.md says the same in words.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { FailureCluster } from '../lib/failures.mjs';
import { eventually, run } from '../lib/matinee.mjs';

/** A crashed worker is missed after 8 s, and its jobs are taken over at once. */
const TAKEOVER_MS = 15_000;

const failures = FailureCluster.forThisFile();

test('a worker is killed: another takes over within fifteen seconds', async () => {
  const { id, worker } = await failures.heldClip();
  await worker.kill();
  await eventually(async () => (await failures.row(id)).attempt === 2, 'taken over', TAKEOVER_MS);
  await failures.assertComplete(id);
  assert.deepEqual(await failures.row(id), { phase: 'complete', attempt: 2, crashes: 1 });
});

test('a worker is asked to stop: what ends within its grace is finished there', async () => {
  const { id, worker, pid } = await failures.heldClip();
  const stopped = worker.stop();
  await eventually(async () => (await worker.statusOf('/readyz')) !== 200, 'not ready any more');
  process.kill(pid, 'SIGCONT');
  assert.equal((await stopped).code, 0);
  await failures.assertComplete(id);
  assert.equal((await failures.row(id)).attempt, 1);
});

test('a worker is asked to stop: what does not end in time is requeued, and another makes it', async () => {
  const { id, worker } = await failures.heldClip();
  const stopped = worker.stop();
  await eventually(async () => (await worker.statusOf('/readyz')) !== 200, 'not ready any more');
  assert.equal((await stopped).code, 0);
  await eventually(async () => (await failures.row(id)).attempt === 2, 'another has it');
  assert.equal((await failures.row(id)).crashes, 0);
  await failures.assertComplete(id);
});

test('an API is killed while a client waits: the capture is made, and the same tap finds it elsewhere', async () => {
  const { cluster } = failures;
  const [first, second] = cluster.apis;
  const headers = { 'idempotency-key': 'killed-while-waiting' };
  const waiting = failures.tap(first, headers).catch((error) => error);
  await eventually(async () => Number((await cluster.postgres.query('SELECT COUNT(*) FROM captures WHERE idempotency_key IS NOT NULL'))[0][0]) > 0, 'its row is there');
  await first.kill();
  await waiting;
  const again = await second.post('/api/capture/screenshot', { session_id: failures.session_id, offset_seconds: 0 }, headers);
  assert.equal(again.json.status, 'complete', JSON.stringify(again.json));
  await failures.assertComplete(again.json.id, second);
});

test('the leader is killed: another one polls and cleans up', async () => {
  const { cluster, jellyfin } = failures;
  const isLeader = async (api) => /^matinee_leader 1$/m.test(await api.metrics());
  const leader = await eventually(async () => {
    for (const api of cluster.apis) if (await isLeader(api)) return api;
    return null;
  }, 'one of them leads');
  const other = cluster.apis.find((api) => api !== leader);
  await leader.kill();
  await eventually(() => isLeader(other), 'the other leads');
  jellyfin.title = 'After the leader';
  await eventually(async () => (await other.get('/api/sessions')).json[0]?.title === 'After the leader', 'it polls');
  // Rows without a job: only the leader finds them.
  const { json } = await failures.tap(other);
  await cluster.postgres.query(`UPDATE captures SET phase = 'queued' WHERE id = '${json.id}'`);
  await failures.assertComplete(json.id, other);
});

test('a machine whose clock is an hour off makes no difference', async () => {
  const { cluster } = failures;
  const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
  assert.ok(existsSync(library), 'the package libfaketime is installed');
  const skewed = { LD_PRELOAD: library, FAKETIME: '+1h', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  const { out } = await run('date', ['+%s'], { env: { ...process.env, ...skewed } });
  assert.ok(Number(out) > Date.now() / 1000 + 3000, 'the clock is off');
  const api = await cluster.addApi(skewed);
  const worker = await cluster.addWorker(skewed);
  for (const other of cluster.workers.filter((one) => one !== worker)) await other.stop();
  cluster.workers = [worker];
  const { status, json } = await failures.tap(api);
  assert.equal(status, 200, JSON.stringify(json));
  // A clock that were used would be off by an hour.
  const isNow = (text) => assert.ok(Math.abs(Date.parse(text) - Date.now()) < 600_000, text);
  isNow(json.created_at);
  await failures.assertComplete(json.id);
  // The capture and its retries go by one clock.
  isNow((await api.get('/api/sessions')).json[0].position_at);
  await api.stop();
  await worker.stop();
});

test('a media server hangs: its last answer is used', async () => {
  const { jellyfin } = failures;
  jellyfin.hanging = true;
  try {
    const { status, json } = await failures.tap();
    assert.equal(status, 200, JSON.stringify(json));
  } finally {
    jellyfin.hanging = false;
  }
});

failures.expectNoStrayFiles();
