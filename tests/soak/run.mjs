// A bounded run of chaos over a cluster: captures are requested while processes are killed, and in the end all is counted.
//
// PostgreSQL runs without fsync: a process that is killed loses nothing that it gave to the kernel, so only a power failure would
// make a difference. Redis writes an append-only file; every other time it is killed it comes back without it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeJellyfin } from '../lib/fakes/jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { eventually, temporaryFolder } from '../lib/matinee.mjs';
import { Redis } from '../lib/servers.mjs';
import { check, readRows } from './check.mjs';
import { Client } from './client.mjs';
import { Faults } from './faults.mjs';
import { HITS_MAX, Ledger, RESUME_MS_MAX } from './ledger.mjs';
import { makePlan, numbers } from './plan.mjs';
import { SoakCluster, slowFfmpeg } from './soak_cluster.mjs';

const FILMS = 3;
const FILM_SECONDS = 60;
const APIS = 2;
const WORKERS = 3;
const SLOTS = 3; // One for screenshots, two for all.
/** Captures under way at once: more than there are slots, and no queue of minutes. */
const UNFINISHED_MAX = 24;
const DRAIN_MS_MAX = 180_000;
/** What is left to do when the last capture is complete: posters. */
const POSTERS_MS_MAX = 30_000;
const TIDY_MS_MAX = 60_000;
/** Two rounds of the reconciler and one of the lease. */
const STILL_MS = 4000;

/** The number of a film's first frame: no two films have one in common. */
const firstFrame = (film) => film * 20_000;

export function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

async function startFilms(folder) {
  const jellyfin = await FakeJellyfin.start();
  for (let film = 0; film < FILMS; ++film) {
    const path = await makeFilm(join(folder, `film-${film}.mkv`), { seconds: FILM_SECONDS, first: firstFrame(film) });
    jellyfin.play({ id: `soak-${film}`, item: `item-${film}`, title: `Film ${film}`, film: path, duration_seconds: FILM_SECONDS, paused: true });
  }
  return jellyfin;
}

/** Session ids by film, once all of them are playing. */
async function findSessions(cluster) {
  const sessions = await eventually(async () => {
    const { json } = await cluster.api.get('/api/sessions');
    return json.length === FILMS && json;
  }, 'all films are playing');
  return Array.from({ length: FILMS }, (_, film) => sessions.find(({ title }) => title === `Film ${film}`).session_id);
}

/** Asks for everything and kills everything, each at its time; where a kill comes late, all that follows does. */
async function storm({ plan, cluster, client, faults, ledger, stopAt, log }) {
  const began = Date.now();
  let late_ms = 0;
  let over = false;
  const until = async (isReached) => {
    while (!isReached()) {
      if (Date.now() > stopAt) throw new Error('the time is over; the run was slower than it may be');
      await sleep(20);
    }
  };
  const due = (at_ms) => until(() => Date.now() >= began + at_ms + late_ms);
  const pending = [];
  let under_way = 0;
  const submissions = (async () => {
    for (const request of plan.requests) {
      await due(request.at_ms);
      await until(() => under_way < UNFINISHED_MAX);
      ++under_way;
      pending.push(client.capture(request, () => over).catch((error) => client.refusals.push(`${request.key}: ${error.stack}`)).finally(() => --under_way));
    }
  })();
  const killing = (async () => {
    for (const [i, kill] of plan.kills.entries()) {
      await due(kill.at_ms);
      try {
        await faults.kill(kill);
      } catch (error) {
        faults.problems.push(`after ${i} kills: ${error.message}`); // Something is stuck; the count shows what.
        return;
      }
      const next = plan.kills[i + 1];
      if (next) late_ms = Math.max(late_ms, Date.now() - began - next.at_ms);
      if ((i + 1) % 10 === 0) log(`${i + 1} of ${plan.kills.length} kills, ${pending.length} captures requested, ${under_way} under way`);
    }
  })();
  // Whatever goes wrong: what has been requested is counted.
  const note = (error) => faults.problems.push(error.message);
  await Promise.all([submissions.catch(note), killing.catch(note)]);
  await faults.recovered();
  const drained = await Promise.race([Promise.all(pending).then(() => true), sleep(DRAIN_MS_MAX, false, { ref: false })]);
  over = true;
  await ledger.refresh();
  if (!drained || ledger.unfinished().length > 0) client.refusals.push(`the queue is not empty after ${DRAIN_MS_MAX / 1000} s`);
  return { seconds: (Date.now() - began) / 1000, late_seconds: late_ms / 1000 };
}

/** Complete clips that get no poster, though no process is killed any more. */
async function withoutPoster(cluster) {
  let ids = [];
  const none = async () => {
    ids = (await cluster.postgres.query("SELECT id FROM captures WHERE phase = 'complete' AND has_thumbnail = 0")).flat();
    return ids.length === 0;
  };
  await eventually(none, 'all clips have posters', POSTERS_MS_MAX).catch(() => {});
  return ids;
}

