// What is known about unfinished captures while processes are killed: their rows, which worker has them in flight, how often each was hit,
// and how long it took until another worker claimed it.
import { setTimeout as sleep } from 'node:timers/promises';
import { SqlShell } from './sql_shell.mjs';

const POLL_INTERVAL_MS = 200;
/** Longer than any outage: what ended during one is seen, too. */
const POLL_WINDOW_S = 60;

/** No capture is hit more often: then none may fail, since Matinee gives up at the fourth crash of a worker. */
export const HITS_MAX = 2;
/** From the crash of a worker until another has claimed what it was making. */
export const RESUME_MS_MAX = 15_000;

const UNFINISHED = ['queued', 'running', 'retrying'];
export const isUnfinished = (row) => row !== undefined && UNFINISHED.includes(row.phase);

// Process and capture of all jobs in flight.
const IN_FLIGHT = `
local said = {}
for _, queue in ipairs({'screenshot', 'clip', 'screenshot_bulk', 'clip_bulk', 'background'}) do
  local stream = ARGV[1] .. 'jobs:' .. queue
  local pending = redis.pcall('XPENDING', stream, 'workers', '-', '+', 1000)
  for _, each in ipairs(pending.err and {} or pending) do
    local entry = redis.call('XRANGE', stream, each[1], each[1])[1]
    for i = 1, entry and #entry[2] or 0, 2 do
      if entry[2][i] == 'capture' then said[#said + 1] = each[2] .. ' ' .. entry[2][i + 1] end
    end
  end
end
return table.concat(said, '\\n')`;

export class Ledger {
  rows = new Map(); // Capture to its row, as last seen.
  hits = new Map(); // Capture to what it was hit by.
  resumes = []; // What crashed workers had in flight, and what became of it.
  #outages = []; // { what, from, to }
  #cluster;
  #slots;
  #shell;
  #watching = null;
  #stopped = false;

  /** `slots`: of each worker. */
  constructor(cluster, slots) {
    this.#cluster = cluster;
    this.#slots = slots;
    this.#shell = new SqlShell(cluster.postgres);
  }

  start() {
    this.#watching = this.#watch();
  }

  async stop() {
    this.#stopped = true;
    await this.#watching;
    this.#shell.close();
  }

  isUp(what) {
    return !this.#outages.some((outage) => outage.what === what && outage.to === null);
  }

  down(what) {
    if (this.isUp(what)) this.#outages.push({ what, from: Date.now(), to: null });
  }

  up(what) {
    const outage = this.#outages.find((each) => each.what === what && each.to === null);
    if (outage) outage.to = Date.now();
  }

  /** How long each was away, all in all. */
  outages() {
    const seconds = {};
    for (const { what, from, to } of this.#outages) seconds[what] = (seconds[what] ?? 0) + ((to ?? Date.now()) - from) / 1000;
    return seconds;
  }

  /** Reads the rows now; while PostgreSQL is away they stay as they are, and so do we. */
  async refresh() {
    if (!this.isUp('postgres')) return;
    const rows = await this.#shell.ask(
      `SELECT id, capture_type, phase, attempt, deaths FROM captures WHERE phase IN ('queued', 'running', 'retrying')`
      + ` OR updated_at > (EXTRACT(EPOCH FROM clock_timestamp()) - ${POLL_WINDOW_S}) * 1000000`,
    ).catch(() => []);
    const now = Date.now();
    for (const [id, type, phase, attempt, crashes] of rows) this.rows.set(id, { type, phase, attempt: Number(attempt), crashes: Number(crashes) });
    this.#settle(now);
  }

  running() {
    return [...this.rows].filter(([, row]) => row.phase === 'running').map(([id]) => id);
  }

  unfinished() {
    return [...this.rows].filter(([, row]) => isUnfinished(row)).map(([id]) => id);
  }

  /** Process id of a worker to its captures in flight; null while Redis is away. */
  async inFlight() {
    if (!this.isUp('redis')) return null;
    const said = await Promise.race([this.#cluster.redis.command('EVAL', IN_FLIGHT, '0', await this.#cluster.keys()), sleep(2000, null, { ref: false })]).catch(() => null);
    if (said === null) return null;
    const in_flight = new Map();
    for (const line of said.split('\n').filter(Boolean)) {
      const [consumer, id] = line.split(' ');
      const pid = Number(consumer.split('-').at(-2)); // "<host>-<process>-<random>"
      in_flight.set(pid, [...(in_flight.get(pid) ?? []), id]);
    }
    return in_flight;
  }

  mayHit(ids) {
    return ids.every((id) => (this.hits.get(id)?.length ?? 0) < HITS_MAX);
  }

  hit(ids, what) {
    for (const id of ids) this.hits.set(id, [...(this.hits.get(id) ?? []), what]);
  }

  /** A worker crashed with these in flight. */
  crashed(ids, at) {
    for (const id of ids) {
      const row = this.rows.get(id);
      // This worker may have reclaimed it from another that crashed, and have been hit before the row could say so: by now it was resumed.
      for (const resume of this.resumes) {
        if (resume.id === id && !resume.over) resume.claimed_at ??= at;
      }
      if (isUnfinished(row)) this.resumes.push({ id, crashed_at: at, attempt: row.attempt, full_at: 0, claimed_at: null, over: false });
    }
  }

  /** Those that were resumed, with the times that it took: since the crash, and since all was there that it takes: PostgreSQL,
   * Redis, and a free slot of a worker. */
  resumed() {
    return this.resumes.filter((each) => each.claimed_at !== null).map((each) => {
      const troubles = this.#outages.filter(({ from, to }) => from < each.claimed_at && (to === null || to > each.crashed_at));
      const ready_at = Math.max(each.crashed_at, each.full_at, ...troubles.map(({ to }) => to ?? each.claimed_at));
      const troubled = troubles.length > 0 || each.full_at > 0;
      return { ...each, ms: each.claimed_at - each.crashed_at, undisturbed_ms: Math.max(0, each.claimed_at - ready_at), troubled };
    });
  }

  #settle(now) {
    for (const resume of this.resumes) {
      if (resume.claimed_at !== null || resume.over) continue;
      const row = this.rows.get(resume.id);
      if (!row) continue;
      if (row.attempt > resume.attempt) resume.claimed_at = now;
      else if (!isUnfinished(row)) resume.over = true; // Its end was written just before the worker crashed.
    }
  }

  /** Whether some worker surely has a slot free for a capture of this type: screenshots may sit in slots that serve all. */
  #hasFreeSlot(in_flight, type) {
    const slots = type === 'screenshot' ? this.#slots : this.#slots - 1;
    return this.#cluster.readyWorkers().some((worker) => (in_flight.get(worker.process.pid)?.length ?? 0) < slots);
  }

  async #watch() {
    while (!this.#stopped) {
      const began = Date.now();
      if (this.#cluster.readyWorkers().length > 0) this.up('all workers');
      else this.down('all workers');
      const [in_flight] = await Promise.all([this.inFlight(), this.refresh()]);
      for (const resume of this.resumes) {
        if (resume.claimed_at !== null || resume.over || !in_flight) continue;
        if (!this.#hasFreeSlot(in_flight, this.rows.get(resume.id).type)) resume.full_at = Date.now();
      }
      await sleep(Math.max(10, POLL_INTERVAL_MS - (Date.now() - began)));
    }
  }
}
