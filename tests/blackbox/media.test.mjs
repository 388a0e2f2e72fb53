// What the program makes of its media servers: all three at once, working and failing.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FakeEmby, FakeJellyfin } from '../lib/fakes/jellyfin.mjs';
import { FAULTS } from '../lib/fakes/media_server.mjs';
import { FakePlex } from '../lib/fakes/plex.mjs';
import { frameNumbers, makeFilm } from '../lib/films.mjs';
import { Matinee, binary, eventually, run, temporaryFolder } from '../lib/matinee.mjs';

const SECONDS = 60;
const FRAMES_PER_SECOND = 25;
const PLEX_TOKEN = 'plex-s3cret';
const JELLYFIN_KEY = 'jelly-s3cret';
const EMBY_KEY = 'emby-s3cret';
const ITEM = '0123456789abcdef0123456789abcdef';

const folder = temporaryFolder('media');
let film;
let plex;
let jellyfin;
let emby;
let matinee;

before(async () => {
  film = await makeFilm(join(folder, 'films/film.mkv'), { seconds: SECONDS });
  [plex, jellyfin, emby] = await Promise.all([FakePlex.start(PLEX_TOKEN), FakeJellyfin.start(JELLYFIN_KEY), FakeEmby.start(EMBY_KEY)]);
  matinee = await Matinee.start({
    env: { ...plex.env, ...jellyfin.env, ...emby.env, POLL_INTERVAL: '500ms', PATH_MAPPINGS: `/data=${folder}` },
  });
});

