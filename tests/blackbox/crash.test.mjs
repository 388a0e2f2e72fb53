// Killed at any moment, nothing is lost: after the next start each capture is finished, or says why not.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Matinee, eventually, run, temporaryFolder } from '../lib/matinee.mjs';
import { filesIn, frameNumbers, makeFilm } from '../lib/films.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';

const SECONDS = 60;
const folder = temporaryFolder('crash');
let jellyfin;

before(async () => {
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS }), SECONDS);
});

after(() => {
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Programs on this machine that work in this folder. */
function programsIn(path) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path);
      } catch {
        return false;
      }
    });
}

test('kill -9 at random moments: every capture completes after the restart, each once', async () => {
  let matinee = await Matinee.start({ env: jellyfin.env });
  const wanted = new Map();
  for (let round = 0; round < 6; ++round) {
    const { session_id } = await matinee.session();
    for (let i = 0; i < 2; ++i) {
      const start = round * 6 + i * 3;
      const { json } = await matinee.post('/api/capture/clip', { session_id, start_seconds: start, end_seconds: start + 2, precise: true });
      wanted.set(json.id, start);
    }
    jellyfin.position_seconds = round + 0.5;
    const { json } = await matinee.post('/api/capture/screenshot', { session_id }, { prefer: 'respond-async' });
    wanted.set(json.id, null);
    await sleep(30 + round * 90);
    await matinee.kill();
    await eventually(() => programsIn(matinee.folder).length === 0, 'its FFmpeg and nginx are gone');
    matinee = await Matinee.start({ env: { ...jellyfin.env, PORT: String(matinee.port) }, folder: matinee.folder });
    // One crash each: a capture that ran at three crashes of the program runs exclusively, and after the fourth it fails.
    for (const id of wanted.keys()) await matinee.finished(id);
  }
  for (const [id, start] of wanted) {
    const capture = await matinee.finished(id);
    assert.equal(capture.status, 'complete', capture.error_message);
    const numbers = await frameNumbers(join(matinee.folder, 'data/captures', capture.file_name));
    assert.equal(numbers.length, start === null ? 1 : 50);
    if (start !== null) assert.equal(numbers[0], start * 25);
  }
  const { headers } = await matinee.get('/api/captures');
  assert.equal(Number(headers.get('x-total-count')), wanted.size);
  const files = filesIn(join(matinee.folder, 'data/captures'));
  assert.equal(files.filter((name) => !name.includes('/')).length, wanted.size);
  assert.deepEqual(files.filter((name) => name.startsWith('.tmp/')), []);
  await matinee.close();
});

test('a stop in the middle of a clip requeues it, and the next start finishes it', async () => {
  const first = await Matinee.start({ env: jellyfin.env });
  const { session_id } = await first.session();
  const { json } = await first.post('/api/capture/clip', { session_id, start_seconds: 0, end_seconds: SECONDS, precise: true });
  await eventually(async () => (await first.get(`/api/captures/${json.id}`)).json.phase === 'running', 'it runs');
  assert.equal((await first.stop()).code, 0);
  assert.deepEqual(programsIn(first.folder), []);
  const second = await Matinee.start({ env: jellyfin.env, folder: first.folder });
  assert.equal((await second.finished(json.id)).status, 'complete');
  await second.close();
});

test('a file of a deleted capture that cannot be removed does not keep Matinee from starting', async () => {
  const first = await Matinee.start({ env: jellyfin.env });
  const { session_id } = await first.session();
  const { json } = await first.post('/api/capture/screenshot', { session_id });
  assert.equal((await first.stop()).code, 0);
  const { code, err } = await run('sqlite3', [join(first.folder, 'data/matinee.db'), "UPDATE captures SET phase = 'deleting'"]);
  assert.equal(code, 0, err);
  const file = join(first.folder, 'data/captures', json.file_name);
  rmSync(file);
  mkdirSync(file); // No program removes it as a file.
  const second = await Matinee.start({ env: jellyfin.env, folder: first.folder });
  assert.equal((await second.get('/api/captures')).json.length, 0);
  rmdirSync(file);
  const rows = async () => (await run('sqlite3', [join(first.folder, 'data/matinee.db'), 'SELECT COUNT(*) FROM captures'])).out.toString().trim();
  await eventually(async () => (await rows()) === '0', 'it goes once the file does not resist');
  await second.close();
});
