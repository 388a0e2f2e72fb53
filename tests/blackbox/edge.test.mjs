// nginx in front: what it must keep away from the API, and what happens when it crashes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Matinee, eventually, pidIn } from '../lib/matinee.mjs';

let matinee;
before(async () => {
  matinee = await Matinee.start({ env: { CONNECTIONS_PER_ADDRESS: '0' } }); // All clients here have one address.
});
after(() => matinee?.close());

/** Clients that stall do so until the test ends them: any answer shows that it does not wait for them. */
async function answers() {
  assert.equal((await matinee.get('/api/captures')).status, 200);
}

test('pipelined requests are all answered, in order', async () => {
  const one = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const answer = await matinee.raw(`${one('/api/health')}${one('/api/nothing')}${one('/api/captures')}`, 1000);
  assert.deepEqual([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]), ['200', '404', '200']);
});

test('clients that stall while sending do not delay others', async () => {
  const stalled = Array.from({ length: 50 }, () => {
    const socket = net.connect(matinee.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /api/capture/screenshot HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{');
    return socket;
  });
  await Promise.all(stalled.map((socket) => once(socket, 'connect')));
  await answers();
  stalled.forEach((socket) => socket.destroy());
});

test('clients that do not read do not delay others', async () => {
  const deaf = Array.from({ length: 50 }, () => {
    const socket = net.connect(matinee.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /api/docs/ HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
    return socket;
  });
  await Promise.all(deaf.map((socket) => once(socket, 'connect')));
  await answers();
  deaf.forEach((socket) => socket.destroy());
});

test('clients that go away in the middle leave nothing behind', async () => {
  const descriptors = () => readdirSync(`/proc/${matinee.process.pid}/fd`).length;
  const atRest = descriptors() + 32;  // nginx keeps a few connections to the API open.
  for (let i = 0; i < 200; ++i) {
    const socket = net.connect(matinee.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write('GET /api/captures HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.destroy();
  }
  await answers();
  await eventually(() => descriptors() <= atRest, 'the connections of clients that went away are closed');
});

test('headers that an API might stumble over are harmless', async () => {
  for (const headers of [
    { accept: 'garbage' }, { cookie: 'a' }, { cookie: 'a=b; c' }, { 'cache-control': 'stale-if-error=60' },
    { date: 'nonsense' }, { 'accept-encoding': 'zstd;q=9' }, { 'x-forwarded-for': "'; DROP TABLE captures" },
  ]) {
    const response = await matinee.request('/api/captures', { headers });
    assert.equal(response.status, 200, JSON.stringify(headers));
  }
});

test('two lengths are refused rather than believed', async () => {
  const answer = await matinee.raw('POST /api/capture/clip HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}');
  assert.match(answer, /^HTTP\/1\.1 400/);
});

test('the page comes with its security headers, and is not framed', async () => {
  const response = await matinee.request('/');
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-security-policy'), /frame-ancestors 'none'/);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('cache-control'), 'no-cache');
  const script = /src="\.\/(assets\/[^"]+)"/.exec(await response.text())[1];
  const asset = await matinee.request(`/${script}`);
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.match(asset.headers.get('content-type'), /javascript/);
});

test('nginx says nothing of its version, and nothing in HTML', async () => {
  const response = await matinee.request('/nothing/here');
  assert.equal(response.status, 404);
  assert.match(response.headers.get('content-type'), /problem\+json/);
  assert.doesNotMatch(response.headers.get('server') ?? '', /\d/);
  const upgrade = await matinee.raw('GET / HTTP/9.9\r\nHost: x\r\n\r\n');
  assert.doesNotMatch(upgrade, /<html>/);
});

test('nginx is started again when it crashes', async () => {
  const pid_file = join(matinee.folder, 'data/run/nginx.pid');
  const pid = await pidIn(pid_file);
  process.kill(pid, 'SIGTERM');
  await eventually(async () => {
    const response = await fetch(`${matinee.url}/api/health`).catch(() => null);
    return response?.ok && (await pidIn(pid_file)) !== pid;
  }, 'nginx answers again');
});
