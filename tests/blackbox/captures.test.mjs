// Captures from the tap to the file, with real FFmpeg, nginx and SQLite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Matinee, eventually, temporaryFolder } from '../lib/matinee.mjs';
import { filesIn, frameNumbers, makeFilm, probe } from '../lib/films.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';

const SECONDS = 40;
const folder = temporaryFolder('films');
const captures = () => join(matinee.folder, 'data/captures');
let film;
let jellyfin;
let matinee;
let session_id;

before(async () => {
  film = await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS });
  jellyfin = await PausedJellyfin.start(film, SECONDS);
  jellyfin.title = 'Das Boot: "Director\'s Cut" / ½\n';
  matinee = await Matinee.start({ env: { ...jellyfin.env, WORKER_SLOTS: '4' } });
  ({ session_id } = await matinee.session());
});

after(async () => {
  await matinee?.close();
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Pauses the film here; the next capture asks the server afresh. */
function pauseAt(seconds) {
  jellyfin.position_seconds = seconds;
}

const screenshot = (body = {}, headers = {}) => matinee.post('/api/capture/screenshot', { session_id, ...body }, headers);
const clip = (body, headers = {}) => matinee.post('/api/capture/clip', { session_id, ...body }, headers);
const path = (capture) => join(captures(), capture.file_name);

test('a screenshot is the frame on the screen', async () => {
  pauseAt(12.5);
  const { status, json } = await screenshot();
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(json.status, 'complete');
  assert.equal(json.capture_type, 'screenshot');
  assert.equal(json.source, 'jellyfin');
  assert.equal(json.duration_seconds, null);
  assert.equal(json.timestamp_seconds, 12.5);
  assert.equal(json.file_url, `/captures/${json.file_name}`);
  assert.equal(json.width, 320);
  assert.deepEqual(await frameNumbers(path(json)), [312]);
  assert.equal((await matinee.file(json)).length, json.file_size_bytes);
});

test('an offset moves the moment, and beyond the film it is clamped', async () => {
  pauseAt(10);
  const frameOf = async (offset_seconds) => (await frameNumbers(path((await screenshot({ offset_seconds })).json)))[0];
  assert.equal(await frameOf(-4), 150);
  assert.equal(await frameOf(-1000), 0);
  assert.equal(await frameOf(1e9), SECONDS * 25 - 1);
});

test('the last instant shows the last frame', async () => {
  pauseAt(SECONDS);
  const { json } = await screenshot();
  assert.deepEqual(await frameNumbers(path(json)), [SECONDS * 25 - 1]);
});

test('a precise clip holds exactly the frames of its span', async () => {
  const { status, json } = await clip({ start_seconds: 7.3, end_seconds: 9.1, precise: true });
  assert.equal(status, 200);
  assert.equal(json.status, 'pending');
  const done = await matinee.finished(json.id);
  assert.equal(done.status, 'complete', done.error_message);
  // 7.3 s lies between frames 182 and 183; 9.1 s between 227 and 228.
  assert.deepEqual(await frameNumbers(path(done)), Array.from({ length: 228 - 183 }, (_, i) => 183 + i));
  assert.equal(done.precise, true);
  assert.equal(done.requested_start_seconds, 7.3);
  assert.equal(done.requested_end_seconds, 9.1);
});

test('a fast clip begins at the keyframe at or before its start, and says so', async () => {
  pauseAt(15);
  const { json } = await clip({ relative_seconds: -10 });
  const done = await matinee.finished(json.id);
  assert.equal(done.status, 'complete', done.error_message);
  assert.equal(done.requested_start_seconds, 5);
  assert.ok(Math.abs(done.timestamp_seconds - 4) < 0.05, `${done.timestamp_seconds}`);
  const numbers = await frameNumbers(path(done));
  assert.equal(numbers[0], 100);
  assert.ok(numbers.includes(374), 'it reaches the end that was asked for');
  const { streams } = await probe(path(done));
  assert.deepEqual(streams.map((stream) => stream.codec_type).sort(), ['audio', 'video']);
});

for (const [what, body] of [
  ['nothing but the session', {}],
  ['both ways to name a span', { relative_seconds: -5, start_seconds: 1, end_seconds: 2 }],
  ['one end only', { start_seconds: 1 }],
  ['a reversed span', { start_seconds: 9, end_seconds: 3 }],
  ['an empty span', { start_seconds: 3, end_seconds: 3 }],
  ['a span after the film', { start_seconds: 1000, end_seconds: 1010 }],
  ['a positive relative time', { relative_seconds: 10 }],
  ['more than ten minutes', { relative_seconds: -601 }],
  ['a number as text', { relative_seconds: '-10' }],
  ['only a misspelt field', { relative_second: -10 }],
]) {
  test(`a clip with ${what} is refused with a reason`, async () => {
    const { status, headers, json } = await clip(body);
    assert.equal(status, 422);
    assert.match(headers.get('content-type'), /application\/problem\+json/);
    assert.ok(json.detail.length > 10);
    assert.equal(json.code, 'invalid_argument');
  });
}

for (const [what, body, status] of [
  ['no JSON', '{"session_id":', 400],
  ['NaN', '{"session_id":"x","offset_seconds":NaN}', 400],
  ['a number that is too large', '{"session_id":"x","offset_seconds":1e999}', 400],
  ['an array', '[]', 400],
  ['deep nesting', '['.repeat(5000), 400],
  ['no session', '{}', 422],
  ['a session id that is a number', '{"session_id":5}', 422],
  ['a session id with a newline', '{"session_id":"a\\nb"}', 422],
  ['an invalid time', '{"session_id":"x","at":"yesterday"}', 422],
  ['a time long ago', '{"session_id":"x","at":"2001-01-01T00:00:00Z"}', 422],
  ['5 MB', `{"session_id":"${'x'.repeat(5_000_000)}"}`, 413],
]) {
  test(`a screenshot request with ${what} is refused`, async () => {
    const answer = await matinee.post('/api/capture/screenshot', body);
    assert.equal(answer.status, status, JSON.stringify(answer.json));
    assert.match(answer.headers.get('content-type'), /application\/problem\+json/);
    assert.equal(answer.json.status, status);
    assert.ok(answer.json.detail);
  });
}

test('an unknown session is 404', async () => {
  const { status, json } = await matinee.post('/api/capture/screenshot', { session_id: 'jf-unknown' });
  assert.equal(status, 404);
  assert.equal(json.code, 'not_found');
});

test('fields that the server does not know are ignored', async () => {
  pauseAt(6);
  const { status, json } = await screenshot({ quality: 'high', offset: { seconds: 5 } });
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(json.timestamp_seconds, 6);
});

test('cancel and retry need neither a body nor its type', async () => {
  pauseAt(7);
  const { json } = await screenshot();
  for (const action of ['cancel', 'retry']) {
    const bare = await matinee.request(`/api/captures/${json.id}/${action}`, { method: 'POST' });
    assert.equal(bare.status, 409, `${action} of a complete capture`);
    const form = await matinee.request(`/api/captures/${json.id}/${action}`, { method: 'POST', body: new URLSearchParams() });
    assert.equal(form.status, 415, 'a form of another site always has a type');
    const unknown = await matinee.post(`/api/captures/${json.id}/${action}`, { force: true });
    assert.equal(unknown.status, 409);
    const broken = await matinee.post(`/api/captures/${json.id}/${action}`, '{');
    assert.equal(broken.status, 400);
  }
});

test('only JSON may be posted', async () => {
  const response = await matinee.request('/api/capture/screenshot', { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } });
  assert.equal(response.status, 415);
});

test('the same request sent twice is one capture; two moments are two', async () => {
  pauseAt(20);
  const twins = await Promise.all([screenshot(), screenshot()]);
  assert.equal(twins[0].json.id, twins[1].json.id);
  pauseAt(20.2);
  assert.notEqual((await screenshot()).json.id, twins[0].json.id);
});

test('an Idempotency-Key names one capture, also after the moment has passed', async () => {
  const key = { 'idempotency-key': randomUUID() };
  pauseAt(21);
  const first = await screenshot({}, key);
  pauseAt(30);
  const again = await screenshot({}, key);
  assert.equal(again.status, 200);
  assert.equal(again.json.id, first.json.id);
  assert.equal((await screenshot({ offset_seconds: -1 }, key)).status, 409);
});

test('respond-async answers at once with the pending capture', async () => {
  pauseAt(22);
  const { status, headers, json } = await screenshot({}, { prefer: 'respond-async' });
  assert.equal(status, 202);
  assert.equal(headers.get('location'), `/api/captures/${json.id}`);
  assert.equal((await matinee.finished(json.id)).status, 'complete');
});

test('forty screenshots of different moments at once all complete', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => screenshot({ offset_seconds: -22 + i * 0.4 }, { 'idempotency-key': randomUUID() })),
  );
  const done = await Promise.all(answers.map(({ json }) => matinee.finished(json.id)));
  assert.ok(done.every((capture) => capture.status === 'complete'));
  assert.equal(new Set(done.map((capture) => capture.id)).size, 40);
});

