// What keeps FFmpeg, and a media file that has taken it over, away from other files, secrets and machines.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { frameNumbers, makeFilm } from '../lib/films.mjs';
import { Matinee, binary, eventually, freePort, temporaryFolder } from '../lib/matinee.mjs';

const SECONDS = 20;
const OUTSIDE = 10_000; // The number of the first frame of the film that must not be captured.
const folder = temporaryFolder('fences');
const roots = join(folder, 'media');
const inside = join(roots, 'film.mkv');
const outside = join(folder, 'private/film.mkv');
const link = join(roots, 'link.mkv');
let jellyfin;

before(async () => {
  await makeFilm(inside, { seconds: SECONDS });
  await makeFilm(outside, { seconds: SECONDS, first: OUTSIDE });
  jellyfin = await PausedJellyfin.start(link, SECONDS);
});

after(() => {
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Lets the link lead here, in one step. */
function lead(target) {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

const screenshot = async (matinee, session_id) => (await matinee.post('/api/capture/screenshot', { session_id })).json;

async function refused(matinee, capture) {
  const { status, error_message } = await matinee.finished(capture.id);
  assert.equal(status, 'failed', error_message);
  assert.match(error_message, /link\.mkv is outside the allowed folders.*MEDIA_ROOTS/);
}

test('a link that is replaced between the look and the capture opens nothing outside', async () => {
  lead(inside);
  const matinee = await Matinee.start({ env: { ...jellyfin.env, MEDIA_ROOTS: roots } });
  try {
    jellyfin.position_seconds = 2;
    const { session_id } = await matinee.session();
    const good = await screenshot(matinee, session_id);
    assert.equal(good.status, 'complete', good.error_message);
    assert.deepEqual(await frameNumbers(join(matinee.folder, 'data/captures', good.file_name)), [50]);

    lead(outside); // The session counts as inside for half a minute.
    jellyfin.position_seconds = 3;
    assert.ok((await matinee.session()).capturable);
    const bad = await screenshot(matinee, session_id);
    await refused(matinee, bad);
    const clip = await matinee.post('/api/capture/clip', { session_id, start_seconds: 1, end_seconds: 3 });
    await refused(matinee, clip.json);
  } finally {
    await matinee.close();
  }
});

test('a row of earlier settings is retried under those of today', async () => {
  lead(outside);
  const first = await Matinee.start({ env: jellyfin.env });
  const { session_id } = await first.session();
  const hidden = `${outside}.away`;
  renameSync(outside, hidden);
  jellyfin.position_seconds = 4;
  const gone = await screenshot(first, session_id);
  assert.equal((await first.finished(gone.id)).status, 'failed');
  await first.stop();
  renameSync(hidden, outside);

  const second = await Matinee.start({ env: { ...jellyfin.env, MEDIA_ROOTS: roots, PORT: String(first.port) }, folder: first.folder });
  try {
    const retried = await second.post(`/api/captures/${gone.id}/retry`);
    assert.ok(retried.status < 300, JSON.stringify(retried.json));
    await refused(second, gone);
  } finally {
    await second.close();
  }
});

const statusOf = (pid) => Object.fromEntries(readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').map((line) => line.split(/:\s*/)));
const children = (pid) => readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean));

test('child processes get a short environment and no privileges; FFmpeg is confined', async () => {
  lead(inside);
  // FFmpeg, stopped before it begins, so that it can be looked at.
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'ffmpeg'), '#!/bin/sh\n[ "$1" = -version ] || kill -STOP $$\nexec ffmpeg "$@"\n');
  writeFileSync(join(bin, 'ffprobe'), '#!/bin/sh\nexec ffprobe "$@"\n');
  for (const name of ['ffmpeg', 'ffprobe']) chmodSync(join(bin, name), 0o755);
  const secrets = { SMB_PASS: 's3cret', MYSQL_PWD: 's3cret', https_proxy: 'http://u:s3cret@proxy', AWS_CREDENTIALS: 's3cret', FFREPORT: 's3cret' };
  const matinee = await Matinee.start({ env: { ...jellyfin.env, ...secrets, FFMPEG_PATH: join(bin, 'ffmpeg'), LC_TIME: 'C' } });
  try {
    const { session_id } = await matinee.session();
    jellyfin.position_seconds = 5;
    const tap = screenshot(matinee, session_id);
    tap.catch(() => {}); // Awaited below, unless something fails before.
    const ffmpeg = await eventually(() => children(matinee.process.pid).find((pid) => /^T/.test(statusOf(pid).State)), 'FFmpeg is stopped');
    for (const pid of children(matinee.process.pid)) {
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
      assert.doesNotMatch(environ, /s3cret/);
      if (pid === ffmpeg) assert.match(environ, /LC_TIME=C/); // nginx's title is written over its environment.
      assert.equal(statusOf(pid).NoNewPrivs, '1');
      assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /Max core file size\s+0\s+0 /);
    }
    assert.equal(statusOf(ffmpeg).Seccomp, '2');
    assert.doesNotMatch(readFileSync(`/proc/${ffmpeg}/limits`, 'utf8'), /Max (file size|address space)\s+unlimited/);
    process.kill(Number(ffmpeg), 'SIGCONT');
    const capture = await matinee.finished((await tap).id);
    assert.equal(capture.status, 'complete', capture.error_message);
  } finally {
    await matinee.close();
  }
});

test('another user than root captures, and its memory and environment belong to root', async () => {
  const USER = process.getuid() === 0 ? 65_534 : process.getuid();
  lead(inside);
  const home = temporaryFolder('user');
  for (const path of [home, folder, roots]) chmodSync(path, 0o755);
  chownSync(home, USER, USER);
  const program = join(home, 'matinee');
  copyFileSync(binary, program);
  chmodSync(program, 0o755);
  const port = await freePort();
  const env = {
    PATH: process.env.PATH, WEB_DIR: process.env.WEB_DIR ?? home, DATA_DIR: join(home, 'data'), HOST: '127.0.0.1', PORT: String(port), METRICS_PORT: '0',
    MEDIA_ROOTS: roots, ...jellyfin.env,
  };
  const matinee = new Matinee(home, port, '');
  matinee.process = spawn('setpriv', ['--reuid', String(USER), '--regid', String(USER), '--clear-groups', program, 'up'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [matinee.process.stdout, matinee.process.stderr]) stream.on('data', (bytes) => (matinee.log += bytes));
  matinee.exited = new Promise((resolve) => matinee.process.on('exit', (code, signal) => resolve({ code, signal })));
  try {
    await matinee.ready();
    const { pid } = matinee.process;
    assert.equal(Number(statusOf(pid).Uid.split('\t')[0]), USER);
    for (const name of ['environ', 'mem', 'maps']) assert.equal(statSync(`/proc/${pid}/${name}`).uid, 0, name);
    jellyfin.position_seconds = 6;
    const { session_id } = await matinee.session();
    const capture = await screenshot(matinee, session_id);
    assert.equal(capture.status, 'complete', capture.error_message + matinee.log);
    const clip = await matinee.post('/api/capture/clip', { session_id, start_seconds: 1, end_seconds: 3 });
    assert.equal((await matinee.finished(clip.json.id)).status, 'complete', matinee.log);
  } finally {
    matinee.process.kill('SIGTERM');
    await matinee.exited;
  }
});
