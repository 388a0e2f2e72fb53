// How the program starts, says no, and stops.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { Matinee, binary, environment, eventually, freePort, run, temporaryFolder } from '../lib/matinee.mjs';

/** Starts it where it cannot start; what it says and how long it took. */
async function refusal(env, args = ['up']) {
  const matinee = await Matinee.start({ env, args, ready: false });
  const { code } = await matinee.exited;
  rmSync(matinee.folder, { recursive: true, force: true });
  return { code, says: matinee.log.trim() };
}

test('help names the roles, the commands and the program, not its path', async () => {
  const { code, out } = await run(binary, ['--help']);
  assert.equal(code, 0);
  for (const word of ['up', 'doctor', 'demo', 'MATINEE_CONFIG', 'Usage: matinee ']) assert.match(out.toString(), new RegExp(word));
  assert.doesNotMatch(out.toString(), new RegExp(binary));
});

test('the version names the commit', async () => {
  const { out } = await run(binary, ['--version']);
  assert.match(out.toString(), /^matinee \d+\.\d+\.\d+ \(.+\)/);
});

test('an unknown role is refused, and those there are are named', async () => {
  const { code, err } = await run(binary, ['sideways']);
  assert.equal(code, 1);
  assert.match(err, /^matinee: there is no role sideways; there are up, edge, api, live, worker, and the commands migrate, import, doctor, health, jobs, demo, docs\.\n$/);
});

test('the printed settings hold no secret', async () => {
  const env = { ...process.env, PLEX_URL: 'http://nas:32400', PLEX_TOKEN: 'do-not-print' };
  const { code, out, err } = await run(binary, ['up', '--print-config'], { env });
  assert.equal(code, 0, err);
  assert.match(out.toString(), /nas:32400/);
  assert.doesNotMatch(out + err, /do-not-print/);
  assert.match(out.toString(), /\*\*\*/);
});

for (const [what, env, reason] of [
  ['an invalid port', { PORT: 'eighty' }, /PORT/],
  ['a port out of range', { PORT: '70000' }, /PORT/],
  ['a quality out of range', { SCREENSHOT_QUALITY: '32' }, /SCREENSHOT_QUALITY.*31/],
  ['settings that contradict each other', { DB_PATH: '/tmp/a.db', DATABASE_URL: 'sqlite:///tmp/b.db' }, /DB_PATH.*DATABASE_URL|DATABASE_URL.*DB_PATH/],
  ['PostgreSQL', { DATABASE_URL: 'postgres://u:hunter2@db/x' }, /DATABASE_URL/],
  ['an address with a password', { PLEX_URL: 'http://me:hunter2@nas', PLEX_TOKEN: 't' }, /PLEX_URL/],
  ['a settings file that is missing', { MATINEE_CONFIG: '/nowhere/matinee.yaml' }, /nowhere/],
  ['FFmpeg that is missing', { FFMPEG_PATH: '/nowhere/ffmpeg' }, /FFMPEG_PATH/],
  ['nginx that is missing', { NGINX_PATH: '/nowhere/nginx' }, /nginx/i],
]) {
  test(`it does not start with ${what}, and says why`, async () => {
    const { code, says } = await refusal(env);
    assert.equal(code, 1, says);
    assert.match(says, reason);
    assert.doesNotMatch(says, /hunter2/);
    assert.ok(says.split('\n').length <= 3, `one clear line, not:\n${says}`);
  });
}

test('an unknown key in the settings file is refused with the nearest match', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'matinee.yaml');
  writeFileSync(file, 'screenshot_qualty: 3\n');
  const { code, says } = await refusal({ MATINEE_CONFIG: file });
  assert.equal(code, 1);
  assert.match(says, /screenshot_qualty/);
  assert.match(says, /screenshot_quality/);
});

test('a port that is taken is named', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const { code, says } = await refusal({ PORT: String(port) });
  server.close();
  assert.equal(code, 1);
  assert.match(says, new RegExp(`${port}`));
});

test('a metrics port that is taken is named', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const { code, says } = await refusal({ METRICS_PORT: String(port) });
  server.close();
  assert.equal(code, 1);
  assert.match(says, /METRICS_PORT/);
});

test('one port for the page and for the metrics is refused', async () => {
  const { code, says } = await refusal({ PORT: '9464', METRICS_PORT: '9464' });
  assert.equal(code, 1);
  assert.match(says, /PORT and METRICS_PORT are both 9464/);
});

test('two on one data folder: the second says so', async () => {
  const first = await Matinee.start();
  const { code, says } = await refusal({ DATA_DIR: join(first.folder, 'data') });
  assert.equal(code, 1);
  assert.match(says, /another Matinee/);
  await first.close();
});

test('a data folder that cannot be written is named', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const { code, says } = await refusal({ DATA_DIR: join(folder, 'file', 'data') });
  assert.equal(code, 1);
  assert.match(says, /file/);
});

test('a file that is not a database is not changed', async () => {
  const folder = temporaryFolder();
  const db = join(folder, 'x.db');
  writeFileSync(db, 'this is not a database, '.repeat(100));
  const { code, says } = await refusal({ DB_PATH: db });
  assert.equal(code, 1);
  assert.match(says, /x\.db/);
});

