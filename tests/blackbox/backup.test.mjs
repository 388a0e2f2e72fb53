// scripts/backup.sh and scripts/restore.sh on a cluster that loses everything.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { filesIn, makeFilm } from '../lib/films.mjs';
import { eventually, root, run, temporaryFolder } from '../lib/matinee.mjs';
import { Postgres } from '../lib/servers.mjs';

const SECONDS = 60;
const folder = temporaryFolder('films');
const backups = temporaryFolder('backups');
let jellyfin;
let cluster;
let session_id;
let moment = 0;

before(async () => {
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS }), SECONDS);
  cluster = await Cluster.start({ env: { ...jellyfin.env, WORKER_SLOTS: '3' } });
  ({ session_id } = await cluster.api.session());
});

after(async () => {
  await cluster?.close();
  jellyfin?.close();
});

async function screenshot() {
  jellyfin.position_seconds = moment += 0.52;
  const { json } = await cluster.api.post('/api/capture/screenshot', { session_id, offset_seconds: 0 });
  return json.id;
}

async function clip(start_seconds, seconds = 2, precise = false) {
  const { json } = await cluster.api.post('/api/capture/clip', { session_id, start_seconds, end_seconds: start_seconds + seconds, precise });
  return json.id;
}

async function made(id) {
  const capture = await cluster.api.finished(id);
  assert.equal(capture.status, 'complete', capture.error_message);
  return eventually(async () => {
    const { json } = await cluster.api.get(`/api/captures/${id}`);
    return json.thumbnail_url && json;
  }, 'its thumbnail');
}

const script = (name, args, env = {}) =>
  run('bash', [join(root, 'scripts', name), ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: cluster.postgres.url, CAPTURE_DIR: cluster.captures, ...env },
  });

async function succeeds(promise) {
  const { code, out, err } = await promise;
  assert.equal(code, 0, `${out}${err}`);
  return out.toString();
}

async function fails(promise, why) {
  const { code, out, err } = await promise;
  assert.notEqual(code, 0, out.toString());
  assert.match(err, why);
}

const backup = (env) => succeeds(script('backup.sh', [backups], env));
const restore = (from = backups, env = {}) => succeeds(script('restore.sh', [from], env));
const names = () => readdirSync(backups).filter((name) => name.startsWith('20')).sort();
const newest = () => join(backups, names().at(-1));

