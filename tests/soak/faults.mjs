// Kills processes (kill -9) and starts them again, so that no capture is hit more than HITS_MAX times.
//
// Before a kill all workers are stopped for some milliseconds: the jobs in flight cannot change while they are read.
import { rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/matinee.mjs';
import { isUnfinished } from './ledger.mjs';

/** How long a kill waits for a worker with jobs in flight, and for the file that it needs. */
const VICTIM_TIMEOUT_MS = 10_000;
const FILE_TIMEOUT_MS = 3000;
/** How long it waits until no capture would be hit too often. */
const TIMEOUT_MS = 60_000;

export class Faults {
  done = { worker: 0, api: 0, leader: 0, 'redis emptied': 0, 'redis kept': 0, postgres: 0 };
  idle = 0; // Workers killed with nothing in flight.
  between = 0; // Workers killed after a file was published and before its row was complete.
  blind = 0; // Workers killed while Redis was away: what they had is not known.
  problems = [];
  #cluster;
  #ledger;
  #restarts = new Set();
  #watchers = [];
  #onFile = null;

  constructor(cluster, ledger) {
    this.#cluster = cluster;
    this.#ledger = ledger;
    for (const [folder, moment] of [['.tmp', 'begun'], ['', 'published'], ['thumbnails', 'published']]) {
      this.#watchers.push(watch(join(cluster.captures, folder), (_, name) => this.#onFile?.(moment, name)));
    }
  }

  close() {
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Until everything that was killed is back. */
  async recovered() {
    while (this.#restarts.size > 0) await Promise.all(this.#restarts);
  }

  async kill(kill) {
    if (kill.kind === 'worker') return this.#killWorker(kill);
    if (kill.kind === 'redis') return this.#killServer(kill, this.#cluster.redis, kill.emptied ? 'redis emptied' : 'redis kept');
    if (kill.kind === 'postgres') return this.#killServer(kill, this.#cluster.postgres, 'postgres');
    return this.#killApi(kill);
  }

  #later(ms, action) {
    const restart = sleep(ms).then(action).catch((error) => this.problems.push(`cannot be started again: ${error.message}`));
    this.#restarts.add(restart);
    restart.finally(() => this.#restarts.delete(restart));
  }

  async #killApi(kill) {
    const apis = await eventually(() => this.#cluster.readyApis().length > 0 && this.#cluster.readyApis(), 'an API is ready', TIMEOUT_MS);
    let victim = apis[Math.floor(kill.victim * apis.length)];
    if (kill.kind === 'leader') {
      // Between two terms there is none for some seconds.
      const find = async () => {
        for (const api of this.#cluster.readyApis()) {
          if (/^matinee_leader 1$/m.test(await api.metrics().catch(() => ''))) return api;
        }
        return null;
      };
      victim = await eventually(find, 'an API leads', TIMEOUT_MS);
    }
    await this.#cluster.crash(victim);
    ++this.done[kill.kind];
    this.#later(kill.down_ms, () => this.#cluster.launch('api'));
  }

  /** Stops all workers (SIGSTOP); returns them, and `thaw` that lets them run again. */
  #freeze() {
    const workers = this.#cluster.readyWorkers();
    for (const worker of workers) worker.process.kill('SIGSTOP');
    const thaw = () => {
      for (const worker of workers) worker.process.kill('SIGCONT');
    };
    return { workers, thaw, at: Date.now() };
  }

  async #killWorker(kill) {
    const since = Date.now();
    while (Date.now() < since + TIMEOUT_MS) {
      const waited = Date.now() - since;
      const file = kill.moment !== 'any' && waited < VICTIM_TIMEOUT_MS ? await this.#file(kill.moment) : null;
      const frozen = file?.frozen ?? this.#freeze();
      try {
        const victim = await this.#choose(frozen, kill, file?.id, waited > VICTIM_TIMEOUT_MS);
        if (victim) {
          await this.#cluster.crash(victim);
          ++this.done.worker;
          this.#later(kill.down_ms, () => this.#cluster.launch('worker'));
          return;
        }
      } finally {
        frozen.thaw();
      }
      await sleep(20 + Math.random() * 100);
    }
    throw new Error('no worker could be killed without hitting a capture too often');
  }

  /** Chooses one of the stopped workers, and counts its jobs as hit; null if none will do. */
  async #choose({ workers, at }, kill, id, anyone) {
    const [in_flight] = await Promise.all([this.#ledger.inFlight(), this.#ledger.refresh()]);
    const held = (worker) => {
      if (!in_flight) return this.#ledger.running(); // Any of them may be its.
      return in_flight.get(worker.process.pid) ?? []; // Posters of complete clips among them: a crash there counts as well.
    };
    const isBusy = (worker) => held(worker).some((each) => isUnfinished(this.#ledger.rows.get(each)));
    let candidates = workers.filter((worker) => this.#ledger.mayHit(held(worker)) && (anyone || isBusy(worker)));
    const publisher = id && in_flight && candidates.filter((worker) => in_flight.get(worker.process.pid)?.includes(id));
    if (publisher?.length) candidates = publisher;
    else if (id && !anyone) return null; // It was finished before we could stop it.
    if (candidates.length === 0) return null;
    const victim = candidates[Math.floor(kill.victim * candidates.length)];
    const ids = held(victim);
    this.#ledger.hit(ids, 'worker');
    if (in_flight) this.#ledger.crashed(ids, at);
    else ++this.blind;
    if (!isBusy(victim)) ++this.idle;
    if (kill.moment === 'published' && publisher?.length && ids.includes(id)) ++this.between;
    return victim;
  }

  /** Waits until such a file appears, and stops all workers at that moment. */
  async #file(moment) {
    let timer;
    const seen = await new Promise((resolve) => {
      timer = setTimeout(resolve, FILE_TIMEOUT_MS, null);
      this.#onFile = (what, name) => {
        const [, id] = /^(?:capture\.(?:[0-9a-f-]{36}\.)?)?([0-9a-f-]{36})\./.exec(name ?? '') ?? [];
        if (what !== moment || !id) return;
        this.#onFile = null;
        resolve({ id, frozen: this.#freeze() });
      };
    });
    this.#onFile = null;
    clearTimeout(timer);
    return seen;
  }

  async #killServer(kill, server, name) {
    const since = Date.now();
    while (Date.now() < since + TIMEOUT_MS) {
      const frozen = this.#freeze();
      try {
        if (this.#ledger.isUp('redis') && this.#ledger.isUp('postgres') && (await this.#hitAll(name))) {
          this.#ledger.down(kill.kind);
          // Stopped first: PostgreSQL must not start a new process while it is being killed.
          server.freeze();
          await server.kill();
          ++this.done[name];
          this.#later(kill.down_ms, async () => {
            if (kill.emptied) rmSync(join(server.folder, 'appendonlydir'), { recursive: true, force: true });
            await server.start();
            this.#ledger.up(kill.kind);
          });
          return;
        }
      } finally {
        frozen.thaw();
      }
      await sleep(20 + Math.random() * 100);
    }
    throw new Error(`${name} could not be killed without hitting a capture too often`);
  }

  async #hitAll(what) {
    const [in_flight] = await Promise.all([this.#ledger.inFlight(), this.#ledger.refresh()]);
    if (!in_flight) return false;
    const ids = [...new Set([...[...in_flight.values()].flat(), ...this.#ledger.running()])];
    if (!this.#ledger.mayHit(ids)) return false;
    this.#ledger.hit(ids, what);
    return true;
  }
}
