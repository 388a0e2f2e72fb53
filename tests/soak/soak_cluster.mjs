// A cluster whose processes are killed and started again.
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from '../lib/cluster.mjs';

/** What Matinee takes for FFmpeg: the real one, begun a little later, so that captures of small films last as long as those of large
 * ones (mostly under half a second, up to four) without their work. It stays one process, and is killed as one. */
const SLOW_FFMPEG = `#!/usr/bin/perl
select(undef, undef, undef, 4 * rand() ** 3) unless "@ARGV" eq "-version";
exec "ffmpeg", @ARGV;
`;
const FFPROBE = `#!/bin/sh
exec ffprobe "$@"
`;

/** The path of such an FFmpeg in this folder, with an FFprobe beside it, where it is looked for. */
export function slowFfmpeg(folder) {
  for (const [name, script] of [['ffmpeg', SLOW_FFMPEG], ['ffprobe', FFPROBE]]) {
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  return join(folder, 'ffmpeg');
}

export class SoakCluster extends Cluster {
  problems = [];
  #stopping = false;

  #roles() {
    return [...this.apis, ...this.workers];
  }

  readyApis() {
    return this.apis.filter((role) => role.is_ready && role.running && !role.is_doomed);
  }

  readyWorkers() {
    return this.workers.filter((role) => role.is_ready && role.running && !role.is_doomed);
  }

  /** Starts one more, and again if it ends by itself, as Kubernetes would; but that is a problem to report. */
  async launch(kind) {
    for (let starts = 1; ; ++starts) {
      const began = Date.now();
      const role = await (kind === 'api' ? this.addApi() : this.addWorker()).catch((error) => error);
      if (!(role instanceof Error)) {
        this.#ready(role);
        return;
      }
      if (this.#stopping) return;
      this.problems.push(`${kind} did not start (after ${Date.now() - began} ms): ${role.message.slice(-2000)}`);
      if (starts === 5) throw role;
    }
  }

  #ready(role) {
    role.is_ready = true;
    role.exited.then((exit) => {
      if (role.is_doomed || this.#stopping) return;
      this.problems.push(`${role.role} ended by itself (${JSON.stringify(exit)}): ${role.log.slice(-2000)}`);
      this.launch(role.role).catch((error) => this.problems.push(error.message));
    });
  }

  async crash(role) {
    role.is_doomed = true;
    await role.kill();
  }

  /** Ends all roles as an operator would. */
  async stopRoles() {
    this.#stopping = true;
    await Promise.all(this.#roles().filter((role) => role.running).map(async (role) => {
      const exit = await role.stop();
      if (exit.code !== 0) this.problems.push(`${role.role} did not end as it should (${JSON.stringify(exit)}): ${role.log.slice(-1000)}`);
    }));
    this.#stopping = false;
  }

  async close() {
    this.#stopping = true;
    await super.close();
  }

  /** What all of them wrote, in files of this folder. */
  keepLogs(folder) {
    mkdirSync(folder, { recursive: true });
    const count = { api: 0, worker: 0 };
    for (const role of this.#roles()) writeFileSync(join(folder, `${role.role}-${++count[role.role]}-${role.process.pid}.log`), role.log);
    writeFileSync(join(folder, 'postgres.log'), this.postgres.log);
    writeFileSync(join(folder, 'redis.log'), this.redis.log);
  }

  /** Processes on this machine that belong to it: their arguments or settings name one of its folders. */
  processes() {
    const folders = [this.folder, this.postgres.folder, this.redis.folder];
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const settings = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return folders.some((folder) => words.includes(folder) || settings.includes(folder)) ? [`${pid} ${words.replaceAll('\0', ' ')}`] : [];
      } catch {
        return []; // It ended just now, or belongs to another user.
      }
    });
  }
}
