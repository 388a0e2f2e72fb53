// The roles of a cluster: any number of APIs and workers that meet only in PostgreSQL and Redis.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { frameNumbers, makeFilm } from '../lib/films.mjs';
import { Matinee, binary, environment, eventually, run, temporaryFolder } from '../lib/matinee.mjs';
import { Postgres } from '../lib/servers.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';

const SECONDS = 40;
const folder = temporaryFolder('films');
let jellyfin;
let cluster;
let session_id;

before(async () => {
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS }), SECONDS);
  cluster = await Cluster.start({ apis: 2, workers: 2, env: jellyfin.env });
  ({ session_id } = await cluster.apis[1].session());
});

after(async () => {
  await cluster?.close();
  jellyfin?.close();
});

async function refusal(role, env) {
  const { code, err } = await run(binary, [role], { env: environment({ METRICS_PORT: '0', DATA_DIR: temporaryFolder(), ...env }), timeout: 20_000 });
  assert.equal(code, 1, `${role} started`);
  assert.equal(err.trim().split('\n').filter((line) => line.startsWith('matinee:')).length, 1, err);
  return err;
}

const sqlite = `sqlite://${join(folder, 'none.db')}`;

test('api and worker refuse a file together with Redis, and a lack of either server, and say why', async () => {
  for (const role of ['api', 'worker']) {
    assert.match(await refusal(role, { DATABASE_URL: sqlite, REDIS_URL: cluster.redis.url }), /SQLite together with Redis/);
    assert.match(await refusal(role, { DATABASE_URL: sqlite }), /DATABASE_URL=postgres/);
    assert.match(await refusal(role, { DATABASE_URL: cluster.postgres.url }), /REDIS_URL=redis/);
    assert.match(await refusal(role, {}), /DATABASE_URL=postgres/);
    // Neither listens at PORT.
    assert.match(await refusal(role, { PORT: '9464', METRICS_PORT: '9464' }), /DATABASE_URL=postgres/);
  }
});

test('up takes neither Redis nor PostgreSQL, and says what to use', async () => {
  assert.match(await refusal('up', { REDIS_URL: cluster.redis.url }), /matinee api/);
  assert.match(await refusal('up', { DATABASE_URL: cluster.postgres.url }), /matinee worker/);
});

test('addresses of another kind are refused without their password', async () => {
  const text = await refusal('worker', { DATABASE_URL: cluster.postgres.url, REDIS_URL: 'redis://:geheim@host:port/x' });
  assert.match(text, /REDIS_URL|redis/i);
  assert.doesNotMatch(text, /geheim/);
});

test('an old schema stops the start, and migrate brings it up to date, twice and from several at once', async () => {
  await cluster.postgres.query('CREATE DATABASE old');
  const url = cluster.postgres.url.replace(/postgres$/, 'old');
  for (const role of ['api', 'worker']) {
    assert.match(await refusal(role, { ...cluster.env, DATABASE_URL: url }), /run `matinee migrate`/);
  }
  const migrate = () => run(binary, ['migrate'], { env: environment({ ...cluster.env, DATABASE_URL: url }) });
  const all = await Promise.all([migrate(), migrate(), migrate(), migrate()]);
  for (const { code, err } of [...all, await migrate()]) assert.equal(code, 0, err);
});

test('migrate --wait waits for a PostgreSQL that comes up later, and says why if none comes', async () => {
  const late = await Postgres.start();
  try {
    await late.kill();
    const migrate = (wait) => run(binary, ['migrate', '--wait', wait], { env: environment({ DATABASE_URL: late.url }) });
    const { code, err } = await migrate('1s');
    assert.equal(code, 1);
    assert.match(err, /^matinee: the database cannot be reached .*refused/m);
    const waiting = await Matinee.start({ args: ['migrate', '--wait', '5m'], env: { DATABASE_URL: late.url }, ready: false });
    await eventually(() => /waiting for PostgreSQL/.test(waiting.log), 'it waits');
    await late.start();
    assert.equal((await waiting.exited).code, 0);
  } finally {
    await late.kill();
  }
});

test('a capture requested at one API is made by any worker and shown by every API', async () => {
  jellyfin.position_seconds = 12.5;
  const { status, json } = await cluster.apis[0].post('/api/capture/screenshot', { session_id });
  assert.equal(status, 200, JSON.stringify(json));
  assert.deepEqual(await frameNumbers(join(cluster.captures, json.file_name)), [312]);
  for (const api of cluster.apis) {
    assert.deepEqual((await api.get(`/api/captures/${json.id}`)).json, json);
  }
  const clip = await cluster.apis[1].post('/api/capture/clip', { session_id, start_seconds: 3, end_seconds: 5, precise: true });
  const made = await cluster.apis[0].finished(clip.json.id);
  assert.equal(made.status, 'complete', made.error_message);
  assert.equal((await frameNumbers(join(cluster.captures, made.file_name)))[0], 75);
  await eventually(async () => (await cluster.apis[0].get(`/api/captures/${made.id}`)).json.thumbnail_url, 'its poster');
});

test('WORKER_CPUS says how many processors a worker counts on', async () => {
  const worker = await cluster.addWorker({ WORKER_CPUS: '5' });
  try {
    assert.match(await worker.metrics(), /^matinee_worker_slots 6$/m);
  } finally {
    cluster.workers.pop();
    await worker.kill();
  }
});

