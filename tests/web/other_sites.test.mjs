// Pages of other sites in a real browser: whatever they do, and whatever address their name has, they neither see nor change anything.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { HOST, launchBrowser } from '../lib/browser.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, temporaryFolder } from '../lib/matinee.mjs';

const EVIL = 'evil.example';
let jellyfin;
let matinee;
let session_id;
let capture;
let browser;
let page;
let evil;
let name;

/** What the name evil.example leads to: connections go where `port` says, as after a change of its address. */
class ChangingName {
  static async start(port) {
    const changing = new this();
    changing.port = port;
    changing.sockets = new Set();
    changing.server = net.createServer((socket) => {
      const target = net.connect(changing.port, '127.0.0.1');
      for (const end of [socket, target]) {
        changing.sockets.add(end);
        end.on('error', () => {});
        end.on('close', () => {
          changing.sockets.delete(end);
          (end === socket ? target : socket).destroy();
        });
      }
      socket.pipe(target).pipe(socket);
    });
    changing.server.listen(0, '127.0.0.1');
    await once(changing.server, 'listening');
    changing.url = `http://${EVIL}:${changing.server.address().port}`;
    return changing;
  }

  moveTo(port) {
    this.port = port;
    this.sockets.forEach((socket) => socket.destroy());
  }

  close() {
    this.moveTo(0);
    this.server.close();
  }
}

before(async () => {
  const film = await makeFilm(join(temporaryFolder('films'), 'film.mkv'), { seconds: 10 });
  jellyfin = await PausedJellyfin.start(film, 10);
  jellyfin.position_seconds = 5;
  matinee = await Matinee.start({ env: jellyfin.env });
  ({ session_id } = await matinee.session());
  capture = (await matinee.post('/api/capture/screenshot', { session_id })).json;
  evil = http.createServer((request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>'));
  evil.listen(0, '127.0.0.1');
  await once(evil, 'listening');
  browser = await launchBrowser({ names: [EVIL] });
});

beforeEach(async () => {
  name?.close();
  name = await ChangingName.start(evil.address().port);
  await page?.close();
  page = await browser.newPage();
  await page.goto(name.url);
  assert.equal(await page.title(), 'evil');
});

after(async () => {
  await browser?.close();
  name?.close();
  evil?.close();
  await matinee?.close();
  jellyfin?.close();
});

/** There is still the one capture, and no other. */
async function assertUnchanged() {
  const { json } = await matinee.get('/api/captures');
  assert.deepEqual(json.map(({ id }) => id), [capture.id]);
  assert.equal((await fetch(matinee.origin + capture.file_url)).status, 200);
}

test('a name that changes its address to Matinee\'s is refused by everything', async () => {
  name.moveTo(matinee.port);
  const statuses = await page.evaluate(async ({ session, id, file }) => {
    const json = { 'content-type': 'application/json' };
    const asked = {};
    for (const [path, options] of Object.entries({
      '/': {},
      '/api/sessions': {},
      '/api/captures': {},
      '/api/events': {},
      '/api/openapi.json': {},
      [file]: {},
      '/api/capture/screenshot': { method: 'POST', headers: json, body: JSON.stringify({ session_id: session }) },
      [`/api/captures/${id}`]: { method: 'DELETE' },
    })) {
      const response = await fetch(path, options);
      asked[path] = `${response.status} ${(await response.json()).detail.includes('ALLOWED_HOSTS')}`;
    }
    return asked;
  }, { session: session_id, id: capture.id, file: capture.file_url });
  for (const [path, status] of Object.entries(statuses)) assert.equal(status, '421 true', path);
  await page.goto(`${name.url}/`);
  assert.match(await page.locator('body').innerText(), /does not answer to the name evil\.example:\d+\. .*ALLOWED_HOSTS, or set PUBLIC_URL/);
  await assertUnchanged();
});

test('a page of another site changes nothing, whatever it sends', async () => {
  const answers = [];
  page.on('response', (response) => answers.push(`${response.request().method()} ${response.status()}`));
  // Chromium gives no answer to a page that may not read it (Cross-Origin-Resource-Policy).
  page.on('requestfailed', (request) => answers.push(`${request.method()} blocked`));
  await page.evaluate(async ({ origin, session, id }) => {
    const body = JSON.stringify({ session_id: session });
    const send = (path, options) => fetch(origin + path, options).then((response) => response.type, () => 'blocked');
    await send('/api/capture/screenshot', { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body });
    await send('/api/capture/screenshot', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await send(`/api/captures/${id}`, { method: 'DELETE' });
    await send(`/api/captures/${id}/cancel`, { method: 'POST', mode: 'no-cors' });
    navigator.sendBeacon(`${origin}/api/capture/screenshot`, body);
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: `${origin}/api/captures/${id}/cancel`, target: 'frame' });
    const frame = document.createElement('iframe');
    frame.name = 'frame';
    document.body.append(frame, form);
    form.submit();
  }, { origin: `http://${HOST}:${matinee.port}`, session: session_id, id: capture.id });
  const posts = () => answers.filter((answer) => answer.startsWith('POST'));
  await eventually(() => posts().length >= 4, () => `the simple requests are answered: ${answers}`);
  assert.deepEqual(posts().filter((answer) => !['POST 403', 'POST blocked'].includes(answer)), []);
  assert.ok(posts().includes('POST 403'), `${answers}`);
  await assertUnchanged();
});

test('a page of another site loads neither data, nor screenshots, nor scripts', async () => {
  const loaded = await page.evaluate(async ({ origin, file }) => {
    const load = (tag, path) => new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = () => resolve(`${path} loaded`);
      element.onerror = () => resolve('blocked');
      element.src = origin + path;
      document.body.append(element);
    });
    return Promise.all([load('script', '/api/captures'), load('script', '/api/health'), load('img', file), load('script', '/api/none')]);
  }, { origin: `http://${HOST}:${matinee.port}`, file: capture.file_url });
  assert.deepEqual(loaded, ['blocked', 'blocked', 'blocked', 'blocked']);
});
