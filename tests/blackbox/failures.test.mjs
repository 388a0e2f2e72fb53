// Whatever dies, hangs or fills up in a cluster: nothing is lost, nothing crashes, and all heals without
// a restart. docs/failure-modes.md says the same in words.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../lib/cluster.mjs';
import { filesIn, frameNumbers, makeFilm } from '../lib/films.mjs';
import { eventually, run, temporaryFolder } from '../lib/matinee.mjs';
import { family } from '../lib/servers.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';

const SECONDS = 60;
/** A worker that has died is missed after 8 s, and its jobs are taken up again at once. */
const RESUME_MS = 15_000;
/** Longer than any time limit of a request. */
const LIMIT_MS = 15_000;

const folder = temporaryFolder('films');
let jellyfin;
let cluster;
let session_id;
let moment = 0;

before(async () => {
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS }), SECONDS);
  cluster = await Cluster.start({ apis: 2, workers: 2, env: { ...jellyfin.env, WORKER_SLOTS: '3', STOP_GRACE: '5s' } });
  ({ session_id } = await cluster.apis[0].session());
});

// Each test begins with two of each, all well.
beforeEach(async () => {
  for (const server of [cluster.postgres, cluster.redis]) if (!server.alive) await server.start();
  for (const kind of ['apis', 'workers']) cluster[kind] = cluster[kind].filter((role) => role.alive);
  while (cluster.apis.length < 2) await cluster.addApi();
  while (cluster.workers.length < 2) await cluster.addWorker();
  await Promise.all([...cluster.apis, ...cluster.workers].map((role) => role.ready()));
});

after(async () => {
  await cluster?.close();
  jellyfin?.close();
});

/** A screenshot of a moment that no other test asks for. */
async function tap(api = cluster.api, headers = {}) {
  jellyfin.position_seconds = moment += 0.52;
  const answer = await api.post('/api/capture/screenshot', { session_id, offset_seconds: 0 }, headers);
  return { ...answer, frame: Math.floor(moment * 25 + 1e-6) };
}

async function clip(seconds = SECONDS, api = cluster.api) {
  moment += 0.52;
  const { status, json } = await api.post('/api/capture/clip', { session_id, start_seconds: moment / 10, end_seconds: seconds, precise: true });
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

async function row(id) {
  const [[phase, attempt, deaths]] = await cluster.postgres.query(`SELECT phase, attempt, deaths FROM captures WHERE id = '${id}'`);
  return { phase, attempt: Number(attempt), deaths: Number(deaths) };
}

const running = (id) => eventually(async () => (await row(id)).phase === 'running', 'it runs');

/** The FFmpeg that a worker runs, if it runs one. */
function ffmpegOf(worker) {
  return family(worker.process.pid).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ffmpeg';
    } catch {
      return false; // It ended just now.
    }
  });
}

/** The worker that makes a capture. With `for_ever`, its FFmpeg goes no further, so that nothing depends on how fast this machine is. */
async function busyWorker({ for_ever = false } = {}) {
  const worker = await eventually(() => cluster.workers.find(ffmpegOf), 'a worker runs FFmpeg');
  if (for_ever) process.kill(ffmpegOf(worker), 'SIGSTOP');
  return worker;
}

async function assertMade(id, api = cluster.api) {
  const capture = await api.over(id);
  assert.equal(capture.status, 'complete', capture.error_message);
  assert.ok(existsSync(join(cluster.captures, capture.file_name)), 'its file is there');
  const files = () => filesIn(cluster.captures).filter((name) => name.includes(id) && !name.startsWith('thumbnails/'));
  // What a dead worker was writing goes with the sweeper's next round.
  await eventually(() => files().length === 1, () => `no other file than ${capture.file_name}: ${files()}`);
  return capture;
}

async function timed(work) {
  const started = Date.now();
  const result = await work();
  return { result, ms: Date.now() - started };
}

test('a worker is killed: another takes over within fifteen seconds', async () => {
  const { id } = await clip();
  await running(id);
  const worker = await busyWorker({ for_ever: true });
  await worker.kill();
  const { ms } = await timed(() => eventually(async () => (await row(id)).attempt === 2, 'taken over', RESUME_MS));
  assert.ok(ms <= RESUME_MS);
  await assertMade(id);
  assert.deepEqual(await row(id), { phase: 'complete', attempt: 2, deaths: 1 });
});

test('a worker is told to stop: what ends within its grace is finished there', async () => {
  const { id } = await clip(20);
  await running(id);
  const worker = await busyWorker();
  assert.equal((await worker.stop()).code, 0);
  await assertMade(id);
  assert.equal((await row(id)).attempt, 1);
});

test('a worker is told to stop: what does not is handed back, and another takes it at once', async () => {
  const { id } = await clip();
  await running(id);
  const worker = await busyWorker({ for_ever: true });
  const stopped = worker.stop();
  await eventually(async () => (await worker.says('/readyz')) !== 200, 'not ready any more');
  assert.equal((await stopped).code, 0);
  await eventually(async () => (await row(id)).attempt === 2, 'another has it', 10_000);
  assert.equal((await row(id)).deaths, 0);
  await assertMade(id);
});

