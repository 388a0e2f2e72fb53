// `matinee edge`: nginx in front of an API that runs elsewhere. The API is a fake one.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Matinee, binary, eventually, freePort, pidIn, run, temporaryFolder } from '../lib/matinee.mjs';
import { value } from '../lib/scrape.mjs';
import { FakeApi } from '../lib/fakes/api.mjs';
import { family } from '../lib/servers.mjs';

const FILE = '0123456789';

/** An edge with its own page and capture, in front of `api`. */
async function startEdge(api, env = {}) {
  const folder = temporaryFolder('edge');
  mkdirSync(join(folder, 'web'));
  mkdirSync(join(folder, 'captures'));
  writeFileSync(join(folder, 'web/index.html'), '<p>page</p>');
  writeFileSync(join(folder, 'captures/a.mp4'), FILE);
  const metrics_port = await freePort();
  const edge = await Matinee.start({
    args: ['edge'],
    folder,
    env: { API_ADDRESS: api.address, WEB_DIR: join(folder, 'web'), CAPTURE_DIR: join(folder, 'captures'), METRICS_PORT: String(metrics_port), ...env },
  });
  edge.status = async (path) => {
    const response = await fetch(`http://127.0.0.1:${metrics_port}${path}`);
    return { code: response.status, text: await response.text() };
  };
  edge.nginxPid = () => pidIn(join(folder, 'data/edge/nginx.pid'));
  return edge;
}

/** Whether a new connection is taken. */
async function isOpen(port) {
  const socket = net.connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

let api;
let edge;
before(async () => {
  api = await FakeApi.start();
  edge = await startEdge(api);
});
after(async () => {
  await edge?.close();
  await api?.close();
});

test('requests go to the API, under the name that the client used', async () => {
  const { json } = await edge.post('/api/capture/screenshot?x=%20y', { a: 1 });
  assert.equal(json.method, 'POST');
  assert.equal(json.url, '/api/capture/screenshot?x=%20y');
  assert.equal(json.headers.host, `127.0.0.1:${edge.port}`);
  assert.match(json.headers['x-request-id'], /^[0-9a-f]{32}$/);
  assert.equal(json.headers['x-forwarded-for'], '127.0.0.1');
});

test('the page comes from the edge itself', async () => {
  const response = await edge.request('/');
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '<p>page</p>');
});

