// Several processes that share a durable PostgreSQL and a Redis, measured against the tools that come
// with those two, and against the bare FFmpeg command.
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from '../lib/cluster.mjs';
import { eventually, root, run, temporaryFolder } from '../lib/matinee.mjs';
import { Postgres, Redis } from '../lib/servers.mjs';
import { median, milliseconds, percentile, spread } from './statistics.mjs';

// Enough that both sides keep the two cores busy while commits are on their way to the disk.
const SLOTS = 16;
const ROW_JOBS = 6000;
const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

async function program(path, args, env = {}) {
  const { code, out, err } = await run(path, args, { env: { ...process.env, ...env } });
  if (code !== 0) throw new Error(`${path}: ${err}`);
  return out.toString();
}

const built = (name) => join(root, 'build/release/tests/bench', name);

/** No rows, no disk: what the queue itself can do. */
async function benchQueue(report, redis) {
  const result = JSON.parse(await program(built('queue_bench'), [], { REDIS_URL: redis.url }));
  const jobs = result.jobs_per_second;
  const xadd = result.redis_benchmark_xadd_per_second;
  report('no-op jobs a second through one Redis, against redis-benchmark XADD', jobs.toFixed(0), xadd.toFixed(0), (jobs / xadd).toFixed(2), '≥ 0.15', jobs / xadd >= 0.15);
  const { latency_p50_ms: p50_ms, latency_p99_ms: p99_ms } = result;
  report('from enqueue to start, p50 and p99', `${milliseconds(p50_ms)}, ${milliseconds(p99_ms)}`, '–', '', '≤ 0.6 ms, ≤ 50 ms', p50_ms <= 0.6 && p99_ms <= 50);
}

/** A job with its row claims and completes it: two guarded UPDATEs, each on the disk before it counts. */
async function benchRows(report, postgres, redis) {
  const script = join(temporaryFolder('bench'), 'guarded.sql');
  writeFileSync(script, `\\set n random(1, ${ROW_JOBS})
UPDATE captures SET phase = CASE phase WHEN 'complete' THEN 'running' ELSE 'complete' END, attempt = attempt + 1, updated_at = attempt
 WHERE id = (SELECT id FROM bench_ids WHERE n = :n) AND phase IN ('complete', 'running') RETURNING id;
`);
  const ratios = [];
  const ours = [];
  const theirs = [];
  for (let pair = 0; pair < 3; ++pair) {
    await postgres.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const result = JSON.parse(await program(built('row_bench'), [String(ROW_JOBS), String(SLOTS)], { DATABASE_URL: postgres.url, REDIS_URL: redis.url }));
    ours.push(result.jobs_per_second);
    await postgres.query('CREATE TABLE bench_ids AS SELECT row_number() OVER () AS n, id FROM captures; CREATE UNIQUE INDEX ON bench_ids (n); ANALYZE');
    const out = await program(postgres.program('pgbench'), ['-n', '-c', String(SLOTS), '-j', '2', '-T', '4', '-f', script, postgres.url]);
    theirs.push(Number(/tps = ([\d.]+)/.exec(out)[1]));
    ratios.push(ours.at(-1) / theirs.at(-1));
  }
  await postgres.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const ratio = median(ratios);
  report(`jobs with their row a second, ${SLOTS} slots, against pgbench's guarded UPDATE, ${SLOTS} clients`, median(ours).toFixed(0), median(theirs).toFixed(0), spread(ratios), '≥ 0.5', ratio >= 0.5);
}

async function screenshot(api, session_id) {
  const { status, json } = await api.post('/api/capture/screenshot', { session_id }, { 'idempotency-key': randomUUID() });
  if (status !== 200) throw new Error(JSON.stringify(json));
}

async function benchScreenshots(report, cluster, session_id, bareScreenshot) {
  const ours = [];
  const theirs = [];
  const ratios = [];
  await screenshot(cluster.api, session_id);
  for (let pair = 0; pair < 3 * PAIRS; ++pair) {
    ours.push(await timed(() => screenshot(cluster.api, session_id)));
    theirs.push(await timed(bareScreenshot));
    ratios.push(ours.at(-1) / theirs.at(-1));
  }
  const ratio = median(ratios);
  report('screenshot through API, Redis, worker and PostgreSQL', milliseconds(median(ours)), milliseconds(median(theirs)), spread(ratios), '≤ 1.15', ratio <= 1.15);
}