test('the list is newest first, paged and filtered', async () => {
  const { headers, json } = await matinee.get('/api/captures?limit=2&offset=1&capture_type=screenshot');
  assert.equal(json.length, 2);
  assert.ok(json[0].created_at >= json[1].created_at);
  assert.ok(json.every((capture) => capture.capture_type === 'screenshot'));
  assert.ok(Number(headers.get('x-total-count')) > 40);
  assert.match(headers.get('link'), /<\/api\/captures\?limit=2&offset=3&capture_type=screenshot>; rel="next"/);
  for (const query of ['limit=0', 'limit=201', 'offset=-1', 'limit=x', 'capture_type=film', 'limit=1&limit=2', 'limit=NaN', 'offset=99999999999999999999']) {
    const answer = await matinee.get(`/api/captures?${query}`);
    assert.equal(answer.status, 422, query);
  }
});

test('a file can be downloaded whole, in parts, and by HEAD, under a name made from the title', async () => {
  pauseAt(3);
  const { json } = await screenshot();
  const url = `/api/captures/${json.id}/file`;
  const whole = await matinee.request(url);
  const bytes = Buffer.from(await whole.arrayBuffer());
  assert.equal(whole.status, 200);
  assert.equal(bytes.length, json.file_size_bytes);
  assert.equal(whole.headers.get('content-type'), 'image/jpeg');
  const disposition = whole.headers.get('content-disposition');
  assert.match(disposition, /^attachment; filename="Das Boot_ _Director's Cut_ _ _?_? ?0-00-03\.jpg"; filename\*=UTF-8''/);
  assert.doesNotMatch(disposition, /\n/);

  const part = await matinee.request(url, { headers: { range: 'bytes=10-19' } });
  assert.equal(part.status, 206);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(10, 20));
  const beyond = await matinee.request(url, { headers: { range: `bytes=${bytes.length + 5}-` } });
  assert.equal(beyond.status, 416);
  assert.equal(whole.headers.get('cache-control'), 'private, max-age=31536000, immutable');
  assert.match(beyond.headers.get('cache-control'), /no-store/);
  assert.match(beyond.headers.get('content-type'), /problem\+json/);

  const head = await matinee.request(url, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(Number(head.headers.get('content-length')), bytes.length);

  const thumbnail = await matinee.request(`/api/captures/${json.id}/thumbnail`);
  assert.equal(thumbnail.status, 200);
  assert.equal(thumbnail.headers.get('content-type'), 'image/jpeg');
});

