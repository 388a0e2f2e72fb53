// The image as it is shipped: what is in it, and each role of it, as hardened as the documents say and without a shell.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, freePort, Matinee, READY_MS, root } from '../lib/matinee.mjs';
import { samples } from '../lib/scrape.mjs';
import { Postgres, Redis } from '../lib/servers.mjs';
import { Container, image, newVolume, podman, runOnce } from './podman.mjs';

const MEGABYTE = 1_000_000;
const version = /^project\(matinee VERSION ([\d.]+)/m.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'))[1];

let about;
before(async () => {
  [about] = JSON.parse(await podman('image', 'inspect', image));
});

/** A program of the base, as root and without any fence: to look at what the image holds. */
const look = (...argv) => podman('run', '--rm', '--user=0', '--network=none', '--entrypoint', argv[0], image, ...argv.slice(1));
const lines = (text) => text.split('\n').filter(Boolean);

describe('its labels and settings', () => {
  const label = (name) => about.Config.Labels[`org.opencontainers.image.${name}`];

  test('the program and the labels name the same version and commit', async () => {
    const { out } = await runOnce(['--version']);
    assert.equal(out.trim(), `matinee ${version} (${label('revision')})`);
    assert.equal(label('version'), version);
    assert.match(label('revision'), /^[0-9a-f]{7,}(-dirty)?$/);
  });

  test('the labels say where it is from', () => {
    for (const name of ['title', 'description', 'source', 'url', 'documentation', 'base.name']) {
      assert.ok(label(name), name);
    }
    assert.equal(label('licenses'), 'Apache-2.0');
    assert.ok(Date.parse(label('created')) > Date.parse('2025-01-01'), label('created'));
  });

  test('it runs as a numbered user without rights, and declares what it opens', async () => {
    assert.equal(about.Config.User, '65532:65532');
    assert.deepEqual(about.Config.Entrypoint, ['/usr/bin/matinee']);
    assert.deepEqual(about.Config.Cmd, ['up']);
    assert.deepEqual(Object.keys(about.Config.ExposedPorts).sort(), ['8787/tcp', '9464/tcp']);
    assert.deepEqual(Object.keys(about.Config.Volumes), ['/data']);
    assert.match(await look('grep', '65532', '/etc/passwd'), /^matinee:x:65532:65532:/);
  });

  test('its health check starts the program, not a shell', () => {
    assert.deepEqual(about.Healthcheck.Test, ['CMD', '/usr/bin/matinee', 'health']);
  });
});

describe('what is in it', () => {
  test('it stays small: 650 MB unpacked, 260 MB to download', async () => {
    assert.ok(about.Size <= 650 * MEGABYTE, `${about.Size} bytes unpacked`);
    const folder = mkdtempSync(join(tmpdir(), 'matinee-image-'));
    await podman('save', '--quiet', '--compress', '--format=docker-dir', '--output', folder, image);
    const compressed = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    rmSync(folder, { recursive: true });
    assert.ok(compressed <= 260 * MEGABYTE, `${compressed} bytes compressed`);
    console.log(`${Math.round(about.Size / MEGABYTE)} MB unpacked, ${Math.round(compressed / MEGABYTE)} MB compressed`);
  });

  test('no program in it has a set-user-ID bit, and its user has no subordinate ids', async () => {
    assert.deepEqual(lines(await look('find', '/', '-xdev', '-type', 'f', '-perm', '/6000')), []);
    assert.equal(await look('grep', '-c', '^65532', '/etc/subuid').catch(() => 'none'), 'none');
  });

  test('nothing in it belongs to its user or can be written by it, but /data', async () => {
    const found = await look('find', '/', '-xdev', '(', '-user', '65532', '-o', '-group', '65532', '-o', '-perm', '-0002', ')', '-not', '-type', 'l');
    assert.deepEqual(lines(found).filter((path) => !['/data', '/tmp', '/var/tmp', '/run/lock'].includes(path)), []);
  });

  test('no compiler, no npm and no package lists came along', async () => {
    const found = await look('find', '/usr/bin', '/var/lib/apt/lists', '/var/cache/apt', '-name', 'g++*', '-o', '-name', 'cc', '-o', '-name', 'node*', '-o', '-name', 'npm', '-o', '-name', '*Packages*', '-o', '-name', '*.deb');
    assert.deepEqual(lines(found), []);
  });

  test('every library that the program names is there', async () => {
    assert.doesNotMatch(await look('ldd', '/usr/bin/matinee'), /not found/);
  });

  test('its history and settings hold nothing of the environment that built it', async () => {
    const text = (await podman('history', '--no-trunc', '--format', '{{.CreatedBy}}', image)) + JSON.stringify(about.Config);
    assert.match(text, /apt-get install/, 'the history is there to be read');
    assert.doesNotMatch(text, /TOKEN|PASSWORD|SECRET|API_KEY|_authToken|https?:\/\/[^/\s"]*@/i);
    const secrets = Object.entries(process.env).filter(([name, value]) => /TOKEN|KEY|SECRET|PASSWORD|PASSWD/i.test(name) && value.length > 5);
    for (const [name, value] of secrets) assert.ok(!text.includes(value), name);
  });
});

describe('all in one', () => {
  let up;
  let matinee;
  before(async () => {
    up = await Container.start(['up', '--demo'], {
      env: { PORT: '8787', DRAIN_DELAY: '1s' },
      options: ['--publish=127.0.0.1::8787', '--publish=127.0.0.1::9464', '--volume', `${await newVolume()}:/data`],
    });
    matinee = await up.matinee();
  });
  after(() => up?.remove());

  test('there is no shell to be started', async () => {
    for (const shell of ['/bin/sh', '/bin/bash']) {
      const { code } = await up.exec(shell, '-c', 'exit 0');
      assert.notEqual(code, 0, shell);
    }
  });

  test('a screenshot of the demo film', async () => {
    const session = await matinee.session();
    const { json } = await matinee.post('/api/capture/screenshot', { session_id: session.session_id });
    const capture = await matinee.finished(json.id);
    assert.equal(capture.status, 'complete', capture.error_message);
    const bytes = await matinee.file(capture);
    assert.equal(bytes.subarray(0, 3).toString('hex'), 'ffd8ff', 'a JPEG');
    assert.ok(bytes.length > 10_000);
  });

  test('the page', async () => {
    const response = await matinee.request('/');
    assert.match(await response.text(), /<title>Matinee/);
  });

  test('its metrics name version and commit', async () => {
    const text = await (await fetch(`http://${await up.address(9464)}/metrics`)).text();
    const { labels } = samples(text).find(({ name }) => name === 'matinee_build_info');
    assert.deepEqual(labels, { version, revision: about.Config.Labels['org.opencontainers.image.revision'] });
  });

  test('it is healthy; after its nginx was killed it is again, and as process 1 leaves no zombie behind', async () => {
    await eventually(() => up.healthy(), 'healthy');
    const nginx = (await up.processes()).filter(({ args }) => args.startsWith('nginx: '));
    assert.ok(nginx.length >= 3, 'a master and its workers');
    for (const { pid } of nginx) process.kill(pid, 'SIGKILL');
    await eventually(async () => (await matinee.request('/').catch(() => null))?.status === 200, 'the page is there again');
    await eventually(() => up.healthy(), 'healthy again');
    const zombies = async () => (await up.processes()).filter(({ state }) => state === 'Z');
    await eventually(async () => (await zombies()).length === 0, 'no zombie');
  });

  test('nothing but /data and /tmp was written, and not as root', async () => {
    const changed = lines(await podman('diff', up.name)).filter((line) => !/^C \/(data|etc|tmp|usr|run|usr\/bin|proc|sys|dev)?$/.test(line));
    assert.deepEqual(changed.filter((line) => !/ \/(etc\/(hosts|hostname|resolv\.conf|mtab)|run\/\.containerenv|run\/secrets|usr\/bin\/(bash|dash))$/.test(line)), []);
    const { Uid } = Object.fromEntries(lines(readFileSync(`/proc/${await up.inspect('{{.State.Pid}}')}/status`, 'utf8')).map((line) => line.split(':\t')));
    assert.deepEqual(new Set(Uid.split('\t')), new Set(['65532']));
  });

  test('it stops at once on SIGTERM', async () => {
    const started = Date.now();
    assert.equal(await up.stop(), 0);
    assert.ok(Date.now() - started < 15_000);
  });
});

describe('its roles apart', () => {
  let postgres;
  let redis;
  const roles = {};

  before(async () => {
    postgres = await Postgres.start();
    redis = await Redis.start();
    const [demo_port, api_port, edge_port] = [await freePort(), await freePort(), await freePort()];
    // PostgreSQL and Redis are this machine's own, so its network is the containers' too.
    const options = ['--network=host', '--volume', `${await newVolume()}:/data`];
    const shared = {
      HOST: '127.0.0.1', METRICS_ADDRESS: '127.0.0.1', API_ADDRESS: `127.0.0.1:${api_port}`,
      DATABASE_URL: postgres.url, REDIS_URL: redis.url,
      JELLYFIN_URL: `http://127.0.0.1:${demo_port}`, JELLYFIN_API_KEY: 'demo',
    };
    const start = async (role, env = {}, args = []) => {
      roles[role] = await Container.start([role, ...args], { env: { ...shared, METRICS_PORT: await freePort(), ...env }, options });
    };
    await start('demo', {}, ['--port', demo_port]);
    const playing = () => fetch(`http://127.0.0.1:${demo_port}/System/Info/Public`).then((response) => response.ok, () => false);
    await eventually(playing, 'the film is made and plays', READY_MS);
    await start('migrate');
    assert.equal(await roles.migrate.ended(), 0, await roles.migrate.log());
    await start('api');
    await start('worker');
    await start('edge', { PORT: edge_port });
    roles.edge.page = new Matinee('', edge_port, '');
  });

  after(async () => {
    for (const role of Object.values(roles)) await role.remove();
    await redis?.kill();
    await postgres?.kill();
  });

  for (const role of ['api', 'worker', 'edge']) {
    test(`${role} becomes healthy`, async () => {
      await eventually(() => roles[role].healthy(), `${role} is healthy`, 60_000);
    });
  }

  test('a screenshot, from the edge through the API to the worker and back', async () => {
    const { page } = roles.edge;
    const session = await page.session();
    const { json } = await page.post('/api/capture/screenshot', { session_id: session.session_id });
    const capture = await page.finished(json.id);
    assert.equal(capture.status, 'complete', capture.error_message);
    assert.equal((await page.file(capture)).subarray(0, 3).toString('hex'), 'ffd8ff', 'a JPEG');
  });

  test('an edge whose API is away is not healthy', async () => {
    await roles.api.stop();
    await eventually(async () => !(await roles.edge.healthy()), 'not healthy');
  });

  for (const role of ['edge', 'worker', 'demo']) {
    test(`${role} stops on SIGTERM`, async () => {
      assert.equal(await roles[role].stop(), 0, await roles[role].log());
    });
  }
});

describe('the programs that end by themselves', () => {
  test('the doctor finds everything that it needs', async () => {
    const { code, out } = await runOnce(['doctor']);
    assert.equal(code, 1, 'no media server is configured');
    for (const name of ['FFmpeg', 'FFprobe', 'nginx', 'DATA_DIR', 'CAPTURE_DIR']) assert.match(out, new RegExp(`pass {2}${name}`));
    assert.equal(out.match(/FAIL/g).length, 1, out);
    assert.match(out, /FAIL {2}none is configured/);
  });

  test('health reports that no server answers', async () => {
    const { code, err } = await runOnce(['health']);
    assert.equal(code, 1);
    assert.match(err, /^matinee: .*cannot be reached.*\n$/);
  });

  test('a folder that cannot be written is said in a line', async () => {
    const { code, err } = await runOnce(['up'], { options: ['--env=DATA_DIR=/nowhere'] });
    assert.equal(code, 1);
    assert.match(err, /^matinee: .*\/nowhere.*\n$/);
  });

  test('migrate makes the database of a single machine', async () => {
    const { code, out } = await runOnce(['migrate']);
    assert.equal(code, 0);
    assert.match(out, /up to date/);
  });
});
