// Media servers that answer as much as they may: sixteen megabytes of JSON.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { FakeJellyfin } from '../lib/fakes/jellyfin.mjs';
import { Matinee, eventually } from '../lib/matinee.mjs';

const BYTES_MAX = 16 * 1024 * 1024;
// Once it was 34 s, the time that the answer took to be read.
const STOP_MS_MAX = 10_000;
// Of a build for debugging; see docs/measurements.md for the program as it is shipped.
const RESIDENT_BYTES_MAX = 72 * 1024 * 1024;

const FILMS = 250;
let jellyfin;
let matinee;

before(async () => {
  jellyfin = await FakeJellyfin.start('a-key');
  matinee = await Matinee.start({ env: { ...jellyfin.env, POLL_INTERVAL: '500ms' } });
});

after(async () => {
  await matinee?.close();
  jellyfin?.close();
});

/** A list of `element`, as long as an answer may be. */
function longest(element) {
  const count = Math.floor((BYTES_MAX - 2) / (element.length + 1));
  return `[${`${element},`.repeat(count - 1)}${element}]`;
}

/** Lets the server answer its list of sessions with this text, until it has been asked for it some times more. */
async function answers(text, times = 4) {
  const body = Buffer.from(text);
  assert.ok(body.length <= BYTES_MAX && body.length > BYTES_MAX - 1024 * 1024, `${body.length}`);
  let asked = 0;
  jellyfin.answer = (request, url) => {
    if (url.pathname !== '/Sessions') return FakeJellyfin.prototype.answer.call(jellyfin, request, url);
    ++asked;
    return { type: 'application/json', body };
  };
  await eventually(() => asked >= times, 'the answer was read, and the server asked again');
}

/** The most memory that the process has had, without its program's file: that of a build for debugging is four times as large. */
function residentBytesMax() {
  const status = readFileSync(`/proc/${matinee.process.pid}/status`, 'utf8');
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
  return bytes('VmHWM') - bytes('RssFile');
}

async function server() {
  const { json } = await matinee.get('/api/health');
  return json.media_servers[0];
}

for (const [what, element] of [
  ['of idle devices', '{}'],
  ['of devices with a queue', `{"NowPlayingQueue":[${'1,'.repeat(5000)}1]}`],
]) {
  test(`sixteen megabytes ${what} are a list without sessions`, async () => {
    await answers(longest(element));
    assert.equal((await server()).status, 'up');
    assert.deepEqual((await matinee.get('/api/sessions')).json, []);
  });
}

test('sixteen megabytes of numbers are not a list of sessions', async () => {
  await answers(longest('1234567.25'));
  await eventually(async () => (await server()).status === 'down', 'the server counts as down');
});

test('two hundred sessions are read of more', async () => {
  const session = (i) => ({ Id: `s${i}`, NowPlayingItem: { Id: `i${i}`, Name: 'A film', Type: 'Movie', Path: '/a.mkv' }, PlayState: { IsPaused: true } });
  const films = Array.from({ length: FILMS }, (_, i) => JSON.stringify(session(i))).join(',');
  await answers(`[${films},${longest('{}').slice(1 + 3 * Math.ceil(films.length / 3 + 1))}`);
  await eventually(async () => (await matinee.get('/api/sessions')).json.length === 200, 'two hundred sessions are listed');
});

test('memory stays small all the while', () => {
  assert.ok(residentBytesMax() <= RESIDENT_BYTES_MAX, `${residentBytesMax() / 1024 / 1024} MiB`);
});

test('SIGTERM ends it while such answers arrive', async () => {
  await answers(longest('{}'), 1);
  const since = Date.now();
  assert.deepEqual(await matinee.stop(), { code: 0, signal: null });
  assert.ok(Date.now() - since < STOP_MS_MAX, `${Date.now() - since} ms`);
});