test('the same tap through two APIs is one capture', async () => {
  const headers = { 'idempotency-key': 'the-same-tap' };
  const answers = await Promise.all(cluster.apis.map((api) => api.post('/api/capture/screenshot', { session_id, offset_seconds: -3 }, headers)));
  assert.equal(answers[0].json.id, answers[1].json.id);
});

test('one API polls the media servers for all', async () => {
  const scrape = () => Promise.all(cluster.apis.map(async (api) => {
    const text = await api.metrics();
    return { leads: /^matinee_leader 1$/m.test(text), polls: Number(/^matinee_media_server_poll_duration_seconds_count\S* (\d+)/m.exec(text)?.[1] ?? 0) };
  }));
  const [leader, other] = (await scrape()).map(({ leads }) => leads)[0] ? [0, 1] : [1, 0];
  const begin = await scrape();
  assert.deepEqual([begin[leader].leads, begin[other].leads], [true, false]);
  const end = await eventually(async () => {
    const now = await scrape();
    return now[leader].polls >= begin[leader].polls + 6 && now;
  }, 'the leader polls');
  assert.equal(end[other].polls, begin[other].polls);
  for (const api of cluster.apis) assert.equal((await api.get('/api/sessions')).json.length, 1);
});

test('what changes on a media server is seen through every API', async () => {
  jellyfin.title = 'Another film';
  for (const api of cluster.apis) {
    await eventually(async () => (await api.get('/api/sessions')).json[0]?.title === 'Another film', 'the news');
  }
});

test('a clip that runs on another pod is cancelled, FFmpeg and all', async () => {
  const { id } = await cluster.holdClip(async () => {
    const { json } = await cluster.apis[0].post('/api/capture/clip', { session_id, start_seconds: 0, end_seconds: SECONDS, precise: true });
    return json;
  });
  const cancelled = await cluster.apis[1].post(`/api/captures/${id}/cancel`);
  assert.equal(cancelled.status, 200);
  const busy = async () => (await Promise.all(cluster.workers.map((worker) => worker.metrics()))).some((text) => !/^matinee_worker_slots_busy 0$/m.test(text));
  await eventually(async () => !(await busy()), 'the worker has stopped');
  assert.equal((await cluster.apis[0].get(`/api/captures/${id}`)).json.phase, 'cancelled');
});

test('a capture that is deleted through one API is gone for all, with its files', async () => {
  const { json } = await cluster.apis[0].post('/api/capture/screenshot', { session_id, offset_seconds: 1 });
  const response = await cluster.apis[1].request(`/api/captures/${json.id}`, { method: 'DELETE' });
  assert.deepEqual(await response.json(), { deleted: json.id });
  assert.equal((await cluster.apis[0].get(`/api/captures/${json.id}`)).status, 404);
});

test('doctor says whether PostgreSQL and Redis can be reached, without their passwords', async () => {
  const doctor = (env) => run(binary, ['doctor'], { env: environment({ ...cluster.env, DATA_DIR: temporaryFolder(), ...env }) });
  const well = (await doctor({})).out.toString();
  assert.match(well, /PostgreSQL\n {2}pass {2}it can be reached\n {2}pass {2}its schema/);
  assert.match(well, /Redis\n {2}pass {2}it can be reached/);
  const ill = await doctor({ DATABASE_URL: 'postgres://matinee:geheim@127.0.0.1:9/x', REDIS_URL: 'redis://:geheim@127.0.0.1:9/0' });
  assert.equal(ill.code, 1);
  assert.match(ill.out.toString(), /DATABASE_URL/);
  assert.match(ill.out.toString(), /REDIS_URL/);
  assert.doesNotMatch(ill.out.toString() + ill.err, /geheim/);
});

test('every role reports its health', async () => {
  for (const role of [...cluster.apis, ...cluster.workers]) {
    assert.equal(await role.statusOf('/livez'), 200);
    assert.equal(await role.statusOf('/readyz'), 200);
    assert.match(await role.metrics(), /^matinee_build_info\{/m);
  }
});

test('the captures of a single machine are copied, any number of times', async () => {
  const alone = await Matinee.start({ env: jellyfin.env });
  const session = await alone.session();
  await alone.post('/api/capture/screenshot', { session_id: session.session_id });
  const clip = await alone.post('/api/capture/clip', { session_id: session.session_id, start_seconds: 1, end_seconds: 2 });
  await alone.finished(clip.json.id);
  await eventually(async () => (await alone.get(`/api/captures/${clip.json.id}`)).json.thumbnail_url, 'its poster');
  const ours = await alone.get('/api/captures');
  await alone.stop();
  const from = `sqlite://${join(alone.folder, 'data/matinee.db')}`;
  assert.match(await cluster.migrate('--from', from), /2 of 2 captures/);
  assert.match(await cluster.migrate('--from', from), /0 of 2 captures/);
  for (const capture of ours.json) {
    assert.deepEqual((await cluster.api.get(`/api/captures/${capture.id}`)).json, capture);
  }
  // The folder belongs to the database that has the captures now, and the old one is not used any more.
  assert.match(await refusal('up', { DB_PATH: join(alone.folder, 'data/matinee.db') }), /were moved to the database/);
  const captures = join(alone.folder, 'data/captures');
  const api = await cluster.addApi({ CAPTURE_DIR: captures });
  assert.ok((await cluster.keys()).includes(readFileSync(join(captures, '.matinee-database'), 'utf8').trim()));
  await api.kill();
});
