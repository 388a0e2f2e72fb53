// The machine's clock is set back by two days while `matinee up` runs.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, run, temporaryFolder } from '../lib/matinee.mjs';

const SECONDS = 20;
const DAY_MS = 86_400_000;
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const folder = temporaryFolder('clock');
const offset = join(folder, 'offset');
const full = join(folder, 'the disk is full');
let jellyfin;
let matinee;

before(async () => {
  assert.ok(existsSync(LIBRARY), 'the package libfaketime is installed');
  const film = await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS });
  jellyfin = await PausedJellyfin.start(film, SECONDS);
  // A full disk has the longest pauses: 15 s to the second attempt.
  const ffmpeg = join(folder, 'ffmpeg');
  writeFileSync(ffmpeg, `#!/bin/sh\nif [ -e '${full}' ]; then echo 'No space left on device' >&2; exit 1; fi\nexec ffmpeg "$@"\n`);
  chmodSync(ffmpeg, 0o755);
  writeFileSync(offset, '+0d');
  const env = { LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: offset, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  matinee = await Matinee.start({ env: { ...jellyfin.env, ...env, FFMPEG_PATH: ffmpeg, FFPROBE_PATH: 'ffprobe' } });
});

after(async () => {
  await matinee?.close();
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

const sqlite = async (sql) => (await run('sqlite3', [join(matinee.folder, 'data/matinee.db'), sql])).out.toString().trim();
const timeOf = async () => Date.parse((await matinee.get('/api/health')).json.time);

test('a capture that waits for its next attempt does not wait for the clock', async () => {
  const { session_id } = await matinee.session();
  writeFileSync(full, '');
  const { status, json } = await matinee.post('/api/capture/screenshot', { session_id }, { prefer: 'respond-async' });
  assert.equal(status, 202, JSON.stringify(json));
  await eventually(async () => (await matinee.get(`/api/captures/${json.id}`)).json.phase === 'retrying', 'it is going to be tried again');
  rmSync(full);
  writeFileSync(offset, '-2d');
  const now = await timeOf();
  assert.ok(Math.abs(now + 2 * DAY_MS - Date.now()) < DAY_MS, 'the clock is set back');
  // By the clock as it is now it would be two days.
  const due = Number(await sqlite(`SELECT COALESCE(retry_at, 0) FROM captures WHERE id = '${json.id}'`));
  assert.ok(due === 0 || due / 1000 - now > DAY_MS, 'its time is from before');
  const capture = await matinee.finished(json.id);
  assert.equal(capture.status, 'complete', capture.error_message);

  // All else goes on by the new clock.
  jellyfin.position_seconds = 15;
  const next = await matinee.post('/api/capture/screenshot', { session_id });
  assert.equal(next.status, 200, JSON.stringify(next.json));
  assert.equal(next.json.timestamp_seconds, 15);
  assert.ok(Math.abs(Date.parse(next.json.created_at) - now) < DAY_MS / 2, next.json.created_at);
  const again = await matinee.post('/api/capture/clip', { session_id, start_seconds: 5, end_seconds: 7 });
  assert.equal((await matinee.finished(again.json.id)).status, 'complete');
});
