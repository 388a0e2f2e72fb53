// PostgreSQL is away, hangs or cannot be written to: nothing is lost, and all heals without a restart.
// docs/failure-modes.md says the same in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureCluster } from '../lib/failures.mjs';
import { eventually } from '../lib/matinee.mjs';

const failures = FailureCluster.forThisFile();

/** Requests end with 503 while PostgreSQL does not answer. */
async function assertUnavailable(api) {
  for (const ask of [() => api.request('/api/captures'), () => api.request('/api/capture/screenshot', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session_id: failures.session_id }),
  })]) {
    const response = await ask();
    assert.equal(response.status, 503, await response.text());
    assert.ok(Number(response.headers.get('retry-after')) > 0, 'it says when to come again');
    assert.match(response.headers.get('content-type'), /problem\+json/);
  }
  assert.equal(await api.statusOf('/livez'), 200);
  await eventually(async () => (await api.statusOf('/readyz')) === 503, 'it is not ready');
  // What Kubernetes asks: all pods lose their database at once, and clients should have these answers.
  assert.equal(await api.statusOf('/readyz?exclude=database'), 200);
}

const tapsAgain = () => eventually(async () => (await failures.tap()).status === 200, 'screenshots are made again');

test('PostgreSQL is away: 503 with Retry-After; what was being made is committed afterwards, once', async () => {
  const { postgres, api } = failures.cluster;
  const { id } = await failures.clip(10);
  await failures.running(id);
  await postgres.kill();
  await assertUnavailable(api);
  await eventually(() => failures.filesOf(id).length === 1, 'the clip is made, and its worker cannot write that down');
  await postgres.start();
  await failures.assertComplete(id);
  assert.deepEqual(await failures.row(id), { phase: 'complete', attempt: 1, crashes: 0 });
  assert.equal((await failures.tap()).status, 200);
});

test('PostgreSQL restarts under work: everything is made', async () => {
  const clips = await failures.clips(3, 12);
  await failures.running(clips[0].id);
  await failures.cluster.postgres.kill();
  await failures.cluster.postgres.start();
  for (const { id } of clips) await failures.assertComplete(id);
});

test('PostgreSQL hangs: requests end with 503, and all goes on afterwards', async () => {
  failures.cluster.postgres.freeze();
  try {
    await assertUnavailable(failures.cluster.api);
  } finally {
    failures.cluster.postgres.thaw();
  }
  await tapsAgain();
});

test('PostgreSQL is read-only for a while: the gallery is read, and taps are refused with 503', async () => {
  const { postgres, api } = failures.cluster;
  await postgres.readOnly(true);
  try {
    await eventually(async () => (await failures.tap()).status === 503, 'taps are refused');
    assert.equal((await api.get('/api/captures')).status, 200);
  } finally {
    await postgres.readOnly(false);
  }
  await tapsAgain();
});

test('PostgreSQL and Redis are away together: all heals without a restart', async () => {
  const { postgres, redis } = failures.cluster;
  const { id } = await failures.clip(15);
  await failures.running(id);
  await Promise.all([postgres.kill(), redis.kill()]);
  await eventually(async () => (await Promise.all(failures.roles.map((role) => role.statusOf('/readyz')))).every((status) => status === 503), 'every role has noticed');
  for (const role of failures.roles) assert.ok(role.running);
  await redis.start();
  await postgres.start();
  await failures.assertComplete(id);
  await tapsAgain();
});

test('roles that start before their database wait for it', async () => {
  const { cluster } = failures;
  await cluster.postgres.kill();
  const before_ = cluster.workers.length;
  const starting = cluster.addWorker();
  await eventually(() => cluster.workers.length > before_, 'it is launched');
  const worker = cluster.workers.at(-1);
  await eventually(() => /waiting for PostgreSQL/.test(worker.log), 'it waits');
  assert.equal(await worker.statusOf('/livez'), 200);
  assert.equal(await worker.statusOf('/readyz'), 503);
  await cluster.postgres.start();
  await starting;
  assert.ok(worker.running);
});

failures.expectNoStrayFiles();