after(async () => {
  await matinee?.close();
  for (const server of [plex, jellyfin, emby]) server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const filmOnServer = '/data/films/film.mkv';
const onPlex = (what) => plex.play({ id: 'p1', item: 500, film: filmOnServer, duration_seconds: SECONDS, ...what });
const onJellyfin = (what) => jellyfin.play({ id: 'j1', item: ITEM, film: filmOnServer, duration_seconds: SECONDS, ...what });
const onEmby = (what) => emby.play({ id: 'e1', item: '5411', film: filmOnServer, duration_seconds: SECONDS, ...what });

/** The session of this id, once it is as `probe` wants it. */
const listed = (id, probe = () => true) =>
  eventually(async () => {
    const { json } = await matinee.get('/api/sessions');
    return json.find((session) => session.session_id === id && probe(session));
  }, `${id} is listed`);

async function health(name) {
  const { json } = await matinee.get('/api/health');
  return json.media_servers.find((server) => server.name === name);
}

function quiet() {
  for (const server of [plex, jellyfin, emby]) {
    server.playing = [];
    server.fault = null;
    server.fault_on = /sessions/i;
  }
}

test('the sessions of three servers are in one list', async () => {
  quiet();
  onPlex({ title: 'Ozymandias', show: 'Breaking Bad', season: 5, episode: 14, year: 2013, paused: true, position_seconds: 10 });
  onJellyfin({ title: 'Pilot', show: 'Extras', season: 0, episode: 1, paused: true, position_seconds: 20 });
  onEmby({ title: 'Alien', year: 1979, paused: true, position_seconds: 30, user: 'Ben', player: 'Attic' });
  const p = await listed('plex-p1');
  const j = await listed('jf-j1');
  const e = await listed('emby-e1');
  assert.deepEqual([p.title, p.subtitle, p.year, p.source, p.server], ['Breaking Bad', 'S05E14 — Ozymandias', 2013, 'plex', 'plex']);
  assert.deepEqual([j.title, j.subtitle, j.source, j.media_type], ['Extras', 'S00E01 — Pilot', 'jellyfin', 'episode']);
  assert.deepEqual([e.title, e.subtitle, e.user, e.player, e.media_type], ['Alien', null, 'Ben', 'Attic', 'movie']);
  for (const session of [p, j, e]) {
    assert.equal(session.media_path, film);
    assert.equal(session.capturable, true, session.not_capturable_reason);
    assert.equal(session.state, 'paused');
    assert.equal(session.duration_seconds, SECONDS);
    assert.ok(Date.parse(session.position_at));
  }
  assert.deepEqual([p.position_seconds, j.position_seconds, e.position_seconds], [10, 20, 30]);
});

test('a screenshot is taken of each of them', async () => {
  quiet();
  onPlex({ paused: true, position_seconds: 10 });
  onJellyfin({ paused: true, position_seconds: 20 });
  onEmby({ paused: true, position_seconds: 30 });
  for (const [session_id, second] of [['plex-p1', 10], ['jf-j1', 20], ['emby-e1', 30]]) {
    await listed(session_id, (session) => session.position_seconds === second);
    const { status, json } = await matinee.post('/api/capture/screenshot', { session_id });
    assert.equal(status, 200, JSON.stringify(json));
    assert.deepEqual(await frameNumbers(join(matinee.folder, 'data/captures', json.file_name)), [second * FRAMES_PER_SECOND]);
  }
});

test('a transcoding Plex player is found by its item, and the sound by its stream', async () => {
  quiet();
  plex.requests = [];
  onPlex({ id: 'transcode', item: 501, transcoding: true, paused: true, audio_stream_index: 2 });
  const session = await listed('plex-transcode');
  assert.equal(session.media_path, film);
  assert.equal(session.capturable, true, session.not_capturable_reason);
  const polls = plex.requests.length;
  await eventually(() => plex.requests.length >= polls + 2, 'it is polled twice more');
  assert.equal(plex.paths().filter((path) => path === '/library/metadata/501').length, 1, 'asked once and remembered');
});

test('Jellyfin is asked for the version that plays, as the viewer', async () => {
  quiet();
  jellyfin.requests = [];
  onJellyfin({ id: 'version', version: 'ffff0000ffff0000ffff0000ffff0000', paused: true });
  const session = await listed('jf-version');
  assert.equal(session.media_path, film);
  const asked = jellyfin.paths().filter((path) => path.includes('PlaybackInfo'));
  assert.deepEqual(asked, [`/Items/${ITEM}/PlaybackInfo?userId=user-1`]);
});

test('Emby names its only version in its own way, and may leave out the path', async () => {
  quiet();
  onEmby({ id: 'pathless', item: '5412', paused: true, without_path: true });
  assert.equal((await listed('emby-pathless')).media_path, film);
});

test('what cannot be captured says why', async () => {
  quiet();
  onPlex({ id: 'live', item: 1, live: true, film: undefined });
  onPlex({ id: 'roll', item: 2, preroll: true });
  onPlex({ id: 'mute', item: 3, without_offset: true });
  onPlex({ id: 'gone', item: 4, film: '/data/films/gone.mkv' });
  onJellyfin({ id: 'strm', film: '/data/films/web.strm', remote: true });
  onJellyfin({ id: 'disc', film: '/data/films/disc', video_type: 'BluRay' });
  onJellyfin({ id: 'tv', type: 'TvChannel', film: undefined, duration_seconds: null });
  onEmby({ id: 'windows', film: 'D:\\Films\\a.mkv' });
  const reasons = {
    'plex-live': /Live TV/, 'plex-roll': /pre-roll/, 'plex-mute': /does not report the position/, 'jf-strm': /network/, 'jf-disc': /disc/, 'jf-tv': /Live TV/,
    'plex-gone': new RegExp(`${folder}/films/gone.mkv.*PATH_MAPPINGS`), 'emby-windows': /D:\\Films\\a\.mkv.*PATH_MAPPINGS/,
  };
  for (const [id, reason] of Object.entries(reasons)) {
    const session = await listed(id);
    assert.equal(session.capturable, false, id);
    assert.match(session.not_capturable_reason, reason);
    const { status, json } = await matinee.post('/api/capture/screenshot', { session_id: id });
    assert.ok(status >= 400 && status < 500, `${id}: ${status}`);
    assert.match(json.detail, reason);
  }
});

test('music, theme songs and idle devices are left out, and duplicate rows are shown once', async () => {
  quiet();
  onPlex({ id: 'song', item: 9, music: true });
  onPlex({ id: 'twice', item: 10, duplicate: true });
  onPlex({ id: 'old', item: 11, legacy: true, session_key: 77 });
  onJellyfin({ id: 'audio', type: 'Audio' });
  onJellyfin({ id: 'theme', extra_type: 'ThemeSong' });
  onJellyfin({ id: 'film' });
  await listed('plex-twice');
  await listed('jf-film');
  const { json } = await matinee.get('/api/sessions');
  assert.deepEqual(json.map((session) => session.session_id).sort(), ['jf-film', 'plex-77', 'plex-twice']);
});

test('the position of a Plex player that reports seldom is estimated', async () => {
  quiet();
  const playback = onPlex({ id: 'pos', item: 12, report_every_seconds: 3, position_seconds: 4 });
  await listed('plex-pos');
  await eventually(() => playback.position_seconds > 10, 'it has reported at 6 and at 9 s');
  const polls = () => plex.requests.filter(({ path }) => /sessions/i.test(path)).length;
  for (let i = 0; i < 5; ++i) {
    const next = polls() + 2;
    await eventually(() => polls() >= next, 'Plex was asked again');
    const { json } = await matinee.get('/api/sessions');
    const session = json.find(({ session_id }) => session_id === 'plex-pos');
    const error = session.position_seconds - playback.positionAt(Date.parse(session.position_at));
    assert.ok(Math.abs(error) < 1, `off by ${error} s`);
  }
});

test('a screenshot of a playing film is of the moment of the tap', async () => {
  quiet();
  const playback = onJellyfin({ position_seconds: 5 });
  await listed('jf-j1', ({ position_seconds }) => position_seconds > 4.5);
  for (let i = 0; i < 4; ++i) {
    const before = playback.position_seconds;
    const { json } = await matinee.post('/api/capture/screenshot', { session_id: 'jf-j1' });
    assert.equal(json.status, 'complete', JSON.stringify(json));
    // The tap came after the request began and before the capture was created, however long that took.
    const tapped = playback.positionAt(Date.parse(json.created_at));
    const moment = json.timestamp_seconds;
    assert.ok(moment > before - 0.3 && moment < tapped + 0.3, `${moment} s, tapped between ${before} and ${tapped} s`);
  }
});

test('a server that is late delays no capture: the last known position counts', async () => {
  quiet();
  onJellyfin({ paused: true, position_seconds: 20 });
  onPlex({ paused: true, position_seconds: 10 });
  await listed('jf-j1', ({ position_seconds }) => position_seconds === 20);
  await listed('plex-p1', ({ position_seconds }) => position_seconds === 10);
  jellyfin.fault = 'never';
  const { json } = await matinee.post('/api/capture/screenshot', { session_id: 'jf-j1', offset_seconds: 1 });
  assert.equal(json.status, 'complete', JSON.stringify(json));
  assert.equal(json.timestamp_seconds, 21);
  const other = await matinee.post('/api/capture/screenshot', { session_id: 'plex-p1', offset_seconds: 1 });
  assert.equal(other.json.status, 'complete');

  // The poll that was not answered takes its time to fail; what comes next must not meet its end.
  jellyfin.fault = null;
  const asked = jellyfin.requests.length;
  await eventually(() => jellyfin.requests.length > asked, 'Jellyfin is polled again');
  await eventually(async () => (await health('jellyfin')).status === 'up', 'Jellyfin is up again');
});

for (const fault of Object.keys(FAULTS).filter((name) => name !== 'late')) {
  test(`a server that fails (${fault}) is named, keeps its sessions, and harms no other`, async () => {
    quiet();
    onPlex({ paused: true });
    onJellyfin({ paused: true, position_seconds: 20 });
    await listed('plex-p1');
    await listed('jf-j1', ({ position_seconds }) => position_seconds === 20);
    await eventually(async () => (await health('plex')).status === 'up', 'Plex is up');

    plex.fault = fault;
    const down = await eventually(async () => {
      const plexHealth = await health('plex');
      return plexHealth.status === 'down' && plexHealth;
    }, 'Plex is down');
    assert.match(down.error, /Plex/);
    assert.ok(down.error.length > 20 && down.error.length < 300, down.error);
    assert.doesNotMatch(JSON.stringify(down), new RegExp(`s3cret|${plex.server.address().port}|127\\.0\\.0\\.1|elsewhere`));
    assert.ok(Date.parse(down.last_success_at));
    assert.equal((await health('jellyfin')).status, 'up');
    assert.equal((await listed('plex-p1')).capturable, true);
    const { json } = await matinee.post('/api/capture/screenshot', { session_id: 'jf-j1', offset_seconds: Math.random() });
    assert.equal(json.status, 'complete', JSON.stringify(json));

    plex.fault = null;
    await eventually(async () => (await health('plex')).status === 'up', 'Plex is up again');
    assert.equal((await health('plex')).error, null);
  });
}

test('failures of Jellyfin and Emby are reported too', async () => {
  for (const [server, name, product] of [[jellyfin, 'jellyfin', 'Jellyfin'], [emby, 'emby', 'Emby']]) {
    for (const fault of ['unauthorized', 'half', 'wrong-types', 'wrong-encoding', 'huge']) {
      quiet();
      await eventually(async () => (await health(name)).status === 'up', `${name} is up`);
      server.fault = fault;
      const down = await eventually(async () => {
        const serverHealth = await health(name);
        return serverHealth.status === 'down' && serverHealth;
      }, `${name} is down`);
      assert.match(down.error, new RegExp(product), fault);
    }
  }
  quiet();
});

test('no redirect is followed', () => {
  for (const server of [plex, jellyfin, emby]) assert.ok(!server.paths().some((path) => path.includes('elsewhere')));
});

test('a session that stops is gone, and an unknown one is 404', async () => {
  quiet();
  const playback = onPlex({ id: 'stops', item: 13, paused: true });
  await listed('plex-stops');
  plex.stop(playback);
  const gone = await matinee.post('/api/capture/screenshot', { session_id: 'plex-stops' });
  assert.equal(gone.status, 404);
  for (const session_id of ['plex-none', 'jf-none', 'emby-none', 'none', '../etc']) {
    const { status, json } = await matinee.post('/api/capture/screenshot', { session_id });
    assert.equal(status, 404, session_id);
    assert.ok(json.detail);
  }
});

test('thumbnails come through the proxy, without the key', async () => {
  quiet();
  onPlex({ paused: true });
  onJellyfin({ paused: true });
  onEmby({ paused: true });
  for (const id of ['plex-p1', 'jf-j1', 'emby-e1']) {
    const { thumbnail_url } = await listed(id);
    assert.match(thumbnail_url, /^\/api\/proxy\/(plex|jellyfin|emby)\?path=%2F/);
    const response = await matinee.request(thumbnail_url);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'image/jpeg');
    assert.match(response.headers.get('cache-control'), /private.*max-age=86400/);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(bytes.subarray(0, 2).toString('hex'), 'ffd8');
  }
});

test('the proxy serves images and nothing else', async () => {
  quiet();
  for (const server of [plex, jellyfin, emby]) server.requests = [];
  const image = '/library/metadata/1/thumb/2';
  const targets = {
    plex: ['/identity', '/status/sessions', '/library/sections', '/:/prefs', '/myplex/account', '/library/parts/1/2/file.mkv', `http://evil${image}`,
      `//evil${image}`, `/@evil${image}`, `\\\\evil\\a`, `${image}/..`, `${image}%2f..`, '/photo/:/transcode?url=http://127.0.0.1:1/',
      '/photo/:/transcode?url=//evil/a', `/photo/:/transcode?url=%252Fidentity`, `${image}\r\nX-Evil: 1`, `${image}?X-Plex-Token=1`, '', '/', '/'.repeat(1000)],
    jellyfin: ['/Sessions', '/Users', '/System/Info', '/Auth/Keys', '/Items/1', '/Items/1/Download', '/Items/1/Images/Primary/../../../Users',
      '/Items/1/Images/Primary?ApiKey=1', 'https://evil/Items/1/Images/Primary', '/Items/1/Images/Primary?maxWidth=100000'],
    emby: ['/emby/Sessions', '/Sessions', '/Items/1/Images'],
  };
  for (const [source, paths] of Object.entries(targets)) {
    for (const path of paths) {
      const response = await matinee.request(`/api/proxy/${source}?path=${encodeURIComponent(path)}`);
      assert.ok([403, 422].includes(response.status), `${source} ${JSON.stringify(path)}: ${response.status}`);
      assert.match(response.headers.get('content-type'), /problem\+json/);
      assert.ok((await response.json()).detail);
    }
  }
  for (const server of [plex, jellyfin, emby]) {
    assert.deepEqual(server.paths().filter((path) => !/\/sessions$/i.test(path)), []);
  }
  const missing = await matinee.request(`/api/proxy/plex?path=${encodeURIComponent('/library/media/1/chapterImages/1')}`);
  assert.equal(missing.status, 404);
});

test('an image that is not one, too long or redirected is a bad gateway', async () => {
  quiet();
  jellyfin.fault_on = /Images/;
  for (const fault of ['redirect', 'error', 'huge', 'reset', 'unauthorized', 'cut-off', 'not-http']) {
    jellyfin.fault = fault;
    const response = await matinee.request(`/api/proxy/jellyfin?path=${encodeURIComponent(`/Items/${ITEM}/Images/Primary`)}`);
    assert.ok([502, 503].includes(response.status), `${fault}: ${response.status}`);
    assert.match(response.headers.get('content-type'), /problem\+json/);
    assert.doesNotMatch(await response.text(), /s3cret|127\.0\.0\.1/);
  }
  quiet();
});

test('each server gets its own credentials, in a header alone', async () => {
  quiet();
  for (const server of [plex, jellyfin, emby]) await eventually(() => server.paths().some((path) => /\/sessions$/i.test(path)), 'it is polled');
  const [p] = plex.requests.filter(({ path }) => path === '/status/sessions');
  assert.equal(p.headers['x-plex-token'], PLEX_TOKEN);
  const [j] = jellyfin.requests.filter(({ path }) => path === '/Sessions');
  assert.equal(j.headers.authorization, `MediaBrowser Token="${JELLYFIN_KEY}"`);
  assert.equal(j.headers['x-emby-token'], undefined);
  const [e] = emby.requests.filter(({ path }) => path === '/emby/Sessions');
  assert.equal(e.headers['x-emby-token'], EMBY_KEY);
  for (const server of [plex, jellyfin, emby]) {
    for (const { path } of server.requests) assert.doesNotMatch(path, /s3cret/);
    for (const { headers } of server.requests) {
      const strangers = [PLEX_TOKEN, JELLYFIN_KEY, EMBY_KEY].filter((key) => key !== server.key);
      for (const key of strangers) assert.ok(!JSON.stringify(headers).includes(key));
    }
  }
});

test('no key and no address of a server leaves the program', async () => {
  quiet();
  onPlex({ paused: true });
  onJellyfin({ paused: true });
  await listed('plex-p1');
  const ports = [plex, jellyfin, emby].map((server) => server.server.address().port).join('|');
  for (const path of ['/api/sessions', '/api/health', '/api/captures']) {
    const response = await matinee.request(path);
    const text = (await response.text()) + JSON.stringify([...response.headers]);
    assert.doesNotMatch(text, new RegExp(`s3cret|:(${ports})`), path);
  }
  assert.doesNotMatch(matinee.log, /s3cret/);
});

test('a failure is logged when it begins, not at each poll', async () => {
  quiet();
  const from = matinee.log.length;
  plex.fault = 'error';
  await eventually(async () => (await health('plex')).status === 'down', 'Plex is down');
  const asked = plex.requests.length;
  await eventually(() => plex.requests.length >= asked + 2, 'it was asked twice more');
  const lines = matinee.log.slice(from).split('\n').filter((line) => /media server is down/.test(line) && /plex/i.test(line));
  assert.equal(lines.length, 1, lines.join('\n'));
  quiet();
});

test('two servers of one kind keep their sessions apart', async () => {
  const [first, second] = await Promise.all([FakeJellyfin.start('key-1'), FakeJellyfin.start('key-2')]);
  const config = join(folder, 'matinee.yaml');
  writeFileSync(
    config,
    `media_servers:
  - { name: den, type: jellyfin, url: '${first.url}', token: key-1, path_mappings: [{ from: /one, to: '${folder}/films' }] }
  - { name: attic, type: jellyfin, url: '${second.url}/', token: key-2, path_mappings: [{ from: 'D:\\Films', to: '${folder}/films' }] }
`,
  );
  const what = { id: 'same', item: ITEM, duration_seconds: SECONDS, paused: true };
  first.play({ ...what, film: '/one/film.mkv', position_seconds: 3 });
  second.play({ ...what, film: 'd:\\films\\film.mkv', position_seconds: 4 });
  const house = await Matinee.start({ env: { MATINEE_CONFIG: config, MEDIA_ROOTS: join(folder, 'films') } });
  try {
    const sessions = await eventually(async () => {
      const { json } = await house.get('/api/sessions');
      return json.length === 2 && json;
    }, 'both are listed');
    assert.deepEqual(sessions.map(({ session_id, server, capturable }) => [session_id, server, capturable]), [
      ['jf-same', 'den', true],
      ['jf-attic__same', 'attic', true],
    ]);
    for (const { session_id, position_seconds, thumbnail_url } of sessions) {
      const { json } = await house.post('/api/capture/screenshot', { session_id });
      assert.equal(json.timestamp_seconds, position_seconds);
      assert.equal((await house.request(thumbnail_url)).status, 200);
    }
    assert.ok(first.paths().some((path) => path.includes('/Images/')) && second.paths().some((path) => path.includes('/Images/')));
  } finally {
    await house.close();
    first.close();
    second.close();
  }
});

test('the doctor passes working servers and libraries, and reports the others', async () => {
  quiet();
  plex.libraries = [{ name: 'Films', folder: '/data/films' }];
  plex.libraries.push({ name: 'Gone', folder: '/data/gone' });
  const env = {
    PATH: process.env.PATH, DATA_DIR: join(folder, 'doctor'), PATH_MAPPINGS: `/data=${folder}`, ...plex.env, ...jellyfin.env,
    JELLYFIN_URL: emby.url, EMBY_URL: emby.url, EMBY_API_KEY: 'wrong',
  };
  const { code, out } = await run(binary, ['doctor'], { env });
  assert.match(out.toString(), /pass {2}browsers may address Matinee as: IP addresses, localhost, names without a dot, \*\.local/);
  const report = out.toString();
  assert.equal(code, 1, report);
  assert.match(report, /pass {2}Plex 1\.41\S* is reachable and authorised/);
  assert.match(report, new RegExp(`pass {2}library "Films": /data/films is read as ${folder}/films`));
  assert.match(report, /FAIL {2}library "Gone"[^]*does not exist/);
  assert.match(report, /JELLYFIN_URL points to Emby, not Jellyfin\. Use EMBY_URL/);
  assert.match(report, /FAIL {2}reachable, but not authorised\n.*Emby refuses the API key/);
  assert.doesNotMatch(report, /s3cret/);
});