async function gallery() {
  const { json } = await cluster.api.get('/api/captures?limit=100');
  return json.map(({ id, status, file_name }) => ({ id, status, file_name })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Backups are named by the second. */
const nextSecond = () => eventually(() => !existsSync(join(backups, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z`)), 'the next second');

const stopRoles = async () => {
  await Promise.all([...cluster.apis, ...cluster.workers].map((role) => role.stop()));
};

async function startRoles() {
  await cluster.migrate();
  await Promise.all([cluster.addApi(), cluster.addWorker()]);
}

/** A new PostgreSQL and an empty folder: the machine has burnt down. */
async function loseEverything() {
  await stopRoles();
  await cluster.postgres.kill();
  rmSync(cluster.captures, { recursive: true });
  cluster.postgres = await Postgres.start();
  cluster.env.DATABASE_URL = cluster.postgres.url;
}

const contents = (at, files) => files.map((file) => [file, readFileSync(join(at, file)).toString('base64')]);
const finished = (at) => filesIn(at).filter((file) => !file.startsWith('.tmp/')).sort();

test('what was backed up is there again on other servers and another disk, byte for byte', async () => {
  await Promise.all([await screenshot(), await screenshot(), await clip(3)].map(made));
  const before_ = await gallery();
  const files = contents(cluster.captures, finished(cluster.captures));
  assert.equal(before_.length, 3);
  assert.equal(files.length, 6, 'each has its thumbnail');
  assert.match(await backup(), /6 files, 6 of them new/);
  await made(await screenshot()); // After the backup, so it is lost.

  await loseEverything();
  assert.match(await restore(), /6 files were brought back, 0 were there/);
  await startRoles();
  assert.deepEqual(await gallery(), before_);
  assert.deepEqual(contents(cluster.captures, finished(cluster.captures)), files);
  for (const { id } of before_) {
    assert.ok((await cluster.api.get(`/api/captures/${id}`)).json.thumbnail_url, 'its thumbnail');
  }
  await made(await screenshot()); // And all goes on.
});

test('files that the backup before has take no room twice, and KEEP removes the oldest', async () => {
  await nextSecond();
  assert.match(await backup(), /8 files, 2 of them new/);
  const [old, young] = names();
  const shared = finished(join(backups, old, 'captures'))[0];
  assert.equal(statSync(join(backups, old, 'captures', shared)).ino, statSync(join(backups, young, 'captures', shared)).ino);
  await nextSecond();
  await backup({ KEEP: '2' });
  assert.equal(names().length, 2);
  assert.ok(!names().includes(old));
  assert.deepEqual(finished(join(newest(), 'captures')), finished(cluster.captures));
});

test('a backup in the middle of captures restores to complete ones, and makes the others', async () => {
  const ids = [await clip(10, 40, true)]; // Long enough to be caught at it.
  await eventually(async () => (await cluster.postgres.query("SELECT id FROM captures WHERE phase = 'running'")).length, 'one is being made');
  // Held still, the worker neither ends this one nor takes the others.
  const worker = cluster.workers.find(({ running }) => running);
  worker.process.kill('SIGSTOP');
  for (let i = 1; i < 4; ++i) ids.push(await clip(10 + 5 * i));
  await nextSecond();
  await backup();
  worker.process.kill('SIGCONT');
  await loseEverything();
  await restore();
  const phases = await cluster.postgres.query("SELECT phase, count(*) FROM captures WHERE phase <> 'complete' GROUP BY phase ORDER BY phase");
  assert.deepEqual(phases, [['queued', '3'], ['running', '1']]);
  await startRoles();
  for (const id of ids) await made(id);
  for (const { file_name } of await gallery()) assert.ok(existsSync(join(cluster.captures, file_name)), file_name);
});

test('a folder with lost and torn files is repaired; what is nowhere says so, and can be deleted', async () => {
  for (let i = 0; i < 2; ++i) await made(await screenshot());
  await nextSecond();
  await backup();
  await stopRoles();
  const [lost, torn, nowhere] = (await cluster.postgres.query(
    "SELECT id, file_name FROM captures WHERE phase = 'complete' AND capture_type = 'screenshot' ORDER BY created_at LIMIT 3",
  )).map(([id, file_name]) => ({ id, file_name }));
  const stem = ({ file_name }) => file_name.replace(/\.[^.]*$/, '');
  const whole = readFileSync(join(cluster.captures, torn.file_name));
  rmSync(join(cluster.captures, lost.file_name));
  truncateSync(join(cluster.captures, torn.file_name), 100);
  for (const at of [cluster.captures, join(newest(), 'captures')]) rmSync(join(at, nowhere.file_name));
  for (const at of [cluster.captures, join(newest(), 'captures')]) rmSync(join(at, `thumbnails/${stem(lost)}.jpg`));

  const said = await restore(newest());
  assert.match(said, /; 2 files were brought back/);
  assert.match(said, /1 captures have no file any more/);
  assert.match(await restore(newest()), /; 0 files were brought back/);
  await startRoles();
  assert.deepEqual(readFileSync(join(cluster.captures, torn.file_name)), whole);
  assert.ok(existsSync(join(cluster.captures, lost.file_name)));
  const { json } = await cluster.api.get(`/api/captures/${nowhere.id}`);
  assert.equal(json.status, 'failed');
  assert.match(json.error_message, /not in the backup/);
  assert.equal((await cluster.api.get(`/api/captures/${lost.id}`)).json.status, 'complete');
  assert.equal((await cluster.api.request(`/api/captures/${nowhere.id}`, { method: 'DELETE' })).status, 200);
});

test('a restore beside a running Matinee is refused, and changes nothing', async () => {
  const rows = await gallery();
  await fails(script('restore.sh', [backups]), /Matinee is at work on this database \(\d+ connections\): stop its APIs and workers first/);
  assert.deepEqual(await gallery(), rows);
});

test('tables of a newer Matinee go with it, and a torn dump changes nothing', async () => {
  const rows = await gallery();
  await nextSecond();
  await backup();
  await stopRoles();
  const damaged = join(temporaryFolder('damaged'), 'one');
  mkdirSync(join(damaged, 'captures'), { recursive: true });
  const dump = readFileSync(join(newest(), 'matinee.dump'));
  writeFileSync(join(damaged, 'matinee.dump'), dump.subarray(0, dump.length - 200));
  await fails(script('restore.sh', [damaged]), /pg_restore/);
  assert.equal((await cluster.postgres.query('SELECT id FROM captures')).length, rows.length);

  await cluster.postgres.query("CREATE TABLE from_tomorrow (x int); INSERT INTO schema_migrations (component, version, name) VALUES ('capture', 99, 'tomorrow')");
  await restore();
  assert.deepEqual(await cluster.postgres.query("SELECT tablename FROM pg_tables WHERE tablename = 'from_tomorrow'"), []);
  await startRoles();
  assert.deepEqual(await gallery(), rows);
});

test('a disk that is not mounted, a second backup at once, and nonsense are refused in a sentence', async () => {
  const empty = temporaryFolder('empty');
  await fails(script('backup.sh', [backups], { CAPTURE_DIR: empty }), /is not a folder of captures: is its disk mounted\?/);
  await fails(script('backup.sh', [join(empty, 'none')]), /there is no folder .*: is its disk mounted\?/);
  await fails(script('backup.sh', [backups], { KEEP: '0' }), /KEEP is a number/);
  await fails(script('backup.sh', []), /name the folder/);
  await fails(script('backup.sh', [backups], { DATABASE_URL: '' }), /DATABASE_URL/);
  await fails(script('restore.sh', [empty]), /there is no backup in/);
  await fails(run('flock', [join(backups, '.lock'), 'bash', join(root, 'scripts/backup.sh'), backups], {
    env: { PATH: process.env.PATH, DATABASE_URL: cluster.postgres.url, CAPTURE_DIR: cluster.captures },
  }), /another backup/);
});

test('an interrupted backup does not count, and the password is in no argument', async () => {
  const whole = names();
  const bin = temporaryFolder('bin');
  writeFileSync(join(bin, 'pg_dump'), '#!/bin/sh\necho "arguments: $*" >&2\necho "password: $PGPASSWORD" >&2\nexit 1\n');
  chmodSync(join(bin, 'pg_dump'), 0o755);
  const { code, err } = await script('backup.sh', [backups], {
    PATH: `${bin}:${process.env.PATH}`, DATABASE_URL: 'postgresql://matinee:s%40cret%5C:x@db:5432/matinee?sslmode=disable',
  });
  assert.equal(code, 1);
  assert.match(err, /^arguments: .*--dbname=postgresql:\/\/matinee@db:5432\/matinee\?sslmode=disable$/m);
  assert.match(err, /^password: s@cret\\:x$/m);
  assert.deepEqual(names(), whole);
});
