// Two Matinees on one machine: on one folder of captures, on one database, on one Redis. And a database that was lost.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { EventStream } from '../lib/event_stream.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, binary, environment, eventually, freePort, run, temporaryFolder } from '../lib/matinee.mjs';
import { Postgres, Redis } from '../lib/servers.mjs';

const SECONDS = 40;
const folder = temporaryFolder('films');
let film;
let jellyfin;

before(async () => {
  film = await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS });
  jellyfin = await PausedJellyfin.start(film, SECONDS);
});
after(() => {
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it where it cannot start; the one line that it says. */
async function refusal(args, env) {
  const { code, err } = await run(binary, args, { env: environment({ METRICS_PORT: '0', DATA_DIR: temporaryFolder(), ...jellyfin.env, ...env }), timeout: 60_000 });
  assert.equal(code, 1, err);
  const lines = err.trim().split('\n').filter((line) => line.startsWith('matinee:'));
  assert.equal(lines.length, 1, err);
  return lines[0];
}

const screenshot = async (matinee) => {
  const { session_id } = await matinee.session();
  const { json } = await matinee.post('/api/capture/screenshot', { session_id }, { 'idempotency-key': randomUUID() });
  return matinee.finished(json.id);
};

test('a second Matinee on the captures folder or the database of another does not start; removing files changes nothing', async () => {
  const first = await Matinee.start({ env: jellyfin.env });
  const data = join(first.folder, 'data');
  const captures = join(data, 'captures');
  assert.equal((await screenshot(first)).status, 'complete');
  for (const file of ['matinee.lock', 'matinee.owner.lock']) rmSync(join(data, file));
  assert.match(await refusal(['up'], { DATA_DIR: data }), /another Matinee is using the database .*DB_PATH/);
  assert.match(await refusal(['up'], { DB_PATH: join(data, 'matinee.db') }), /another Matinee is using the database .*DB_PATH/);
  assert.match(await refusal(['up'], { CAPTURE_DIR: captures }), /another Matinee is using the captures folder .*CAPTURE_DIR/);
  assert.match(await refusal(['import', '--captures'], { CAPTURE_DIR: captures }), /another Matinee is using the captures folder/);
  assert.equal((await screenshot(first)).status, 'complete');

  // A copy of the database has its id, and is another file.
  const copy = join(temporaryFolder(), 'copy.db');
  copyFileSync(join(data, 'matinee.db'), copy);
  assert.match(await refusal(['up'], { DB_PATH: copy, CAPTURE_DIR: captures }), /another Matinee is using the captures folder/);
  await first.stop();

  // One that has captures elsewhere.
  const second = await Matinee.start({ env: jellyfin.env });
  assert.equal((await screenshot(second)).status, 'complete');
  await second.stop();
  const says = await refusal(['up'], { DATA_DIR: join(second.folder, 'data'), CAPTURE_DIR: captures });
  const owner = readFileSync(join(captures, '.matinee-database'), 'utf8').trim();
  assert.ok(says.includes(owner) && says.includes('CAPTURE_DIR') && says.includes('matinee import --captures'), says);

  const again = await Matinee.start({ env: jellyfin.env, folder: first.folder });
  assert.equal((await again.get('/api/captures')).json.length, 2);
  await again.close();
});

test('a database that was lost while its captures are there says so, makes no captures, and lists them again by an import', async () => {
  const first = await Matinee.start({ env: jellyfin.env });
  const made = await screenshot(first);
  assert.equal((await first.get('/api/health')).json.capture_folder_notice, null);
  await first.stop();
  const data = join(first.folder, 'data');
  const env = { DATA_DIR: data, METRICS_PORT: '0', ...jellyfin.env };
  for (const ending of ['', '-wal', '-shm']) rmSync(join(data, `matinee.db${ending}`), { force: true });
  writeFileSync(join(data, 'matinee.db'), '');
  assert.match((await run(binary, ['doctor'], { env: environment(env) })).out.toString(), /captures without a database\n.*matinee import --captures/);

  const lost = await Matinee.start({ env: jellyfin.env, folder: first.folder });
  assert.match((await lost.get('/api/health')).json.capture_folder_notice, /matinee import --captures/);
  assert.match(lost.log, /matinee import --captures/);
  assert.deepEqual((await lost.get('/api/captures')).json, []);
  const { session_id } = await lost.session();
  const refused = await lost.post('/api/capture/screenshot', { session_id });
  assert.equal(refused.status, 409);
  assert.match(refused.json.detail, /matinee import --captures/);
  assert.ok(existsSync(join(data, 'captures', made.file_name)));
  await lost.stop();

  const imported = await run(binary, ['import', '--captures'], { env: environment(env) });
  assert.equal(imported.code, 0, imported.err);
  assert.match(imported.out.toString(), /^1 of 1 captures in .* were added\.\n$/);
  assert.match((await run(binary, ['import', '--captures'], { env: environment(env) })).out.toString(), /^0 of 1 captures/);
  const found = await Matinee.start({ env: jellyfin.env, folder: first.folder });
  assert.equal((await found.get('/api/health')).json.capture_folder_notice, null);
  const [capture] = (await found.get('/api/captures')).json;
  assert.deepEqual([capture.id, capture.status, capture.file_url], [made.id, 'complete', made.file_url]);
  assert.ok((await found.file(capture)).length > 0);
  assert.equal((await screenshot(found)).status, 'complete');
  await found.close();
});

test('a temporary file that vanishes is an internal error, and the capture is made by another attempt', async () => {
  const tools = temporaryFolder();
  const ffmpeg = join(tools, 'ffmpeg');
  // Removes the file of the first attempt.
  writeFileSync(ffmpeg, `#!/bin/sh
ffmpeg "$@" || exit
[ ! -e ${tools}/removed ] || exit 0
for file; do
  case "$file" in */.tmp/capture.*.mp4) rm "\${file#file:}" && touch ${tools}/removed ;; esac
done
`, { mode: 0o755 });
  const matinee = await Matinee.start({ env: { ...jellyfin.env, FFMPEG_PATH: ffmpeg, FFPROBE_PATH: 'ffprobe' } });
  const { session_id } = await matinee.session();
  const { json } = await matinee.post('/api/capture/clip', { session_id, start_seconds: 1, end_seconds: 5, precise: true });
  const capture = await matinee.finished(json.id);
  assert.equal(capture.status, 'complete', capture.error_message);
  assert.ok(existsSync(join(tools, 'removed')), 'it vanished once');
  assert.match(matinee.log, /vanished/);
  await matinee.close();
});

test('two clusters on one Redis see their own sessions and make their own captures; on one captures folder the second does not start', async () => {
  const redis = await Redis.start();
  const other_jellyfin = await PausedJellyfin.start(film, SECONDS);
  other_jellyfin.title = 'Another film';
  const a = await Cluster.start({ env: { ...jellyfin.env, REDIS_PREFIX: 'house-a' }, redis });
  const b = await Cluster.start({ env: { ...other_jellyfin.env, REDIS_PREFIX: 'house-b' }, redis });
  // Without a prefix, too, the keys are separate.
  const c = await Cluster.start({ env: jellyfin.env, redis });
  const d = await Cluster.start({ env: other_jellyfin.env, redis });
  try {
    for (const [cluster, title] of [[a, 'A film'], [b, 'Another film'], [c, 'A film'], [d, 'Another film']]) {
      assert.deepEqual((await eventually(async () => {
        const { json } = await cluster.api.get('/api/sessions');
        return json.length > 0 && json;
      }, 'sessions')).map((session) => session.title), [title]);
      for (let i = 0; i < 4; ++i) {
        const capture = await screenshot(cluster.api);
        assert.deepEqual([capture.status, capture.media_title], ['complete', title], capture.error_message);
      }
      assert.equal((await cluster.api.get('/api/captures')).json.length, 4);
    }
    // `live` knows no database: it follows the only one with its prefix, and names two.
    const live = await a.addLive();
    const stream = await EventStream.open(live.origin);
    const { id: foreign } = await screenshot(b.api);
    const { id } = await screenshot(a.api);
    await stream.has('capture_changed', (data) => JSON.stringify(data).includes(id));
    assert.equal(stream.events.filter(({ data }) => JSON.stringify(data).includes(foreign)).length, 0, 'none of another');
    stream.close();
    const torn = await c.addLive({}, false);
    const ids = [await c.keys(), await d.keys()].map((keys) => keys.split(':')[1]);
    await eventually(async () => {
      const says = await fetch(`${torn.status}/readyz`).then((answer) => answer.text(), () => '');
      return ids.every((each) => says.includes(each)) && says.includes('REDIS_PREFIX');
    }, 'it names both');
    assert.equal(await torn.statusOf('/readyz'), 503);
    await eventually(() => /"other":"/.test(c.api.log), 'the log names the other');
  } finally {
    for (const cluster of [b, c, d]) {
      await Promise.all([...cluster.apis, ...cluster.workers, ...cluster.lives].map((role) => role.kill()));
      await cluster.postgres.kill();
    }
    other_jellyfin.close();
    await a.close();
  }
});

test('two clusters on one captures folder: the second says so in one line', async () => {
  const first = await Cluster.start({ env: jellyfin.env });
  const postgres = await Postgres.start();
  try {
    const env = { DATABASE_URL: postgres.url, REDIS_URL: first.redis.url, CAPTURE_DIR: first.captures, API_ADDRESS: `127.0.0.1:${await freePort()}` };
    assert.equal((await run(binary, ['migrate'], { env: environment(env) })).code, 0);
    for (const role of ['api', 'worker']) assert.match(await refusal([role], env), /belongs to another Matinee.*CAPTURE_DIR/);
    assert.equal((await screenshot(first.api)).status, 'complete');
  } finally {
    await postgres.kill();
    await first.close();
  }
});

test('a key of a wrong type is named by the worker and the API until it is gone', async () => {
  const cluster = await Cluster.start({ env: jellyfin.env });
  try {
    const key = `${await cluster.keys()}jobs:screenshot`;
    await cluster.redis.command('DEL', key);
    await cluster.redis.command('SET', key, 'hello');
    const says = async (role) => (await fetch(`${role.status}/readyz`)).text();
    const [worker] = cluster.workers;
    for (const role of [worker, cluster.api]) await eventually(async () => (await says(role)).includes(key), `${role.role} names the key`);
    assert.equal(await worker.statusOf('/readyz'), 503);
    assert.equal(await cluster.api.statusOf('/readyz'), 200);
    await eventually(() => worker.log.includes(key), 'the log names it');
    const { session_id } = await cluster.api.session();
    const { json } = await cluster.api.post('/api/capture/screenshot', { session_id });
    await cluster.redis.command('DEL', key);
    assert.equal((await cluster.api.finished(json.id)).status, 'complete');
    await eventually(async () => (await says(worker)) === 'ok\n' && (await says(cluster.api)) === 'ok\n', 'all is well again');
    assert.equal(worker.log.split('\n').filter((line) => line.includes('is of the type string')).length, 1, 'once');
  } finally {
    await cluster.close();
  }
});