test('a fast clip is complete before its poster is, which comes by itself', async () => {
  const { json } = await clip({ start_seconds: 1, end_seconds: 4 });
  await matinee.finished(json.id);
  const { thumbnail_url } = await eventually(async () => {
    const { json: now } = await matinee.get(`/api/captures/${json.id}`);
    return now.thumbnail_url !== null && now;
  }, 'it has a poster');
  const poster = await matinee.request(thumbnail_url);
  assert.equal(poster.status, 200);
  assert.equal(poster.headers.get('content-type'), 'image/jpeg');
  assert.deepEqual([...Buffer.from(await poster.arrayBuffer()).subarray(0, 2)], [0xff, 0xd8]);
});

test('an unfinished clip has no file yet; cancelled it stops and keeps its row; then it can be tried again', async () => {
  const { json } = await clip({ start_seconds: 0, end_seconds: SECONDS, precise: true });
  const file = await matinee.get(`/api/captures/${json.id}/file`);
  assert.equal(file.status, 409);
  const cancelled = await matinee.post(`/api/captures/${json.id}/cancel`);
  assert.equal(cancelled.status, 200);
  assert.equal(cancelled.json.status, 'failed');
  assert.equal(cancelled.json.phase, 'cancelled');
  assert.match(cancelled.json.error_message, /cancel/);
  await eventually(() => filesIn(join(captures(), '.tmp')).length === 0, 'no temporary file stays');
  const again = await matinee.post(`/api/captures/${json.id}/retry`);
  assert.equal(again.json.status, 'pending');
  assert.equal((await matinee.finished(json.id)).status, 'complete');
});