async function benchBesideClips(report, cluster, session_id, film_seconds) {
  const shots = async () => {
    const times = [];
    for (let i = 0; i < 6 * PAIRS; ++i) times.push(await timed(() => screenshot(cluster.api, session_id)));
    return percentile(times, 0.95);
  };
  const alone = await shots();
  const clips = [];
  for (let i = 0; i < 4; ++i) {
    const { json } = await cluster.api.post('/api/capture/clip', { session_id, start_seconds: i, end_seconds: film_seconds, precise: true });
    clips.push(json.id);
  }
  await eventually(async () => (await Promise.all(clips.map((id) => cluster.api.get(`/api/captures/${id}`)))).every(({ json }) => json.phase === 'running'), 'all four run');
  const beside = await shots();
  for (const id of clips) await cluster.api.post(`/api/captures/${id}/cancel`);
  const ratio = beside / alone;
  report('screenshot while four clips run on one worker, p95 against idle', milliseconds(beside), milliseconds(alone), ratio.toFixed(2), '≤ 2', ratio <= 2);
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // USER_HZ
}

async function benchCpu(report, cluster) {
  const { api } = cluster;
  for (const [path, requests] of [['/api/captures?limit=20', 4000], ['/api/sessions', 20_000]]) {
    const before = cpuSeconds(api.process.pid);
    const { out, err } = await run('wrk', ['-t1', '-c8', '-d4s', '-H', 'Connection: keep-alive', api.url + path]);
    const match = /(\d+) requests in/.exec(out.toString());
    if (!match || /Non-2xx/.test(out.toString())) throw new Error(`wrk: ${out}${err}`);
    const micros = ((cpuSeconds(api.process.pid) - before) / Number(match[1])) * 1e6;
    report(`CPU of an API a request, GET ${path}`, `${micros.toFixed(0)} µs`, '–', '', `(${requests} asked for at least)`, Number(match[1]) >= requests);
  }
}

const residentMegabytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024 / 1e6;

async function benchMemory(report, cluster) {
  const api = await cluster.addApi();
  const worker = await cluster.addWorker();
  await sleep(5000);
  for (const [role, limit] of [[api, 20], [worker, 20]]) {
    const resident = residentMegabytes(role.process.pid);
    report(`memory of an idle ${role.role}`, `${resident.toFixed(1)} MB`, '–', '', `≤ ${limit} MB`, resident <= limit);
    await role.stop();
  }
}

async function benchRecovery(report, cluster, session_id, film_seconds) {
  const times = [];
  for (let i = 0; i < 3; ++i) {
    const { json } = await cluster.api.post('/api/capture/clip', { session_id, start_seconds: i, end_seconds: film_seconds, precise: true });
    const attempt = async () => Number((await cluster.postgres.query(`SELECT attempt FROM captures WHERE id = '${json.id}'`))[0][0]);
    await eventually(async () => (await attempt()) === 1, 'it runs');
    const victim = cluster.workers.find((worker) => worker.running);
    await cluster.addWorker();
    const started = Date.now();
    await victim.kill();
    await eventually(async () => (await attempt()) === 2, 'it is taken over', 30_000);
    times.push((Date.now() - started) / 1000);
    await cluster.api.post(`/api/captures/${json.id}/cancel`);
  }
  report('from a worker\'s crash until its clip is resumed, the longest of three', `${Math.max(...times).toFixed(1)} s`, '–', '', '≤ 15 s', Math.max(...times) <= 15);
}

/** `film` is what `jellyfin` plays; `bareScreenshot` makes the same screenshot with FFmpeg alone. */
export async function benchCluster({ report, jellyfin, film, film_seconds, bareScreenshot }) {
  const postgres = await Postgres.start({ durable: true });
  const redis = await Redis.start();
  let cluster;
  try {
    await benchQueue(report, redis);
    await benchRows(report, postgres, redis);
    await redis.command('FLUSHALL');
    cluster = await Cluster.start({ apis: 1, workers: 1, postgres, redis, env: { ...jellyfin.env, WORKER_SLOTS: '5', LOG_LEVEL: 'warn' } });
    await benchMemory(report, cluster);
    const { session_id } = await cluster.api.session((session) => session.media_path === film);
    await benchScreenshots(report, cluster, session_id, bareScreenshot);
    await benchBesideClips(report, cluster, session_id, film_seconds);
    await benchCpu(report, cluster);
    await benchRecovery(report, cluster, session_id, film_seconds);
  } finally {
    if (cluster) await cluster.close();
    else await Promise.all([postgres.kill(), redis.kill()]);
  }
}
