// Several Matinees that share a PostgreSQL, a Redis and a captures folder, as pods do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Matinee, eventually, freePort, run, binary, environment, temporaryFolder } from './matinee.mjs';
import { Postgres, Redis, family } from './servers.mjs';

/** A running role: `api` is asked as a Matinee is, straight, without nginx. */
class Role extends Matinee {
  static async launch(cluster, role, env = {}) {
    const metrics_port = await freePort();
    const port = await freePort();
    const matinee = await super.start({
      args: [role],
      folder: cluster.folder,
      ready: false,
      env: { ...cluster.env, METRICS_PORT: String(metrics_port), API_ADDRESS: `127.0.0.1:${port}`, PORT: String(port), ...env },
    });
    matinee.status = `http://127.0.0.1:${metrics_port}`;
    matinee.role = role;
    return matinee;
  }

  /** What /readyz or /livez says: its status, or 0 if nobody answers. */
  async says(path) {
    const response = await fetch(this.status + path, { signal: AbortSignal.timeout(15_000) }).catch(() => null);
    return response ? response.status : 0;
  }

  async ready() {
    let over = null;
    this.exited.then((exit) => (over = exit));
    await eventually(async () => {
      if (over) throw new Error(`${this.role} ended (${JSON.stringify(over)}):\n${this.log}`);
      return (await this.says('/readyz')) === 200;
    }, `${this.role} is ready`);
    return this;
  }

  async metrics() {
    return (await fetch(`${this.status}/metrics`)).text();
  }

  get running() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The process id of an FFmpeg that it runs, if it runs one. */
  get ffmpeg() {
    return family(this.process.pid).find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ffmpeg';
      } catch {
        return false; // It ended just now.
      }
    });
  }
}

const readyOrGone = (role) => role.ready().catch(async (error) => {
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
    try {
      await cluster.migrate();
      await Promise.all([
        ...Array.from({ length: apis }, () => cluster.addApi()),
        ...Array.from({ length: workers }, () => cluster.addWorker()),
      ]);
    } catch (error) {
      await cluster.close(); // Or its servers would keep the tester waiting.
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
    return readyOrGone(api);
  }

  async addWorker(env) {
    const worker = await Role.launch(this, 'worker', env);
    this.workers.push(worker);
    return readyOrGone(worker);
  }

  /** Any API that runs. */
  get api() {
    return this.apis.find((api) => api.running);
  }

  get captures() {
    return this.env.CAPTURE_DIR;
  }

  async close() {
    await Promise.all([...this.apis, ...this.workers].map((role) => role.kill()));
    await Promise.all([this.postgres.kill(), this.redis.kill()]);
  }
}
