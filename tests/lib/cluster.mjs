// Several Matinees that share a PostgreSQL, a Redis and a captures folder, as pods do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Matinee, eventually, freePort, run, binary, environment, temporaryFolder } from './matinee.mjs';
import { Postgres, Redis, family } from './servers.mjs';

/** A running role: `api` is called as a Matinee is, directly, without nginx. */
class Role extends Matinee {
  static async launch(cluster, role, env = {}) {
    const metrics_port = await freePort();
    const port = await freePort();
    const matinee = await super.start({
      args: [role],
      folder: cluster.folder,
      ready: false,
      env: { ...cluster.env, METRICS_PORT: String(metrics_port), API_ADDRESS: `127.0.0.1:${port}`, LIVE_ADDRESS: `127.0.0.1:${port}`, PORT: String(port), ...env },
    });
    matinee.status = `http://127.0.0.1:${metrics_port}`;
    matinee.role = role;
    return matinee;
  }

  /** What /readyz or /livez says: its status, or 0 if there is no answer. */
  async statusOf(path) {
    const response = await fetch(this.status + path, { signal: AbortSignal.timeout(15_000) }).catch(() => null);
    return response ? response.status : 0;
  }

  async ready() {
    let over = null;
    this.exited.then((exit) => (over = exit));
    await eventually(async () => {
      if (over) throw new Error(`${this.role} ended (${JSON.stringify(over)}):\n${this.log}`);
      return (await this.statusOf('/readyz')) === 200;
    }, `${this.role} is ready`);
    return this;
  }

  async metrics() {
    return (await fetch(`${this.status}/metrics`)).text();
  }

  get running() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /**
   * Stops (SIGSTOP) the FFmpeg that it runs for this capture, so that nothing depends on how fast this machine is. Returns its process id,
   * or undefined if there is none: not yet, or no longer.
   */
  stopFfmpegOf(id) {
    return family(this.process.pid).find((pid) => {
      try {
        const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        // The poster of a clip has the clip's id too.
        if (!program.endsWith('ffmpeg') || !args.some((arg) => arg.includes('/.tmp/capture.') && arg.includes(`.${id}.`))) return false;
        process.kill(pid, 'SIGSTOP');
        return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false; // It ended just now.
      }
    });
  }
}

const readyOrKilled = (role) => role.ready().catch(async (error) => {
  await role.kill();
  throw error;
});

export class Cluster {
  /** `env`: settings of every role, the media server's among them. */
  static async start({ apis = 1, workers = 1, env = {}, postgres, redis } = {}) {
    const cluster = new this();
    cluster.folder = temporaryFolder('cluster');
    cluster.postgres = postgres ?? (await Postgres.start());
    cluster.redis = redis ?? (await Redis.start());
    cluster.env = {
      DATABASE_URL: cluster.postgres.url, REDIS_URL: cluster.redis.url, CAPTURE_DIR: join(cluster.folder, 'captures'),
      LOG_FORMAT: 'json', ...env,
    };
    cluster.apis = [];
    cluster.workers = [];
    cluster.lives = [];
    try {
      await cluster.migrate();
      await Promise.all([
        ...Array.from({ length: apis }, () => cluster.addApi()),
        ...Array.from({ length: workers }, () => cluster.addWorker()),
      ]);
    } catch (error) {
      await cluster.close(); // Otherwise its servers would keep the test process running.
      throw error;
    }
    return cluster;
  }

  async migrate(...args) {
    const { code, out, err } = await run(binary, ['migrate', ...args], { env: environment(this.env) });
    if (code !== 0) throw new Error(err);
    return out.toString();
  }

  async addApi(env) {
    const api = await Role.launch(this, 'api', env);
    this.apis.push(api);
    return readyOrKilled(api);
  }

  async addWorker(env) {
    const worker = await Role.launch(this, 'worker', env);
    this.workers.push(worker);
    return readyOrKilled(worker);
  }

  /** A server of event streams; its `origin` is where it listens. */
  async addLive(env, ready = true) {
    const live = await Role.launch(this, 'live', env);
    this.lives.push(live);
    return ready ? readyOrKilled(live) : live;
  }

  /** Asks for clips by `ask` until it could stop the FFmpeg of one (SIGSTOP): `{ id, worker, pid }`. */
  async holdClip(ask) {
    for (let tries = 0; tries < 5; ++tries) {
      const { id } = await ask();
      const held = await eventually(async () => {
        for (const worker of this.workers) {
          const pid = worker.stopFfmpegOf(id);
          if (pid) return { id, worker, pid };
        }
        const { status } = (await this.api.get(`/api/captures/${id}`)).json;
        return status === 'complete' || status === 'failed' ? { status } : null;
      }, 'a worker makes the clip');
      if (held.pid) return held;
      if (held.status === 'failed') throw new Error(`the clip ${id} has failed`);
    }
    throw new Error('five clips were complete before their FFmpeg could be stopped');
  }

  /** What the keys of this cluster in Redis begin with. */
  async keys() {
    this.database ??= (await this.postgres.query('SELECT id FROM database_identity'))[0][0];
    return `${this.env.REDIS_PREFIX ?? 'matinee'}:${this.database}:`;
  }

  /** Any API that runs. */
  get api() {
    return this.apis.find((api) => api.running);
  }

  get captures() {
    return this.env.CAPTURE_DIR;
  }

  async close() {
    await Promise.all([...this.apis, ...this.workers, ...this.lives].map((role) => role.kill()));
    await Promise.all([this.postgres.kill(), this.redis.kill()]);
  }
}
