// An installation of 0.1.0 is upgraded in place, and rolled back as docs/upgrade.md says.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { Matinee, root, temporaryFolder } from '../lib/matinee.mjs';
import { Installation, SECONDS, feed, id, sqlite } from '../lib/released/installation.mjs';
import { Postgres, Redis } from '../lib/servers.mjs';

const rollback = readFileSync(join(root, 'scripts/rollback-to-0.1.0.sql'), 'utf8');
const SESSION = 'jf-paused';
// What 0.1.0 asks at its start. Above 2 it ends: "the database has schema version 3, this program knows versions up to 2: it was written
// by a newer Matinee; run that one, or name another database".
const VERSION = 'SELECT COALESCE(MAX(version), 0) FROM schema_migrations';
const ROWS = 'SELECT * FROM captures ORDER BY id';
/** The rows as 0.1.0 knows them: without the last two columns. */
const ofReleased = (rows) => rows.replace(/\|[^|\n]*\|[01]$/gm, '');
let installation;
let jellyfin;

before(async () => {
  installation = await Installation.make();
  jellyfin = await PausedJellyfin.start(installation.film, SECONDS);
});

after(() => jellyfin?.close());

const sqliteSchema = (file) => sqlite(file, 'SELECT type, name, sql FROM sqlite_master ORDER BY type, name;');

test('up: an SQLite installation of 0.1.0 goes on, is rolled back, and is upgraded again', async () => {
  const folder = temporaryFolder('upgrade');
  const database = join(folder, 'data/matinee.db');
  const captures = join(folder, 'data/captures');
  mkdirSync(join(folder, 'data'));
  await sqlite(database, installation.sql('sqlite', SESSION));
  installation.writeFiles(captures);
  const released = await sqliteSchema(database);

  const first = await Matinee.start({ env: jellyfin.env, folder });
  assert.equal((await first.session()).session_id, SESSION);
  await installation.assertUpgraded(first, captures, SESSION);
  for (const number of [106, 107, 108]) {
    const capture = (await first.get(`/api/captures/${id(number)}`)).json;
    assert.deepEqual(await first.file(capture), Buffer.from(installation.kept.get(capture.file_name)), `the file of ${number}`);
    assert.equal((await fetch(first.origin + capture.thumbnail_url)).status, 200, `the thumbnail of ${number}`);
  }
  assert.equal((await first.stop()).code, 0);

  assert.ok(Number(await sqlite(database, VERSION)) > 2, '0.1.0 does not start on this database');
  const rows = await sqlite(database, ROWS);
  await sqlite(database, rollback);
  assert.equal(await sqliteSchema(database), released);
  assert.equal(Number(await sqlite(database, VERSION)), 2);
  assert.equal(await sqlite(database, ROWS), ofReleased(rows));

  const second = await Matinee.start({ env: jellyfin.env, folder });
  await installation.assertUpgraded(second, captures, SESSION);
  await second.close();
});

test('api and worker: PostgreSQL and Redis of 0.1.0 go on, are rolled back, and are upgraded again', async () => {
  const postgres = await Postgres.start();
  const redis = await Redis.start();
  const psql = (...args) => (sql) => feed(postgres.program('psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...args, postgres.url], sql);
  const script = psql();
  const postgresSchema = async () => (await feed(postgres.program('pg_dump'), ['--schema-only', '--no-owner', '--no-comments', postgres.url], '')).replace(/^\\(un)?restrict .*$/gm, '');
  await script(installation.sql('postgres', SESSION));
  await installation.fillRedis(redis);
  const released = await postgresSchema();

  const cluster = await Cluster.start({ apis: 0, workers: 0, env: jellyfin.env, postgres, redis }); // Migrates.
  try {
    installation.writeFiles(cluster.captures);
    await cluster.addApi();
    await cluster.addWorker();
    assert.equal((await cluster.api.session()).session_id, SESSION);
    await installation.assertUpgraded(cluster.api, cluster.captures, SESSION);
    const keys = await cluster.keys();
    assert.equal(await redis.command('XLEN', `${keys}jobs:dead`), 1, 'the dead letter of 0.1.0');
    for (const queue of ['screenshot', 'clip', 'screenshot_bulk', 'clip_bulk', 'background']) {
      assert.equal(await redis.command('HLEN', `${keys}live:${queue}`), 0, queue);
      assert.equal(await redis.command('EXISTS', `matinee:jobs:${queue}`), 0, `the keys of 0.1.0: ${queue}`);
    }
    const [[term]] = await postgres.query('SELECT epoch FROM leadership');
    assert.ok(Number(term) > 41, `the term ${term} follows that of 0.1.0`);
    await Promise.all([...cluster.apis, ...cluster.workers].map((role) => role.stop()));

    assert.ok(Number(await script(VERSION)) > 2, '0.1.0 does not start on this database');
    const rows = await script(ROWS);
    await script(rollback);
    assert.equal(await postgresSchema(), released);
    assert.equal(Number(await script(VERSION)), 2);
    assert.equal(await script(ROWS), ofReleased(rows));

    await cluster.migrate();
    await cluster.addApi();
    await cluster.addWorker();
    await installation.assertUpgraded(cluster.api, cluster.captures, SESSION);
  } finally {
    await cluster.close();
  }
});
