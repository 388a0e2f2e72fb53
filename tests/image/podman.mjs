// Containers as the tests see them: started as hardened as the documents say, asked over HTTP, gone with the tester.
import { execFileSync } from 'node:child_process';
import { Matinee, READY_MS, eventually, run } from '../lib/matinee.mjs';

export const image = process.env.IMAGE ?? 'localhost/matinee:test';

/** What every role must do with: nothing can be written but /data and /tmp, and there is nothing to become. */
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=65532:65532', '--tmpfs=/tmp'];

/** No shell can be started in the container, as though the image had none. */
const NO_SHELL = ['/usr/bin/dash', '/usr/bin/bash'].map((shell) => `--volume=/dev/null:${shell}:ro`);

const names = new Set();
const volumes = new Set();
process.on('exit', () => {
  if (names.size > 0) execFileSync('podman', ['rm', '--force', '--time=0', ...[...names].reverse()], { stdio: 'ignore' });
  if (volumes.size > 0) execFileSync('podman', ['volume', 'rm', '--force', ...volumes], { stdio: 'ignore' });
});

/** What podman prints; fails if it does. */
export async function podman(...args) {
  const { code, out, err } = await run('podman', args);
  if (code !== 0) throw new Error(`podman ${args.join(' ')}: ${err}`);
  return out.toString().trim();
}

/** A program of the image, run to its end: { code, out, err }. */
export async function runOnce(args, { options = [] } = {}) {
  const { code, out, err } = await run('podman', ['run', '--rm', '--no-healthcheck', ...HARDENED, ...NO_SHELL, ...options, image, ...args]);
  return { code, out: out.toString(), err };
}

const variables = (env) => Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
let count = 0;

export async function newVolume() {
  const name = `matinee-test-${process.pid}-${++count}`;
  await podman('volume', 'create', name);
  volumes.add(name);
  return name;
}

export class Container {
  /** Starts `image` with `args`. `options` are podman's own. */
  static async start(args, { env = {}, options = [], from = image, hardened = true } = {}) {
    const container = new this(`matinee-test-${process.pid}-${++count}`);
    names.add(container.name);
    const fence = hardened ? [...HARDENED, ...NO_SHELL] : [];
    await podman('run', '--detach', '--name', container.name, ...fence, ...variables(env), ...options, from, ...args);
    return container;
  }

  constructor(name) {
    this.name = name;
  }

  /** Where the container's port is reached: "127.0.0.1:41234". */
  address(port) {
    return podman('port', this.name, `${port}/tcp`);
  }

  /** The program's page and API, once they answer. */
  async matinee() {
    const address = await this.address(8787);
    const matinee = new Matinee('', address.split(':').at(-1), '');
    await eventually(
      async () => {
        if (!(await this.running())) throw new Error(`it ended:\n${await this.log()}`);
        return (await matinee.request('/api/health').catch(() => null))?.ok;
      },
      `${this.name} answers`,
      READY_MS,
    );
    return matinee;
  }

  async running() {
    return (await this.inspect('{{.State.Running}}')) === 'true';
  }

  inspect(format) {
    return podman('inspect', '--type=container', '--format', format, this.name);
  }

  async log() {
    const { out, err } = await run('podman', ['logs', this.name]);
    return out + err;
  }

  /** Runs a program beside the role: { code, out, err }. */
  async exec(...args) {
    const { code, out, err } = await run('podman', ['exec', this.name, ...args]);
    return { code, out: out.toString(), err };
  }

  /** The verdict of the image's HEALTHCHECK, asked now. */
  async healthy() {
    return (await run('podman', ['healthcheck', 'run', this.name])).code === 0;
  }

  /** The exit code, once it has ended by itself. */
  async ended() {
    return Number(await podman('wait', this.name));
  }

  /** Ends it as an operator would; its exit code. */
  async stop(seconds = 30) {
    await podman('stop', `--time=${seconds}`, this.name);
    return Number(await this.inspect('{{.State.ExitCode}}'));
  }

  /** The processes in it: [{ pid, state, args }], with the numbers that they have outside. */
  async processes() {
    const lines = (await podman('top', this.name, 'hpid', 'state', 'args')).split('\n').slice(1);
    return lines.map((line) => {
      const [pid, state, ...args] = line.trim().split(/\s+/);
      return { pid: Number(pid), state, args: args.join(' ') };
    });
  }

  async remove() {
    await podman('rm', '--force', '--time=0', '--volumes', this.name);
    names.delete(this.name);
  }
}