test('a running clip reports its progress', async () => {
  const { json } = await clip({ start_seconds: 0.5, end_seconds: SECONDS - 0.5, precise: true });
  const seen = [];
  await eventually(async () => {
    const { json: now } = await matinee.get(`/api/captures/${json.id}`);
    if (now.phase === 'running') seen.push(now.progress);
    return now.status === 'complete';
  }, 'it completes');
  assert.ok(seen.every((value) => value >= 0 && value <= 1));
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'it never falls');
});

test('DELETE ends what runs and removes row and files', async () => {
  const { json } = await clip({ start_seconds: 1, end_seconds: SECONDS, precise: true });
  await eventually(async () => (await matinee.get(`/api/captures/${json.id}`)).json.phase === 'running', 'it runs');
  const response = await matinee.request(`/api/captures/${json.id}`, { method: 'DELETE' });
  assert.deepEqual(await response.json(), { deleted: json.id });
  await eventually(() => !filesIn(captures()).some((name) => name.includes(json.id)), 'no file of it is left');
  assert.equal((await matinee.get(`/api/captures/${json.id}`)).status, 404);
  const again = await matinee.request(`/api/captures/${json.id}`, { method: 'DELETE' });
  assert.equal(again.status, 404);
});

test('a deleted screenshot is gone under all its addresses', async () => {
  pauseAt(4.4);
  const { json } = await screenshot();
  await matinee.request(`/api/captures/${json.id}`, { method: 'DELETE' });
  for (const url of [json.file_url, `/api/captures/${json.id}/file`, json.thumbnail_url]) {
    assert.equal((await matinee.request(url)).status, 404, url);
  }
  assert.ok(!existsSync(path(json)));
});

for (const [what, url] of [
  ['no id', '/api/captures/1'],
  ['an id of a capture that never was', `/api/captures/${randomUUID()}`],
  ['an encoded way up', '/api/captures/..%2f..%2fmatinee.db'],
  ['an encoded way up among the files', '/captures/..%2fmatinee.db'],
  ['a temporary file', '/captures/.tmp'],
  ['a folder', '/captures/thumbnails'],
  ['the inner address', '/_captures/x.jpg'],
  ['an encoded newline', '/captures/a%0d%0aSet-Cookie:x'],
  ['an encoded NUL', '/captures/a%00.jpg'],
  ['nothing we know', '/api/nothing'],
]) {
  test(`${what} is refused with a reason`, async () => {
    const response = await matinee.request(url);
    assert.ok([400, 404].includes(response.status), `${response.status}`);
    assert.match(response.headers.get('content-type'), /problem\+json/);
    assert.ok((await response.json()).detail);
  });
}

