// The program as a whole, as a test sees it: started in its own folder on a free port, asked
// over HTTP, stopped or killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '../..');
export const binary = process.env.MATINEE_BIN ?? join(root, 'build/matinee');

/** Longer than this for anything that must happen at once is a failure, also on a busy machine. */
const TIMEOUT_MS = 180_000;

/** The first start with the demo makes its film; on a machine that has much else to do that has taken two minutes. */
export const READY_MS = 300_000;

// Removes what a failed test leaves, when the test process ends.
const folders = [];
const programs = new Set();
process.on('exit', () => {
  for (const program of programs) program.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(name = 'test') {
  const folder = mkdtempSync(join(tmpdir(), `matinee-${name}-`));
  folders.push(folder);
  return folder;
}

const givenPorts = new Set();

/**
 * A free port that no other process gets while its server is not there yet, or is away: never the same twice, and below those from
 * which the system takes the near end of a connection (/proc/sys/net/ipv4/ip_local_port_range), or a client that keeps trying to
 * connect would sooner or later be connected to itself.
 */
export async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    const server = net.createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(() => true, () => false);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Calls `probe` until it returns something true, and returns that. `what` is awaited: a text, or a function that returns it at the end. */
export async function eventually(probe, what, limit_ms = TIMEOUT_MS) {
  const deadline = Date.now() + limit_ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${limit_ms} ms: ${typeof what === 'function' ? what() : what}`);
    await sleep(25);
  }
}

/** The number in a pid file. nginx listens a moment before it writes it down, and 0 would mean all of this process' group. */
export const pidIn = (file) => eventually(() => existsSync(file) && Number(readFileSync(file, 'utf8')), `a number is in ${file}`);

/** The environment of a program with these settings: without the other variables of the test process. */
export function environment(settings) {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR', 'WEB_DIR', 'LANG'].includes(name)),
  );
  return { ...inherited, ...settings };
}

export class Matinee {
  /** `env` adds to the settings; `folder` takes over the data of an earlier run; `within` is a command that runs the program. */
  static async start({ env = {}, args = ['up'], folder = temporaryFolder(), ready = true, within = [] } = {}) {
    const port = env.PORT ?? (await freePort());
    const matinee = new this(folder, port, env.BASE_PATH ?? '');
    matinee.#spawn([...within, binary, ...args], { HOST: '127.0.0.1', PORT: String(port), ...env });
    if (ready) {
      await matinee.ready().catch(async (error) => {
        await matinee.kill();
        throw error;
      });
    }
    return matinee;
  }

  constructor(folder, port, basePath) {
    this.folder = folder;
    this.port = Number(port);
    this.origin = `http://127.0.0.1:${port}`;
    this.url = this.origin + basePath;
    this.log = '';
  }

  #spawn([program, ...args], env) {
    const settings = { DATA_DIR: join(this.folder, 'data'), METRICS_PORT: '0', LOG_LEVEL: 'info', ...env };
    this.process = spawn(program, args, { env: environment(settings), stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (bytes) => (this.log += bytes);
    this.process.stdout.on('data', keep);
    this.process.stderr.on('data', keep);
    programs.add(this.process);
    this.exited = once(this.process, 'exit').then(([code, signal]) => {
      programs.delete(this.process);
      return { code, signal };
    });
  }

  async ready() {
    let over = null;
    this.exited.then((exit) => (over = exit));
    await eventually(async () => {
      if (over) throw new Error(`it ended (${JSON.stringify(over)}):\n${this.log}`);
      const response = await fetch(`${this.url}/api/health`).catch(() => null);
      await response?.text().catch(() => null); // One that is not read could take its connection along later.
      return response?.ok;
    }, 'ready', READY_MS);
    return this;
  }

  /** Stops it with SIGTERM; returns its exit. */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
    return this.exited;
  }

  async kill() {
    this.process.kill('SIGKILL');
    return this.exited;
  }

  /** Stops it and removes its folder. */
  async close() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async request(path, options = {}) {
    try {
      return await fetch(this.url + path, options);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      const { exitCode, signalCode } = this.process ?? {}; // None, if it runs in a container.
      throw new Error(`${path}: ${error.message}, ${error.cause}; ended: ${exitCode ?? signalCode ?? 'no'}\n${this.log.slice(-4000)}`);
    }
  }

  async get(path) {
    const response = await this.request(path);
    return { status: response.status, headers: response.headers, json: await response.json() };
  }

  async post(path, body = {}, headers = {}) {
    const response = await this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, json: await response.json() };
  }

  /** The first playback session that can be captured, once there is one. */
  session(filter = () => true) {
    return eventually(async () => {
      const { json } = await this.get('/api/sessions');
      return json.find((session) => session.capturable && filter(session));
    }, 'a session that can be captured');
  }

  /** The capture, once it is complete or failed. */
  finished(id, limit_ms = TIMEOUT_MS) {
    return eventually(
      async () => {
        const { json } = await this.get(`/api/captures/${id}`);
        return json.status !== 'pending' && json;
      },
      `capture ${id} is over`,
      limit_ms,
    );
  }

  /** The bytes of a capture's file. */
  async file(capture) {
    const response = await fetch(this.origin + capture.file_url);
    if (!response.ok) throw new Error(`${capture.file_url}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Everything that a raw connection answers until it closes or is silent. */
  async raw(text, silence_ms = 2000) {
    const socket = net.connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (bytes) => (answer += bytes));
    socket.on('error', () => {});
    socket.write(text);
    socket.setTimeout(silence_ms, () => socket.destroy());
    await once(socket, 'close');
    return answer;
  }
}

/** Runs a program to its end. */
export async function run(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const out = [];
  const err = [];
  child.stdout.on('data', (bytes) => out.push(bytes));
  child.stderr.on('data', (bytes) => err.push(bytes));
  const [code] = await once(child, 'close');
  return { code, out: Buffer.concat(out), err: Buffer.concat(err).toString() };
}