test('it serves metrics and readiness on their own port', async () => {
  const port = await freePort();
  const matinee = await Matinee.start({ env: { METRICS_PORT: String(port) } });
  const ask = async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  assert.equal((await ask('/livez')).status, 200);
  await eventually(async () => (await ask('/readyz')).status === 200, 'ready for work');
  await matinee.get('/api/captures');
  const { text } = await ask('/metrics');
  for (const name of ['http_server_request_duration_seconds_bucket', 'process_resident_memory_bytes', 'matinee_build_info', 'db_client_operation_duration_seconds']) {
    assert.match(text, new RegExp(name));
  }
  assert.match(text, /http_route="\/api\/captures"/);
  await matinee.close();
});

test('health asks the role that runs with the same settings, and says in one line what is wrong', async () => {
  const port = await freePort();
  const health = (env, ...args) => run(binary, ['health', ...args], { env: environment({ METRICS_PORT: String(port), ...env }) });
  const unreachable = await health();
  assert.equal(unreachable.code, 1);
  assert.match(unreachable.err, new RegExp(`^matinee: .*127\\.0\\.0\\.1:${port} cannot be reached.*\\n$`));

  const matinee = await Matinee.start({ env: { METRICS_PORT: String(port), METRICS_ADDRESS: '0.0.0.0' } });
  await eventually(async () => (await health()).code === 0, 'healthy');
  assert.equal((await health({ METRICS_ADDRESS: '0.0.0.0' })).code, 0, 'a role that listens everywhere is asked here');
  assert.equal((await health({}, '--url', `${matinee.url}/api/health`)).code, 0);
  const missing = await health({}, '--url', `${matinee.url}/api/nothing`);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^matinee: it answers 404: [^\n]*\n$/);
  await matinee.close();

  const off = await health({ METRICS_PORT: '0' });
  assert.equal(off.code, 1);
  assert.match(off.err, /METRICS_PORT is 0/);
});

test('health says that a role drains', async () => {
  const port = String(await freePort());
  const matinee = await Matinee.start({ env: { METRICS_PORT: port, DRAIN_DELAY: '5s' } });
  const stopped = matinee.stop();
  const { err } = await eventually(async () => {
    const asked = await run(binary, ['health'], { env: environment({ METRICS_PORT: port }) });
    return asked.code === 1 && asked;
  }, 'not ready any more');
  assert.match(err, /it answers 503: draining/);
  await stopped;
  await matinee.close();
});

test('SIGTERM ends it cleanly and leaves no child', async () => {
  const matinee = await Matinee.start();
  const started = Date.now();
  assert.deepEqual(await matinee.stop(), { code: 0, signal: null });
  assert.ok(Date.now() - started < 8000, 'an idle one stops quickly');
  await assert.rejects(fetch(`${matinee.url}/api/health`));
  rmSync(matinee.folder, { recursive: true });
});

test('after kill -9 nginx is gone, and it starts again on the same port at once', async () => {
  const first = await Matinee.start();
  await first.kill();
  const second = await Matinee.start({ folder: first.folder, env: { PORT: String(first.port) } });
  const { json } = await second.get('/api/health');
  assert.equal(json.status, 'ok');
  await second.close();
  await eventually(async () => !(await fetch(second.url).catch(() => null)), 'no server answers on the port');
});

test('a settings file with several servers of one kind and a secret in a separate file', async () => {
  const folder = temporaryFolder();
  const token = join(folder, 'token');
  writeFileSync(token, 'from-a-file\n');
  const file = join(folder, 'matinee.yaml');
  writeFileSync(
    file,
    `media_servers:
  - { name: living-room, type: jellyfin, url: 'http://127.0.0.1:1', token_file: ${token} }
  - { name: attic, type: jellyfin, url: 'http://127.0.0.1:2', token: secret-two }
`,
  );
  const matinee = await Matinee.start({ env: { MATINEE_CONFIG: file } });
  const servers = await eventually(async () => {
    const { json } = await matinee.get('/api/health');
    return json.media_servers.every((server) => server.status === 'down') && json.media_servers;
  }, 'both are known to be down');
  assert.deepEqual(servers.map((server) => server.name), ['living-room', 'attic']);
  assert.ok(servers.every((server) => server.error.length > 10));
  await matinee.close();
  assert.doesNotMatch(matinee.log, /from-a-file|secret-two/);
});

test('the doctor reports what is wrong and how to fix it', async () => {
  const folder = temporaryFolder();
  const env = { PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), JELLYFIN_URL: 'http://127.0.0.1:1', JELLYFIN_API_KEY: 'k-e-y' };
  const { code, out } = await run(binary, ['doctor'], { env });
  assert.equal(code, 1);
  assert.match(out.toString(), /pass {2}FFmpeg/);
  assert.match(out.toString(), /FAIL {2}not reachable/);
  assert.match(out.toString(), /\n\d+ problems? found\.\n$/);
  assert.doesNotMatch(out.toString(), /k-e-y/);
  assert.ok(existsSync(join(folder, 'data')));
});

test('a read-only captures folder is reported before anything is served', async () => {
  const folder = temporaryFolder();
  const captures = join(folder, 'captures');
  mkdirSync(captures);
  chmodSync(captures, 0o500);
  const env = environment({ CAPTURE_DIR: captures, DATA_DIR: join(folder, 'data'), PORT: String(await freePort()), METRICS_PORT: '0' });
  // Permissions hold for root too without this capability.
  const asAnyUser = process.getuid() === 0 ? ['setpriv', '--bounding-set', '-dac_override', '--inh-caps', '-dac_override'] : [];
  const [program, ...args] = [...asAnyUser, binary, 'up'];
  const { code, out, err } = await run(program, args, { env, timeout: 300_000 });
  assert.equal(code, 1);
  assert.match(out + err, /captures/);
});
