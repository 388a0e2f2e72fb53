// Captures of MediaSnap: `matinee import`, and DB_PATH that names MediaSnap's database.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Matinee, binary, environment, run, temporaryFolder } from '../lib/matinee.mjs';
import { Postgres } from '../lib/servers.mjs';

const SHOT = '7b0c1f6e-58a4-4c6f-9d0e-0a1b2c3d4e5f';
const CLIP = '0f9e8d7c-6b5a-4432-8100-ffeeddccbbaa';
const FAILED = '11111111-2222-4333-8444-555555555555';
const PENDING = '22222222-2222-4333-8444-555555555555';
const GONE = '33333333-2222-4333-8444-555555555555';
const LEAVES = '44444444-2222-4333-8444-555555555555';
const ODD = '55555555-2222-4333-8444-555555555555';

const SCHEMA = `CREATE TABLE captures (id TEXT PRIMARY KEY, source TEXT NOT NULL, media_title TEXT NOT NULL, media_path TEXT NOT NULL,
  timestamp_seconds REAL NOT NULL, capture_type TEXT NOT NULL, file_path TEXT NOT NULL, file_name TEXT NOT NULL,
  file_size_bytes INTEGER DEFAULT 0, duration_seconds REAL, status TEXT NOT NULL DEFAULT 'pending', error_message TEXT,
  created_at TEXT NOT NULL);`;