test('an API is killed while a client waits: the capture is made, and the same tap finds it elsewhere', async () => {
  const [first, second] = cluster.apis;
  const headers = { 'idempotency-key': `killed-${Date.now()}` };
  const waiting = tap(first, headers).catch((error) => error);
  await eventually(async () => Number((await cluster.postgres.query('SELECT COUNT(*) FROM captures WHERE idempotency_key IS NOT NULL'))[0][0]) > 0, 'its row is there');
  await first.kill();
  await waiting;
  const again = await second.post('/api/capture/screenshot', { session_id, offset_seconds: 0 }, headers);
  assert.equal(again.json.status, 'complete', JSON.stringify(again.json));
  await assertMade(again.json.id, second);
});

test('the leader is killed: another one polls and sweeps', async () => {
  const isLeader = async (api) => /^matinee_leader 1$/m.test(await api.metrics());
  const leader = (await isLeader(cluster.apis[0])) ? cluster.apis[0] : cluster.apis[1];
  const other = cluster.apis.find((api) => api !== leader);
  await leader.kill();
  await eventually(() => isLeader(other), 'the other leads', 12_000);
  jellyfin.title = 'After the leader';
  await eventually(async () => (await other.get('/api/sessions')).json[0]?.title === 'After the leader', 'it polls');
  // Rows without a job: only a sweeper finds them.
  const { json } = await tap(other);
  await cluster.postgres.query(`UPDATE captures SET phase = 'queued' WHERE id = '${json.id}'`);
  await assertMade(json.id, other);
});

test('Redis is away: the gallery is read, what is tapped waits, and is made once Redis is back', async () => {
  await cluster.redis.kill();
  const list = await timed(() => cluster.api.get('/api/captures'));
  assert.equal(list.result.status, 200);
  assert.ok(list.ms < 1000, `${list.ms} ms`);
  for (const api of cluster.apis) assert.equal((await api.get('/api/sessions')).json.length, 1);
  const { result, ms } = await timed(() => tap());
  assert.equal(result.status, 202, JSON.stringify(result.json));
  assert.ok(ms < LIMIT_MS);
  await eventually(async () => (await cluster.workers[0].says('/readyz')) === 503, 'the worker is not ready');
  for (const role of [...cluster.apis, ...cluster.workers]) assert.equal(await role.says('/livez'), 200);
  assert.equal(await cluster.api.says('/readyz'), 200);
  await eventually(async () => (await Promise.all(cluster.apis.map((api) => api.metrics()))).every((text) => /^matinee_leader 0$/m.test(text)),
    'nobody says that it leads');
  await cluster.redis.start();
  await assertMade(result.json.id);
  await eventually(async () => (await cluster.workers[0].says('/readyz')) === 200, 'the worker is ready again');
  assert.equal((await tap()).status, 200);
});

test('Redis is restarted empty under work: everything is made, each once', async () => {
  const clips = await Promise.all([clip(20), clip(20), clip(20), clip(20), clip(20), clip(20)]);
  await running(clips[0].id);
  await cluster.redis.kill();
  await cluster.redis.start();
  for (const { id } of clips) await assertMade(id);
});

test('Redis is emptied under work: what waited is found again', async () => {
  const clips = await Promise.all([clip(20), clip(20), clip(20), clip(20), clip(20), clip(20)]);
  await running(clips[0].id);
  await cluster.redis.command('FLUSHALL');
  for (const { id } of clips) await assertMade(id);
});

test('Redis hangs: nobody waits for it long, and all goes on afterwards', async () => {
  cluster.redis.freeze();
  try {
    const list = await timed(() => cluster.api.get('/api/captures'));
    assert.equal(list.result.status, 200);
    assert.ok(list.ms < 1000, `${list.ms} ms`);
    const { result, ms } = await timed(() => tap());
    assert.equal(result.status, 202, JSON.stringify(result.json));
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
    cluster.redis.thaw();
    await assertMade(result.json.id);
  } finally {
    cluster.redis.thaw();
  }
  assert.equal((await tap()).status, 200);
});

test('Redis is full: what is tapped waits, and is made once there is room', async () => {
  await cluster.redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await cluster.redis.command('CONFIG', 'SET', 'maxmemory', '1');
  let tapped;
  try {
    assert.equal((await cluster.api.get('/api/captures')).status, 200);
    tapped = await tap();
    assert.equal(tapped.status, 202, JSON.stringify(tapped.json));
  } finally {
    await cluster.redis.command('CONFIG', 'SET', 'maxmemory', '0');
  }
  await assertMade(tapped.json.id);
  await eventually(async () => (await tap()).status === 200, 'screenshots are made at once again');
});

async function assertUnavailable(api, limit_ms) {
  for (const ask of [() => api.request('/api/captures'), () => api.request('/api/capture/screenshot', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session_id }),
  })]) {
    const { result, ms } = await timed(ask);
    assert.equal(result.status, 503, await result.text());
    assert.ok(Number(result.headers.get('retry-after')) > 0, 'it says when to come again');
    assert.match(result.headers.get('content-type'), /problem\+json/);
    assert.ok(ms < limit_ms, `${ms} ms`);
  }
  assert.equal(await api.says('/livez'), 200);
  await eventually(async () => (await api.says('/readyz')) === 503, 'it is not ready');
}

