// Kills processes (kill -9) and starts them again, so that no capture is hit more than HITS_MAX times.
//
// Before anybody dies all workers are stopped for some milliseconds: what is in whose hands cannot change while it is read.
import { rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/matinee.mjs';
import { isUnfinished } from './ledger.mjs';

/** So long a kill waits for a worker that has something in its hands, and for the file that it wants to see. */
const VICTIM_PATIENCE_MS = 10_000;
const FILE_PATIENCE_MS = 3000;
/** So long it waits until nobody would be hit too often. */
const PATIENCE_MS = 60_000;

export class Faults {
  done = { worker: 0, api: 0, leader: 0, 'redis emptied': 0, 'redis kept': 0, postgres: 0 };
  idle = 0; // Workers that had nothing in their hands.
  between = 0; // Workers that died after a file was published and before its row was complete.
  blind = 0; // Workers that died while Redis was away: what they had is not known.
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
    const apis = await eventually(() => this.#cluster.readyApis().length > 0 && this.#cluster.readyApis(), 'an API lives', PATIENCE_MS);
    let victim = apis[Math.floor(kill.victim * apis.length)];
    if (kill.kind === 'leader') {
      // Between two terms there is none for some seconds.
      const find = async () => {
        for (const api of this.#cluster.readyApis()) {
          if (/^matinee_leader 1$/m.test(await api.metrics().catch(() => ''))) return api;
        }
        return null;
      };
      victim = await eventually(find, 'somebody leads', PATIENCE_MS);
    }
    await this.#cluster.die(victim);
    ++this.done[kill.kind];
    this.#later(kill.down_ms, () => this.#cluster.launch('api'));
  }

  /** All workers stand still; gives those, and `thaw` that ends it. */
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
    while (Date.now() < since + PATIENCE_MS) {
      const waited = Date.now() - since;
      const file = kill.moment !== 'any' && waited < VICTIM_PATIENCE_MS ? await this.#file(kill.moment) : null;
      const frozen = file?.frozen ?? this.#freeze();
      try {
        const victim = await this.#choose(frozen, kill, file?.id, waited > VICTIM_PATIENCE_MS);
        if (victim) {
          await this.#cluster.die(victim);
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

  /** One of those that stand still, and what it has is written down as hit; nothing if none will do. */
  async #choose({ workers, at }, kill, id, anyone) {
    const [hands] = await Promise.all([this.#ledger.hands(), this.#ledger.look()]);
    const held = (worker) => {
      if (!hands) return this.#ledger.running(); // Any of them may be its.
      return hands.get(worker.process.pid) ?? []; // Posters of complete clips among them: a death there counts as well.
    };
    const isBusy = (worker) => held(worker).some((each) => isUnfinished(this.#ledger.rows.get(each)));
    let candidates = workers.filter((worker) => this.#ledger.mayHit(held(worker)) && (anyone || isBusy(worker)));
    const publisher = id && hands && candidates.filter((worker) => hands.get(worker.process.pid)?.includes(id));
    if (publisher?.length) candidates = publisher;
    else if (id && !anyone) return null; // It was over before we could stop it.
    if (candidates.length === 0) return null;
    const victim = candidates[Math.floor(kill.victim * candidates.length)];
    const ids = held(victim);
    this.#ledger.hit(ids, 'worker');
    if (hands) this.#ledger.died(ids, at);
    else ++this.blind;
    if (!isBusy(victim)) ++this.idle;
    if (kill.moment === 'published' && publisher?.length && ids.includes(id)) ++this.between;
    return victim;
  }

  /** Until such a file appears; at that very moment all workers are stopped. */
  async #file(moment) {
    let timer;
    const seen = await new Promise((resolve) => {
      timer = setTimeout(resolve, FILE_PATIENCE_MS, null);
      this.#onFile = (what, name) => {
        const [, id] = /^([0-9a-f-]{36})\./.exec(name ?? '') ?? [];
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
    while (Date.now() < since + PATIENCE_MS) {
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
    const [hands] = await Promise.all([this.#ledger.hands(), this.#ledger.look()]);
    if (!hands) return false;
    const ids = [...new Set([...[...hands.values()].flat(), ...this.#ledger.running()])];
    if (!this.#ledger.mayHit(ids)) return false;
    this.#ledger.hit(ids, what);
    return true;
  }
}