const text = (value) => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`);

function row(id, { type = 'screenshot', status = 'complete', title = text('Breaking Bad — S05E14 — Ozymandias'), file, minute = 0, error = null } = {}) {
  const name = file ?? `${id}.${type === 'clip' ? 'mp4' : 'jpg'}`;
  const length = type === 'clip' ? '30.0' : 'NULL';
  return `INSERT INTO captures VALUES (${text(id)}, 'plex', ${title}, '/media/TV/episode.mkv', 1832.5, '${type}', '/data/captures/x', ${text(name)}, 3,
    ${length}, '${status}', ${text(error)}, '2026-02-18T12:0${minute}:00.123456+00:00');`;
}

/** MediaSnap's folder: its database of good and hostile rows, another table beside them, and the files. */
async function mediasnap(statements = '') {
  const folder = temporaryFolder('mediasnap');
  mkdirSync(join(folder, 'captures'));
  writeFileSync(join(folder, 'captures', `${SHOT}.jpg`), 'the screenshot');
  writeFileSync(join(folder, 'captures', `${CLIP}.mp4`), 'the clip');
  writeFileSync(join(folder, 'captures', `${ODD}.jpg`), 'odd');
  writeFileSync(join(folder, 'secret.jpg'), 'secret');
  const database = join(folder, 'mediasnap.db');
  const sql = [
    SCHEMA,
    row(SHOT),
    row(CLIP, { type: 'clip', minute: 1 }),
    row(FAILED, { type: 'clip', status: 'failed', error: 'FFmpeg failed', minute: 2 }),
    row(PENDING, { type: 'clip', status: 'pending', minute: 3 }),
    row(GONE, { minute: 4 }),
    row(LEAVES, { file: '../secret.jpg', minute: 5 }),
    row('../../etc/passwd', { minute: 6 }),
    row(ODD, { title: "CAST(x'6100FF62' AS TEXT)", minute: 7 }),
    'CREATE TABLE foreign_one (id INTEGER); INSERT INTO foreign_one VALUES (1);',
    statements,
  ].join('\n');
  const { code, err } = await run('sqlite3', [database, sql]);
  assert.equal(code, 0, err);
  return { folder, database, captures: join(folder, 'captures') };
}

const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

const matinee = (args, settings) => run(binary, args, { env: environment({ METRICS_PORT: '0', ...settings }) });

async function gallery(api) {
  const { json } = await api.get('/api/captures?limit=100');
  return json.map(({ id, status }) => `${id} ${status}`).sort();
}

const TAKEN = [`${CLIP} complete`, `${FAILED} failed`, `${ODD} complete`, `${PENDING} failed`, `${SHOT} complete`].sort();

test('DB_PATH may be the database of MediaSnap: its captures and links go on, and it stays as it is', async () => {
  const old = await mediasnap();
  const before = hash(old.database);
  const env = { DB_PATH: old.database, CAPTURE_DIR: old.captures };
  const first = await Matinee.start({ env, folder: temporaryFolder() });
  assert.match(first.log, /MediaSnap's database.*copied.*found=8 added=5 without_file=1 malformed=2/);
  assert.deepEqual(await gallery(first), TAKEN);
  const { json } = await first.get(`/api/captures/${SHOT}`);
  assert.equal(json.media_title, 'Breaking Bad — S05E14 — Ozymandias');
  assert.equal(json.file_url, `/captures/${SHOT}.jpg`);
  assert.equal(json.created_at, '2026-02-18T12:00:00.123+00:00');
  assert.equal(json.file_size_bytes, 14);
  assert.equal((await first.file(json)).toString(), 'the screenshot');
  const download = await first.request(`/api/captures/${CLIP}/file`);
  assert.equal(await download.text(), 'the clip');
  assert.equal((await first.get(`/api/captures/${ODD}`)).json.media_title, 'a\\x00\\xFFb');
  for (const path of [`/captures/${GONE}.jpg`, '/captures/../secret.jpg', '/captures/%2e%2e/secret.jpg']) {
    assert.equal((await first.request(path)).status >= 400, true, path);
  }
  assert.equal((await first.request(`/api/captures/${SHOT}`, { method: 'DELETE' })).status, 200);
  await first.stop();

  // The second start takes nothing again, and not what was deleted.
  const second = await Matinee.start({ env, folder: first.folder });
  assert.match(second.log, /DB_PATH is MediaSnap's database; Matinee's is beside it/);
  assert.deepEqual(await gallery(second), TAKEN.filter((line) => !line.startsWith(SHOT)));
  await second.close();
  assert.equal(hash(old.database), before);
  assert.equal(existsSync(join(old.folder, 'matinee.db')), true);
  assert.deepEqual(readdirSync(old.folder).filter((name) => name.startsWith('mediasnap') || name.includes('import')).sort(), ['mediasnap.db', 'mediasnap.db.reserve']);
});

test('matinee import links files of another folder, and a second run does nothing', async () => {
  const old = await mediasnap();
  const before = [hash(old.database), statSync(old.database).mtimeMs];
  const settings = { DATA_DIR: join(temporaryFolder(), 'data') };
  const first = await matinee(['import', old.database, '--files', old.captures], settings);
  assert.equal(first.code, 0, first.err);
  assert.equal(
    first.out.toString(),
    '5 of 8 captures were taken over.\n1 were skipped, because their files are missing.\n2 were skipped, because they are not MediaSnap\'s.\n',
  );
  assert.match(first.err, new RegExp(`"${GONE}" is skipped: there is no file`));
  assert.match(first.err, new RegExp(`"${LEAVES}" is skipped`));
  const second = await matinee(['import', old.database, '--files', old.captures], settings);
  assert.equal(second.code, 0, second.err);
  assert.match(second.out.toString(), /^0 of 8 captures were taken over\.\n5 were there already\.\n/);
  assert.deepEqual([hash(old.database), statSync(old.database).mtimeMs], before);
  assert.equal(statSync(join(settings.DATA_DIR, 'captures', `${SHOT}.jpg`)).ino, statSync(join(old.captures, `${SHOT}.jpg`)).ino);

  const program = await Matinee.start({ env: settings });
  assert.deepEqual(await gallery(program), TAKEN);
  assert.equal((await program.file((await program.get(`/api/captures/${CLIP}`)).json)).toString(), 'the clip');
  await program.close();
});

test('matinee import refuses what is not MediaSnap\'s', async () => {
  const folder = temporaryFolder();
  const settings = { DATA_DIR: join(folder, 'data') };
  const refused = async (file, why) => {
    const { code, err } = await matinee(['import', file], settings);
    assert.equal(code, 1, file);
    assert.match(err, why);
  };
  const other = join(folder, 'other.db');
  assert.equal((await run('sqlite3', [other, 'CREATE TABLE films (id); CREATE VIEW captures AS SELECT * FROM films'])).code, 0);
  await refused(other, /not a database of MediaSnap/);
  await refused(join(folder, 'none.db'), /not a database of MediaSnap/);
  writeFileSync(join(folder, 'text.db'), 'x'.repeat(5000));
  await refused(join(folder, 'text.db'), /not a database of MediaSnap/);
  await matinee(['migrate'], settings);
  await refused(join(settings.DATA_DIR, 'matinee.db'), /not a database of MediaSnap/);

  const old = await mediasnap(Array.from({ length: 300 }, (_, i) => row(`60000000-2222-4333-8444-${String(i).padStart(12, '0')}`)).join('\n'));
  const bytes = readFileSync(old.database);
  bytes.fill(0x55, 8192, 20480);
  writeFileSync(old.database, bytes);
  await refused(old.database, /damaged/);
  // As DB_PATH too, and no half database is left.
  const { code, err } = await matinee(['migrate'], { ...settings, DB_PATH: old.database, CAPTURE_DIR: old.captures });
  assert.equal(code, 1);
  assert.match(err, /damaged/);
  assert.equal(hash(old.database), createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual(readdirSync(old.folder).sort(), ['captures', 'mediasnap.db', 'secret.jpg']);
});

let postgres;
after(() => postgres?.kill());

test('matinee import fills the database of a cluster', async () => {
  postgres = await Postgres.start();
  const old = await mediasnap();
  const settings = { DATABASE_URL: postgres.url, DATA_DIR: join(temporaryFolder(), 'data'), CAPTURE_DIR: old.captures };
  const early = await matinee(['import', old.database], settings);
  assert.equal(early.code, 1);
  assert.match(early.err, /migrate/);
  assert.equal((await matinee(['migrate'], settings)).code, 0);
  const first = await matinee(['import', old.database], settings);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out.toString(), /^5 of 8 captures were taken over\./);
  const second = await matinee(['import', old.database], settings);
  assert.match(second.out.toString(), /^0 of 8 captures were taken over\.\n5 were there already\./);
});
