// Redis is away, hangs, forgets or is full: nothing is lost, and all heals without a restart.
// docs/failure-modes.md says the same in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureCluster } from '../lib/failures.mjs';
import { eventually } from '../lib/matinee.mjs';

const failures = FailureCluster.forThisFile();

test('Redis is away: the gallery is read, what is tapped waits, and is made once Redis is back', async () => {
  const { cluster } = failures;
  await cluster.redis.kill();
  assert.equal((await cluster.api.get('/api/captures')).status, 200);
  for (const api of cluster.apis) assert.equal((await api.get('/api/sessions')).json.length, 1);
  const { status, json } = await failures.tap();
  assert.equal(status, 202, JSON.stringify(json));
  await eventually(async () => (await cluster.workers[0].statusOf('/readyz')) === 503, 'the worker is not ready');
  for (const role of failures.roles) assert.equal(await role.statusOf('/livez'), 200);
  assert.equal(await cluster.api.statusOf('/readyz'), 200);
  await eventually(async () => (await Promise.all(cluster.apis.map((api) => api.metrics()))).every((text) => /^matinee_leader 0$/m.test(text)),
    'no API says that it leads');
  await cluster.redis.start();
  await failures.assertComplete(json.id);
  await eventually(async () => (await cluster.workers[0].statusOf('/readyz')) === 200, 'the worker is ready again');
  assert.equal((await failures.tap()).status, 200);
});

test('Redis is restarted empty under work: everything is made, each once', async () => {
  const clips = await failures.clips(6, 20);
  await failures.running(clips[0].id);
  await failures.cluster.redis.kill();
  await failures.cluster.redis.start();
  for (const { id } of clips) await failures.assertComplete(id);
});

test('Redis is emptied under work: queued captures are enqueued again', async () => {
  const clips = await failures.clips(6, 20);
  await failures.running(clips[0].id);
  await failures.cluster.redis.command('FLUSHALL');
  for (const { id } of clips) await failures.assertComplete(id);
});

test('Redis hangs: requests are answered while it does, and all goes on afterwards', async () => {
  const { cluster } = failures;
  cluster.redis.freeze();
  try {
    assert.equal((await cluster.api.get('/api/captures')).status, 200);
    const { status, json } = await failures.tap();
    assert.equal(status, 202, JSON.stringify(json));
    cluster.redis.thaw();
    await failures.assertComplete(json.id);
  } finally {
    cluster.redis.thaw();
  }
  assert.equal((await failures.tap()).status, 200);
});

test('Redis is full: what is tapped waits, and is made once there is room', async () => {
  const { cluster } = failures;
  await cluster.redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await cluster.redis.command('CONFIG', 'SET', 'maxmemory', '1');
  let tapped;
  try {
    assert.equal((await cluster.api.get('/api/captures')).status, 200);
    tapped = await failures.tap();
    assert.equal(tapped.status, 202, JSON.stringify(tapped.json));
  } finally {
    await cluster.redis.command('CONFIG', 'SET', 'maxmemory', '0');
  }
  await failures.assertComplete(tapped.json.id);
  await eventually(async () => (await failures.tap()).status === 200, 'screenshots are made at once again');
});

failures.expectNoStrayFiles();