test('paths of twenty thousand slashes and methods that do not exist', async () => {
  const slashes = await matinee.raw(`GET ${'/'.repeat(20_000)}api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.match(slashes, /^HTTP\/1\.1 414/);
  assert.match(slashes, /uri_too_long/);
  const method = await matinee.request('/api/captures', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' });
  assert.equal(method.status, 405);
  assert.equal((await matinee.get('/api/health')).status, 200);
});

test('films with hostile names are captured', async () => {
  for (const name of ["-it's \"50%\" $(reboot) [1]\n.mkv", 'http:x?y#z.mkv', '%03d ünï 映画.mkv', 'concat:a|b.mkv']) {
    const strange = join(folder, name);
    copyFileSync(film, strange);
    jellyfin.film = strange;
    pauseAt(6);
    await matinee.session((session) => session.media_path.endsWith('.mkv') && session.media_path !== film);
    const shot = await screenshot({}, { 'idempotency-key': randomUUID() });
    assert.equal(shot.status, 200, `${name}: ${JSON.stringify(shot.json)}`);
    assert.deepEqual(await frameNumbers(path(shot.json)), [150]);
    const { json } = await clip({ start_seconds: 2, end_seconds: 3, precise: true }, { 'idempotency-key': randomUUID() });
    assert.equal((await matinee.finished(json.id)).status, 'complete', name);
  }
  jellyfin.film = film;
});

for (const [what, make, reason] of [
  ['torn', (file) => (copyFileSync(film, file), truncateSync(file, 3000)), /./],
  ['empty', (file) => writeFileSync(file, ''), /empty/i],
  ['not a media file', (file) => writeFileSync(file, 'Dear diary, '.repeat(500)), /media file|video/i],
]) {
  test(`the capture of a film that is ${what} fails with a reason`, async () => {
    const file = join(folder, `bad-${what}.mkv`);
    make(file);
    jellyfin.film = file;
    pauseAt(5);
    await matinee.session((session) => session.media_path === file);
    const { status, json } = await screenshot({}, { 'idempotency-key': randomUUID() });
    assert.equal(status, 422, JSON.stringify(json));
    assert.match(json.detail, reason);
    const capture = await matinee.finished(json.id);
    assert.equal(capture.status, 'failed');
    assert.equal(capture.error_message, json.detail);
    jellyfin.film = film;
  });
}

test('a film that is gone is listed with the reason, and cannot be captured', async () => {
  jellyfin.film = join(folder, 'gone.mkv');
  const session = await eventually(async () => (await matinee.get('/api/sessions')).json.find((one) => !one.capturable), 'it is listed');
  assert.match(session.not_capturable_reason, /gone\.mkv|PATH_MAPPINGS/);
  const { status } = await screenshot({}, { 'idempotency-key': randomUUID() });
  assert.equal(status, 409);
  jellyfin.film = film;
  await matinee.session();
});

test('captures are refused while too little space is free', async () => {
  const full = await Matinee.start({ env: { ...jellyfin.env, MIN_FREE_BYTES: '900000G' } });
  const { session_id: id } = await full.session();
  const { status, json } = await full.post('/api/capture/screenshot', { session_id: id });
  assert.equal(status, 507);
  assert.match(json.detail, /MIN_FREE_BYTES/);
  await full.close();
});

test('everything works under a base path, and only for allowed hosts', async () => {
  const based = await Matinee.start({ env: { ...jellyfin.env, BASE_PATH: '/matinee', ALLOWED_HOSTS: '127.0.0.1,matinee.home' } });
  const { session_id: id } = await based.session();
  const { status, json } = await based.post('/api/capture/screenshot', { session_id: id });
  assert.equal(status, 200);
  assert.match(json.file_url, /^\/matinee\/captures\//);
  assert.equal((await fetch(based.origin + json.file_url)).status, 200);
  assert.equal((await fetch(based.origin + json.thumbnail_url)).status, 200);
  const page = await fetch(`${based.url}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  for (const path of ['/matinee/api/health', '/matinee/', json.file_url]) {
    const stranger = await based.raw(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    assert.match(stranger, /^HTTP\/1\.1 421/, path);
    assert.match(stranger, /misdirected/);
  }
  const friend = await based.raw('GET /matinee/api/health HTTP/1.1\r\nHost: matinee.home:8787\r\nConnection: close\r\n\r\n');
  assert.match(friend, /^HTTP\/1\.1 200/);
  await based.close();
});

test('the contract is served, and a page to read it', async () => {
  const { json } = await matinee.get('/api/openapi.json');
  assert.equal(json.openapi, '3.1.0');
  const docs = await matinee.request('/api/docs');
  assert.equal(docs.status, 200);
  assert.match(await docs.text(), /<html/i);
});

test('there is no cross-origin access', async () => {
  const response = await matinee.request('/api/sessions', { headers: { origin: 'http://evil.example' } });
  assert.equal(response.headers.get('access-control-allow-origin'), null);
});

test('no stray file was left by all this', async () => {
  const { headers } = await matinee.get('/api/captures?limit=1');
  const known = Number(headers.get('x-total-count'));
  const complete = [];
  for (let offset = 0; offset < known; offset += 200) {
    const { json } = await matinee.get(`/api/captures?limit=200&offset=${offset}`);
    complete.push(...json.filter((capture) => capture.status === 'complete').map((capture) => capture.file_name));
  }
  const files = filesIn(captures());
  assert.deepEqual(files.filter((name) => !name.includes('/')).sort(), complete.sort());
  assert.deepEqual(files.filter((name) => name.startsWith('.tmp/')), []);
});