/** Stops and starts everything once more; returns when no process has anything left to tidy up. */
async function restartAll(cluster, ledger) {
  await cluster.stopRoles();
  for (const server of [cluster.postgres, cluster.redis]) {
    server.freeze();
    await server.kill();
    await server.start();
  }
  await Promise.all([...Array(APIS).fill('api'), ...Array(WORKERS).fill('worker')].map((role) => cluster.launch(role)));
  await sleep(STILL_MS);
  await eventually(async () => {
    const [[left]] = await cluster.postgres.query(
      "SELECT COUNT(*) FROM captures WHERE phase NOT IN ('complete', 'failed', 'cancelled') OR (phase = 'complete' AND has_thumbnail = 0)");
    return left === '0' && [...((await ledger.inFlight()) ?? [[0, [0]]]).values()].flat().length === 0;
  }, 'all is tidy', TIDY_MS_MAX).catch(() => {}); // What is not is counted.
  await sleep(STILL_MS);
  await cluster.stopRoles();
}

/** `logs`: a folder for the processes' logs. Returns the summary; its `problems` are empty if all is well. */
export async function soak({ captures, kills, seconds, seed, logs, log = () => {} }) {
  const began = Date.now();
  const plan = makePlan({ seed, captures, kills, seconds, films: FILMS, film_seconds: FILM_SECONDS });
  const folder = temporaryFolder('soak');
  const jellyfin = await startFilms(folder);
  const cluster = await SoakCluster.start({
    apis: 0, workers: 0, redis: await Redis.start({ append_only: true }),
    env: { ...jellyfin.env, POLL_INTERVAL: '1s', WORKER_SLOTS: String(SLOTS), FFMPEG_PATH: slowFfmpeg(folder) },
  });
  const ledger = new Ledger(cluster, SLOTS);
  const problems = [];
  let faults;
  try {
    await Promise.all([...Array(APIS).fill('api'), ...Array(WORKERS).fill('worker')].map((role) => cluster.launch(role)));
    const client = new Client(cluster, await findSessions(cluster), numbers(seed + 1));
    faults = new Faults(cluster, ledger);
    ledger.start();
    log('all is up');
    const stormed = await storm({ plan, cluster, client, faults, ledger, log, stopAt: Date.now() + (2 * seconds + 120) * 1000 });
    for (const id of await withoutPoster(cluster)) problems.push(`${id}: no job makes its poster until the leader changes`);
    await ledger.stop();
    log('drained; restarting everything');
    await restartAll(cluster, ledger);
    log('counting');
    const rows = await readRows(cluster.postgres);
    const checked = await check({ rows, folder: cluster.captures, requests: plan.requests, accepted: client.accepted, hits: ledger.hits, first: firstFrame });
    const summary = summarise({ plan, stormed, client, faults, ledger, checked, rows });
    await cluster.close();
    const left = await eventually(() => cluster.processes().length === 0, 'all processes are gone', 3000).then(() => [], () => cluster.processes());
    problems.push(...summary.problems, ...cluster.problems, ...left.map((process) => `a process is left: ${process}`));
    return { seed, ...summary, processes_left: left.length, total_seconds: (Date.now() - began) / 1000, problems };
  } finally {
    faults?.close();
    await ledger.stop();
    await cluster.close();
    jellyfin.close();
    cluster.keepLogs(logs);
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, 'ledger.json'), JSON.stringify({ hits: [...ledger.hits], resumes: ledger.resumed(), rows: [...ledger.rows] }, null, 1));
  }
}

function summarise({ plan, stormed, client, faults, ledger, checked, rows }) {
  const resumed = ledger.resumed();
  const seconds = (list) => quantiles(list.map((ms) => ms / 1000));
  const problems = [...checked.problems, ...client.refusals, ...faults.problems];
  for (const each of resumed.filter(({ undisturbed_ms }) => undisturbed_ms > RESUME_MS_MAX)) {
    problems.push(`${each.id} was resumed only ${each.undisturbed_ms} ms after its worker crashed and all was up (crashed ${new Date(each.crashed_at).toISOString()})`);
  }
  for (const [id, what] of ledger.hits) if (what.length > HITS_MAX) problems.push(`the test itself hit ${id} ${what.length} times`);
  const hits = [...ledger.hits.values()];
  return {
    captures: checked.counts,
    kinds: plan.requests.reduce((kinds, { kind }) => ({ ...kinds, [kind]: (kinds[kind] ?? 0) + 1 }), {}),
    kills: faults.done,
    kills_in_all: Object.values(faults.done).reduce((a, b) => a + b, 0),
    worker_kills: { 'with nothing in flight': faults.idle, 'between file and row': faults.between, 'while Redis was away': faults.blind },
    hits: { captures: hits.length, once: hits.filter((what) => what.length === 1).length, twice: hits.filter((what) => what.length === 2).length },
    attempts: rows.reduce((sum, { attempt }) => sum + attempt, 0),
    crashes: rows.reduce((sum, { crashes }) => sum + crashes, 0),
    resume_seconds: seconds(resumed.filter(({ troubled }) => !troubled).map(({ ms }) => ms)),
    resume_seconds_in_trouble: seconds(resumed.filter(({ troubled }) => troubled).map(({ ms }) => ms)),
    resume_seconds_since_all_was_up: seconds(resumed.map(({ undisturbed_ms }) => undisturbed_ms)),
    client: { requests: client.requests, answers: client.answers, seconds_to_the_end: quantiles(client.seconds) },
    outage_seconds: ledger.outages(),
    storm_seconds: stormed.seconds,
    late_seconds: stormed.late_seconds,
    captures_per_minute: (rows.length / stormed.seconds) * 60,
    problems,
  };
}
