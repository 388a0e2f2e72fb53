// A real PostgreSQL and a real Redis, each in its own folder on a free port, that a test can
// kill, start again, freeze and fill.
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { eventually, freePort, run, temporaryFolder } from './matinee.mjs';

const children = new Set();
process.on('exit', () => {
  for (const pid of [...children].flatMap(family)) signal(pid, 'SIGKILL');
});

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** The process and its descendants: PostgreSQL's backends have their own process groups. */
export function family(root) {
  const pids = [root];
  for (const pid of pids) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const listed = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
        if (listed) pids.push(...listed.split(' ').map(Number));
      }
    } catch {
      // It ended just now.
    }
  }
  return pids;
}

/** Gone, or a zombie that its parent has not waited for. */
function hasEnded(pid) {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

class Server {
  launch(program, args) {
    this.process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.log = '';
    const keep = (bytes) => (this.log = (this.log + bytes).slice(-20_000));
    this.process.stdout.on('data', keep);
    this.process.stderr.on('data', keep);
    children.add(this.process.pid);
    const { pid } = this.process;
    this.exited = once(this.process, 'exit').then(() => children.delete(pid));
  }

  get running() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Kills it at once, as a power failure would. A process that has ended gets no signal: its id may be another's by now. */
  async kill() {
    if (!this.running) return;
    const pids = family(this.process.pid);
    for (const pid of pids) signal(pid, 'SIGKILL');
    await this.exited;
    // A PostgreSQL does not start while one process of the last still has its shared memory.
    await eventually(() => pids.every(hasEnded), 'all its processes are gone');
  }

  /** Until `answers`; fails at once if it ends instead. */
  async answering(answers, what) {
    await eventually(() => {
      if (!this.running) throw new Error(`${what} ended:\n${this.log}`);
      return answers();
    }, `${what} answers`);
  }

  freeze() {
    for (const pid of family(this.process.pid)) signal(pid, 'SIGSTOP');
  }

  thaw() {
    for (const pid of family(this.process.pid)) signal(pid, 'SIGCONT');
  }
}

function postgresProgram(name) {
  for (let version = 20; version >= 12; --version) {
    const path = `/usr/lib/postgresql/${version}/bin/${name}`;
    if (existsSync(path)) return path;
  }
  throw new Error('PostgreSQL is not installed (the package postgresql-15)');
}

// PostgreSQL refuses to run as root.
const asRoot = process.getuid() === 0;
const wrap = (argv) => (asRoot ? ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', '--', ...argv] : argv);

export class Postgres extends Server {
  /** `durable`: every commit reaches the disk, as at home; only benchmarks need it. */
  static async start({ durable = false } = {}) {
    const server = new Postgres();
    server.folder = temporaryFolder('postgres');
    server.port = await freePort();
    server.durable = durable;
    if (asRoot) {
      const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
      chownSync(server.folder, id('-u'), id('-g'));
    }
    const [program, ...args] = wrap([
      postgresProgram('initdb'), '--pgdata', join(server.folder, 'data'), '--username', 'matinee',
      '--auth', 'trust', '--encoding', 'UTF8', '--no-locale', '--no-sync',
    ]);
    const { code, err } = await run(program, args);
    if (code !== 0) throw new Error(err);
    await server.start();
    return server;
  }

  async start() {
    const [program, ...args] = wrap([
      postgresProgram('postgres'), '-D', join(this.folder, 'data'), '-p', String(this.port), '-k', this.folder,
      '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200', '-c', 'logging_collector=off',
      ...(this.durable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off']),
    ]);
    this.launch(program, args);
    await this.answering(async () => (await run(postgresProgram('pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(this.port)])).code === 0,
      'PostgreSQL');
  }

  get url() {
    return `postgres://matinee@127.0.0.1:${this.port}/postgres`;
  }

  /** Returns the rows of an SQL statement, as texts. */
  async query(sql) {
    const { code, out, err } = await run(postgresProgram('psql'), ['-X', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', sql, this.url], { env: { ...process.env, PGOPTIONS: '-c default_transaction_read_only=off' } });
    if (code !== 0) throw new Error(err);
    return out.toString().split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  /** All new transactions can only read, those of open connections included. */
  async readOnly(on) {
    await this.query(`ALTER SYSTEM SET default_transaction_read_only = ${on ? 'on' : 'off'}`);
    await this.query('SELECT pg_reload_conf()');
  }

  program(name) {
    return postgresProgram(name);
  }
}

export class Redis extends Server {
  /** `append_only`: what was written survives a kill. */
  static async start({ append_only = false, args = [] } = {}) {
    const server = new Redis();
    server.folder = temporaryFolder('redis');
    server.port = await freePort();
    server.args = ['--save', '', '--appendonly', append_only ? 'yes' : 'no', '--appendfsync', 'always', ...args];
    await server.start();
    return server;
  }

  async start() {
    this.launch('redis-server', ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--daemonize', 'no', ...this.args]);
    await this.answering(async () => (await this.command('PING').catch(() => null)) === 'PONG', 'Redis');
  }

  get url() {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** One command with a simple, integer or bulk answer. */
  async command(...words) {
    const socket = net.connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write(`*${words.length}\r\n` + words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`).join(''));
      let answer = '';
      for await (const bytes of socket) {
        answer += bytes;
        const [, kind, first, rest] = /^([+:$*-])([^\r]*)\r\n([^]*)$/.exec(answer) ?? [];
        if (!kind) continue;
        if (kind === '-') throw new Error(first);
        if (kind === '+') return first;
        if (kind === ':') return Number(first);
        if (kind === '$' && Number(first) < 0) return null;
        if (kind === '$' && Buffer.byteLength(rest) >= Number(first) + 2) return rest.slice(0, -2);
        if (kind === '*') return Number(first);
      }
      throw new Error('Redis closed the connection');
    } finally {
      socket.destroy();
    }
  }
}
