// Live events: what changes in one process reaches the open streams of all.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { EventStream } from '../lib/event_stream.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, temporaryFolder } from '../lib/matinee.mjs';

const SECONDS = 20;
const folder = temporaryFolder('films');
let jellyfin;
let matinee;
let stream;

before(async () => {
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS }), SECONDS);
  matinee = await Matinee.start({ args: ['up'], env: { ...jellyfin.env, BASE_PATH: '/cinema' } });
  await matinee.session();
  stream = await EventStream.open(matinee.url);
});
after(async () => {
  stream?.close();
  await matinee?.close();
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the stream passes nginx at once, below a base path', async () => {
  assert.equal(stream.status, 200);
  assert.equal(stream.headers['content-type'], 'text/event-stream');
  assert.equal(stream.headers['cache-control'], 'no-store');
  await eventually(() => stream.text.startsWith('retry: 2000\n'), 'the start of the stream');
});

test('a capture that is made is announced by its id', async () => {
  const { session_id } = await matinee.session();
  const { json } = await matinee.post('/api/capture/screenshot', { session_id });
  const { data } = await stream.has('capture_changed', ({ id }) => id === json.id);
  assert.deepEqual(data, { id: json.id });
});

test('a client that reconnects receives what it missed', async () => {
  const { session_id } = await matinee.session();
  const first = await EventStream.open(matinee.url);
  await eventually(() => first.lastId, 'an id');
  first.close();
  // With a key, so that it is not the one before.
  const { json } = await matinee.post('/api/capture/screenshot', { session_id }, { 'idempotency-key': 'reconnect' });
  const again = await EventStream.open(matinee.url, { 'Last-Event-ID': first.lastId });
  await again.has('capture_changed', ({ id }) => id === json.id);
  assert.ok(!again.events.some(({ event }) => event === 'resync'));
  again.close();
});

test('an id of another start leads to a resync', async () => {
  const other = await EventStream.open(matinee.url, { 'Last-Event-ID': 'another.7' });
  await other.has('resync');
  other.close();
});

test('another item is announced, and what plays on is not', async () => {
  const count = () => stream.events.filter(({ event }) => event === 'sessions_changed').length;
  const before = count();
  const polled = jellyfin.requests;
  await eventually(() => jellyfin.requests >= polled + 4, 'more polls');
  assert.equal(count(), before);
  jellyfin.title = 'Another film';
  await eventually(() => count() > before, 'the event');
});

test('a media server that fails is announced by its name', async () => {
  jellyfin.hanging = true;
  await stream.has('media_servers_changed', ({ id }) => id === 'jellyfin');
  jellyfin.hanging = false;
});

test('other addresses, methods and hosts are refused as problems', async () => {
  const response = await fetch(`${matinee.url}/api/events`, { method: 'POST' });
  assert.equal(response.status, 405);
  assert.match(response.headers.get('content-type'), /^application\/problem\+json/);
  assert.equal((await fetch(`${matinee.url}/api/events`, { method: 'HEAD' })).status, 200);
});

test('events of any process of a cluster reach the streams of all, and streams end while Redis is away', async () => {
  const cluster = await Cluster.start({ apis: 1, workers: 1, env: jellyfin.env });
  try {
    const lives = await Promise.all([cluster.addLive(), cluster.addLive()]);
    const streams = await Promise.all(lives.map((live) => EventStream.open(live.origin)));
    assert.deepEqual(streams.map(({ status }) => status), [200, 200]);
    const { session_id } = await cluster.api.session();
    const { json } = await cluster.api.post('/api/capture/screenshot', { session_id });
    for (const one of streams) await one.has('capture_changed', ({ id }) => id === json.id);
    const id = await eventually(() => streams[0].lastId, 'an id');
    const moved = await EventStream.open(lives[1].origin, { 'Last-Event-ID': id });
    await moved.has('resync');
    await cluster.redis.kill();
    await eventually(() => streams.every(({ ended }) => ended), 'the streams end');
    assert.equal((await fetch(`${lives[0].origin}/api/events`)).status, 503);
  } finally {
    await cluster.close();
  }
});

test('a stop ends the streams and does not wait for them', async () => {
  const stopped = await EventStream.open(matinee.url);
  const { code } = await matinee.stop();
  assert.equal(code, 0);
  assert.ok(stopped.ended);
});