test('PostgreSQL is away: 503 with Retry-After; what was being made is committed afterwards, once', async () => {
  const { id } = await clip(10);
  await running(id);
  await cluster.postgres.kill();
  await assertUnavailable(cluster.api, 5000);
  await sleep(3000); // The clip is made by now, and its worker cannot say so.
  await cluster.postgres.start();
  await assertMade(id);
  assert.deepEqual(await row(id), { phase: 'complete', attempt: 1, deaths: 0 });
  assert.equal((await tap()).status, 200);
});

test('PostgreSQL restarts under work: everything is made', async () => {
  const clips = await Promise.all([clip(12), clip(12), clip(12)]);
  await running(clips[0].id);
  await cluster.postgres.kill();
  await cluster.postgres.start();
  for (const { id } of clips) await assertMade(id);
});

test('PostgreSQL hangs: requests end with 503, and all goes on afterwards', async () => {
  cluster.postgres.freeze();
  try {
    await assertUnavailable(cluster.api, LIMIT_MS);
  } finally {
    cluster.postgres.thaw();
  }
  await eventually(async () => (await tap()).status === 200, 'screenshots are made again', 30_000);
});

test('PostgreSQL is read-only for a while: the gallery is read, and taps are refused with 503', async () => {
  await cluster.postgres.readOnly(true);
  try {
    await eventually(async () => (await tap()).status === 503, 'taps are refused');
    assert.equal((await cluster.api.get('/api/captures')).status, 200);
  } finally {
    await cluster.postgres.readOnly(false);
  }
  await eventually(async () => (await tap()).status === 200, 'taps are taken again');
});

test('PostgreSQL and Redis are away together: all heals without a restart', async () => {
  const { id } = await clip(15);
  await running(id);
  await Promise.all([cluster.postgres.kill(), cluster.redis.kill()]);
  await sleep(2000);
  for (const role of [...cluster.apis, ...cluster.workers]) assert.ok(role.alive);
  await cluster.redis.start();
  await cluster.postgres.start();
  await assertMade(id);
  await eventually(async () => (await tap()).status === 200, 'screenshots are made again');
});

test('roles that start before their database wait for it', async () => {
  await cluster.postgres.kill();
  const before_ = cluster.workers.length;
  const starting = cluster.addWorker();
  await eventually(() => cluster.workers.length > before_, 'it is launched');
  const worker = cluster.workers.at(-1);
  await eventually(() => /waiting for PostgreSQL/.test(worker.log), 'it waits');
  assert.equal(await worker.says('/livez'), 200);
  assert.equal(await worker.says('/readyz'), 503);
  await cluster.postgres.start();
  await starting;
  assert.ok(worker.alive);
});

test('a machine whose clock is an hour off makes no difference', async () => {
  const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
  assert.ok(existsSync(library), 'the package libfaketime is installed');
  const skewed = { LD_PRELOAD: library, FAKETIME: '+1h', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  const { out } = await run('date', ['+%s'], { env: { ...process.env, ...skewed } });
  assert.ok(Number(out) > Date.now() / 1000 + 3000, 'the clock is off');
  const api = await cluster.addApi(skewed);
  const worker = await cluster.addWorker(skewed);
  for (const other of cluster.workers.filter((one) => one !== worker)) await other.stop();
  cluster.workers = [worker];
  const { status, json } = await tap(api);
  assert.equal(status, 200, JSON.stringify(json));
  assert.ok(Math.abs(Date.parse(json.created_at) - Date.now()) < 5000, json.created_at);
  await assertMade(json.id);
  // The capture and its retries go by one clock.
  const sessions = (await api.get('/api/sessions')).json;
  assert.ok(Math.abs(Date.parse(sessions[0].position_at) - Date.now()) < 5000, sessions[0].position_at);
  await api.stop();
  await worker.stop();
});

test('a media server hangs: the last that it said is used', async () => {
  jellyfin.hanging = true;
  try {
    const { result, ms } = await timed(() => tap());
    assert.equal(result.status, 200, JSON.stringify(result.json));
    assert.ok(ms < 8000, `${ms} ms`);
  } finally {
    jellyfin.hanging = false;
  }
});

test('after all this there is no file that no capture names', async () => {
  await eventually(() => filesIn(cluster.captures).every((name) => !name.startsWith('.tmp/')), 'no temporary file');
  const names = new Set((await cluster.postgres.query("SELECT file_name FROM captures WHERE phase = 'complete'")).map(([name]) => name));
  const stray = filesIn(cluster.captures).filter((name) => !name.includes('/') && !names.has(name));
  assert.deepEqual(stray, []);
  const [frame] = await frameNumbers(join(cluster.captures, [...names].find((name) => name.endsWith('.jpg'))));
  assert.ok(frame >= 0);
});