test('the API decides about a file, the edge delivers it, in parts if it is asked to', async () => {
  const whole = await edge.request('/captures/a.mp4');
  assert.equal(await whole.text(), FILE);
  assert.equal(whole.headers.get('x-accel-redirect'), null);
  const part = await edge.request('/captures/a.mp4', { headers: { range: 'bytes=2-4' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), 'bytes 2-4/10');
  assert.equal(await part.text(), '234');
  assert.equal((await edge.request('/captures/a.mp4', { headers: { range: 'bytes=10-' } })).status, 416);
});

test('the counts of nginx are served to monitoring only', async () => {
  const scrape = async () => (await edge.status('/metrics')).text;
  const before_asking = value(await scrape(), 'matinee_nginx_requests_total');
  for (let i = 0; i < 10; ++i) await edge.get('/api/health');
  const text = await scrape();
  assert.ok(value(text, 'matinee_nginx_requests_total') >= before_asking + 10);
  assert.equal(value(text, 'matinee_nginx_up'), 1);
  assert.ok(value(text, 'matinee_nginx_connections', { state: 'active' }) >= 1);
  assert.ok(value(text, 'matinee_nginx_connections_accepted_total') >= 1);
  assert.ok(value(text, 'matinee_nginx_connections_handled_total') >= 1);
  for (const path of ['/status', '/health', '/metrics', '/stub_status', '/readyz']) {
    const response = await edge.request(path);
    assert.equal(response.status, 404, path);
    assert.match(response.headers.get('content-type'), /problem\+json/);
  }
});

test('while the API is away the edge is live but not ready, and says so to clients', async () => {
  const { port } = api;
  assert.deepEqual(await edge.status('/readyz'), { code: 200, text: 'ok\n' });
  await api.close();
  await eventually(async () => (await edge.status('/readyz')).code === 503, 'not ready');
  assert.match((await edge.status('/readyz')).text, /the API does not answer/);
  assert.equal((await edge.status('/livez')).code, 200);
  // Kubernetes asks whether nginx answers: all pods may lose their API at once, and the page should stay.
  assert.deepEqual(await edge.status('/readyz?exclude=api'), { code: 200, text: 'ok\n' });
  const { status, headers, json } = await edge.get('/api/captures');
  assert.equal(status, 502);
  assert.match(headers.get('content-type'), /problem\+json/);
  assert.ok(Number(headers.get('retry-after')) > 0);
  assert.match(json.detail, /Try again in a moment/);
  assert.equal((await edge.request('/')).status, 200, 'the page needs no API');
  api = await FakeApi.start(port);
  await eventually(async () => (await edge.status('/readyz')).code === 200, 'ready again');
  assert.equal((await edge.get('/api/captures')).status, 200);
});

test('an nginx that does not answer is not ready, whatever is excluded', async () => {
  const workers = family(await edge.nginxPid());
  assert.ok(workers.length > 0);
  workers.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  try {
    await eventually(async () => (await edge.status('/readyz?exclude=api')).code === 503, 'not ready');
  } finally {
    workers.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }
  await eventually(async () => (await edge.status('/readyz?exclude=api')).code === 200, 'ready again');
  assert.deepEqual(await edge.status('/readyz?exclude=etcd'), { code: 400, text: 'there is no check etcd; there are database, redis and api\n' });
});

test('nginx that is killed is started again, and counted', async () => {
  const pid = await edge.nginxPid();
  process.kill(pid, 'SIGKILL');
  await eventually(async () => (await edge.request('/api/health').catch(() => null))?.ok && (await edge.nginxPid()) !== pid, 'nginx answers again');
  await eventually(async () => value((await edge.status('/metrics')).text, 'matinee_nginx_up') === 1, 'nginx counts again');
  assert.equal(value((await edge.status('/metrics')).text, 'matinee_nginx_restarts_total'), 1);
  assert.equal((await edge.status('/readyz')).code, 200);
});

test('a stop makes it not ready, then refuses new connections, and lets running requests end', async () => {
  const draining = await startEdge(api, { DRAIN_DELAY: '3s' });
  const slow = draining.get('/api/slow');
  await eventually(() => api.slow.length > 0, 'the slow request has arrived');
  draining.process.kill('SIGTERM');
  await eventually(async () => (await draining.status('/readyz')).text === 'draining\n', 'it says that it drains');
  // A client that has not noticed yet is served.
  assert.equal((await draining.get('/api/health')).status, 200);
  await eventually(async () => !(await isOpen(draining.port)), 'no new connections');
  assert.equal((await draining.status('/livez')).code, 200, 'it is not stuck, and must not be killed');
  api.release();
  assert.deepEqual((await slow).json, { slow: true });
  assert.deepEqual(await draining.exited, { code: 0, signal: null });
  await draining.close();
});

test('a second SIGTERM ends it at once', async () => {
  const hurried = await startEdge(api, { DRAIN_DELAY: '1m' });
  const slow = hurried.get('/api/slow').catch(() => 'cut off');
  await eventually(() => api.slow.length > 0, 'the slow request has arrived');
  hurried.process.kill('SIGTERM');
  await eventually(async () => (await hurried.status('/readyz')).text === 'draining\n', 'it says that it drains');
  const asked = Date.now();
  hurried.process.kill('SIGTERM');
  assert.deepEqual(await hurried.exited, { code: null, signal: 'SIGTERM' });
  assert.equal(await slow, 'cut off');
  assert.ok(Date.now() - asked < 30_000, 'sooner than DRAIN_DELAY');
  await eventually(async () => !(await isOpen(hurried.port)), 'nginx is gone as well');
  api.release();
  await hurried.close();
});

test('two edges do not share a folder', async () => {
  const second = await Matinee.start({ args: ['edge'], folder: edge.folder, env: { API_ADDRESS: api.address }, ready: false });
  assert.equal((await second.exited).code, 1);
  assert.match(second.log, /another Matinee is using/);
});

for (const [what, env, reason] of [
  ['no port', { API_ADDRESS: 'api' }, /API_ADDRESS: "api" is not of the form host:port/],
  ['a name that does not exist', { API_ADDRESS: 'no-such-host.invalid:8780' }, /no-such-host\.invalid.*API_ADDRESS/],
  ['itself', { API_ADDRESS: '127.0.0.1:18787', PORT: '18787' }, /API_ADDRESS 127\.0\.0\.1:18787 is where this edge listens itself/],
]) {
  test(`an API at ${what} is refused in one line`, async () => {
    const refused = await Matinee.start({ args: ['edge'], env, ready: false });
    assert.equal((await refused.exited).code, 1);
    assert.match(refused.log, reason);
    assert.equal(refused.log.trim().split('\n').length, 1, refused.log);
    rmSync(refused.folder, { recursive: true, force: true });
  });
}

test('every role prints its settings', async () => {
  for (const role of ['up', 'edge', 'doctor', 'demo']) {
    const { code, out } = await run(binary, [role, '--print-config'], { env: { PATH: process.env.PATH, API_ADDRESS: '[::1]:8780' } });
    assert.equal(code, 0, role);
    assert.match(out.toString(), /^api_address: "\[::1\]:8780" {2}# environment$/m);
  }
});
