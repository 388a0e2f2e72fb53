// make bench: Matinee against what a person would otherwise use, as medians of the ratios of paired runs
// (ours, theirs, ours, theirs, …), so that a machine that slows down in between slows both.
//
// The other side of captures is MediaSnap's documented FFmpeg command, run bare on the same file; of
// the sessions, an nginx that serves a file of the same size.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { Matinee, eventually, freePort, root, run, temporaryFolder } from '../lib/matinee.mjs';
import { benchCluster } from './cluster_bench.mjs';
import { benchLive } from './live_bench.mjs';
import { median, spread } from './statistics.mjs';

const FILM_SECONDS = 60;
const FRAMES_PER_SECOND = 24;
const GOP_FRAMES = [250, 48];
const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);
const films = join(root, 'build/bench');
const scratch = temporaryFolder('bench');

const seconds = (ms) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);
const rows = [];
function report(what, ours, theirs, ratio, goal, good) {
  rows.push({ what, ours, theirs, ratio, goal, verdict: good ? 'reached' : 'MISSED' });
  console.log(`${what}: ${ours} against ${theirs}${ratio ? `, ratio ${ratio}` : ''} (goal ${goal})`);
}

/** 1080p with busy frames, 8 Mb/s, B-frames: as a film on a NAS, and always the same. */
async function makeFilm(gop) {
  mkdirSync(films, { recursive: true });
  const film = join(films, `film-gop${gop}.mkv`);
  if (existsSync(film)) return film;
  console.log(`making a film of ${FILM_SECONDS} s with a keyframe every ${gop} frames…`);
  const { code, err } = await run('ffmpeg', [
    '-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=1920x1080:r=${FRAMES_PER_SECOND},noise=alls=8:allf=t`,
    '-f', 'lavfi', '-i', 'sine=f=440:r=48000:b=4', '-t', String(FILM_SECONDS),
    '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '8M', '-maxrate', '12M', '-bufsize', '16M',
    '-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0', '-bf', '3', '-pix_fmt', 'yuv420p',
    '-c:a', 'aac', '-b:a', '192k', '-f', 'matroska', '-y', `${film}.tmp`,
  ]);
  if (code !== 0) throw new Error(err);
  renameSync(`${film}.tmp`, film);
  return film;
}

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

async function bare(args) {
  const { code, err } = await run('ffmpeg', ['-v', 'error', ...args]);
  if (code !== 0) throw new Error(err);
}

function bareScreenshot(film, at) {
  return bare(['-ss', at.toFixed(3), '-i', film, '-frames:v', '1', '-q:v', '2', '-y', join(scratch, 'bare.jpg')]);
}

const bareClip = {
  fast: ['-c', 'copy', '-avoid_negative_ts', 'make_zero'],
  precise: ['-c:v', 'libx264', '-crf', '18', '-preset', 'fast', '-c:a', 'aac', '-b:a', '192k'],
};

async function screenshot(matinee, session_id) {
  const { status, json } = await matinee.post('/api/capture/screenshot', { session_id }, { 'idempotency-key': randomUUID() });
  if (status !== 200) throw new Error(JSON.stringify(json));
}

/** Returns the id of the clip once it is complete. */
async function clip(matinee, session_id, start, length, precise) {
  const body = { session_id, start_seconds: start, end_seconds: start + length, precise };
  const { status, json } = await matinee.post('/api/capture/clip', body, { 'idempotency-key': randomUUID() });
  if (status !== 200) throw new Error(JSON.stringify(json));
  for (;;) {
    const { json: now } = await matinee.get(`/api/captures/${json.id}`);
    if (now.status === 'complete') return json.id;
    if (now.status === 'failed') throw new Error(now.error_message);
    // Often enough to be exact, seldom enough to leave the processors to what is measured.
    await sleep(precise ? 100 : 5);
  }
}

async function benchScreenshots(matinee, jellyfin, film, gop) {
  const ratios = [];
  const ours = [];
  const theirs = [];
  // Just after a keyframe, at a quarter, in the middle, and at the end of a group of pictures.
  for (const part of [0.005, 0.25, 0.5, 0.97]) {
    jellyfin.film = film;
    jellyfin.position_seconds = (gop * (Math.floor((30 * FRAMES_PER_SECOND) / gop) + part)) / FRAMES_PER_SECOND;
    const session = await matinee.session((s) => s.media_path === film);
    await screenshot(matinee, session.session_id);  // The film is analysed when it appears, not in a capture.
    await bareScreenshot(film, jellyfin.position_seconds);
    for (let pair = 0; pair < PAIRS; ++pair) {
      const a = await timed(() => screenshot(matinee, session.session_id));
      const b = await timed(() => bareScreenshot(film, jellyfin.position_seconds));
      ours.push(a);
      theirs.push(b);
      ratios.push(a / b);
    }
  }
  const ratio = median(ratios);
  report(`screenshot, POST until complete, GOP ${gop}`, seconds(median(ours)), seconds(median(theirs)), spread(ratios), '≤ 1.15', ratio <= 1.15);
}

async function benchClips(matinee, jellyfin, film, gop, mode, length) {
  jellyfin.film = film;
  const session = await matinee.session((s) => s.media_path === film);
  const ratios = [];
  const ours = [];
  const theirs = [];
  const pairs = mode === 'precise' ? Math.min(PAIRS, 3) : 2 * PAIRS + 1;
  for (let pair = 0; pair < pairs; ++pair) {
    const start = (5 + pair * 3.7) % 28;
    let id;
    const a = await timed(async () => (id = await clip(matinee, session.session_id, start, length, mode === 'precise')));
    // Its poster, which no client waits for, must not slow the other side.
    await eventually(async () => (await matinee.get(`/api/captures/${id}`)).json.thumbnail_url, 'it has its poster');
    const b = await timed(() =>
      bare(['-ss', start.toFixed(3), '-i', film, '-t', String(length), ...bareClip[mode], '-movflags', '+faststart', '-y', join(scratch, 'bare.mp4')]),
    );
    ours.push(a);
    theirs.push(b);
    ratios.push(a / b);
  }
  const ratio = median(ratios);
  report(`${mode} clip of ${length} s, GOP ${gop}`, seconds(median(ours)), seconds(median(theirs)), spread(ratios), '≤ 1.2', ratio <= 1.2);
}

/** What a tap costs while clips are being encoded: they run at low priority, and one slot is kept free. */
async function benchScreenshotsBesideClips(matinee, jellyfin, film) {
  jellyfin.film = film;
  jellyfin.position_seconds = 30;
  const { session_id } = await matinee.session((s) => s.media_path === film);
  const shots = async () => {
    const times = [];
    for (let i = 0; i < 2 * PAIRS + 1; ++i) times.push(await timed(() => screenshot(matinee, session_id)));
    return median(times);
  };
  const alone = await shots();
  const clips = [];
  for (let i = 0; i < 4; ++i) {
    const { json } = await matinee.post('/api/capture/clip', { session_id, start_seconds: i, end_seconds: FILM_SECONDS, precise: true });
    clips.push(json.id);
  }
  await eventually(async () => (await matinee.get(`/api/captures/${clips[0]}`)).json.phase === 'running', 'a clip runs');
  const beside = await shots();
  for (const id of clips) await matinee.post(`/api/captures/${id}/cancel`);
  const ratio = beside / alone;
  report('screenshot beside four precise clips, against alone', seconds(beside), seconds(alone), ratio.toFixed(2), '≤ 1.5', ratio <= 1.5);
}

/** Queues a screenshot as another client than fetch is, which comes from 127.0.0.1. */
function queueFromElsewhere(matinee, agent, session_id) {
  const headers = { 'content-type': 'application/json', prefer: 'respond-async', 'idempotency-key': randomUUID() };
  return new Promise((resolve, reject) => {
    const request = http.request(`${matinee.url}/api/capture/screenshot`, { method: 'POST', agent, headers });
    request.on('error', reject).on('response', async (response) => {
      const text = (await response.toArray()).join('');
      if (response.statusCode === 202) resolve(JSON.parse(text).id);
      else reject(new Error(text));
    });
    request.end(JSON.stringify({ session_id }));
  });
}

/** What a tap costs while another client has hundreds queued. */
async function benchScreenshotsBesideBacklog(matinee, jellyfin, film) {
  jellyfin.film = film;
  jellyfin.position_seconds = 30;
  const { session_id } = await matinee.session((s) => s.media_path === film);
  const shots = async () => {
    const times = [];
    for (let i = 0; i < 2 * PAIRS + 1; ++i) times.push(await timed(() => screenshot(matinee, session_id)));
    return median(times);
  };
  const alone = await shots();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8, localAddress: '127.0.0.2' });
  const backlog = await Promise.all(Array.from({ length: 400 }, () => queueFromElsewhere(matinee, agent, session_id)));
  const beside = await shots();
  const phases = await Promise.all(backlog.map(async (id) => (await matinee.get(`/api/captures/${id}`)).json.phase));
  if (!phases.includes('queued')) throw new Error('the backlog did not last');
  await Promise.all(backlog.map((id) => matinee.post(`/api/captures/${id}/cancel`)));
  agent.destroy();
  const ratio = beside / alone;
  report("screenshot beside another client's backlog of 400, against alone", seconds(beside), seconds(alone), ratio.toFixed(2), '≤ 2', ratio <= 2);
}

async function requestsPerSecond(url) {
  const { out, err } = await run('wrk', ['-t1', '-c32', '-d3s', url]);
  const match = /Requests\/sec:\s+([\d.]+)/.exec(out.toString());
  if (!match || /Non-2xx/.test(out.toString())) throw new Error(`wrk: ${out}${err}`);
  return Number(match[1]);
}

async function benchSessions(matinee) {
  const body = await (await matinee.request('/api/sessions')).text();
  const folder = join(scratch, 'static');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sessions.json'), body);
  const port = await freePort();
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid() === 0 ? 'user root;' : ''} daemon off; worker_processes 2; pid ${folder}/pid; error_log stderr;
     events { worker_connections 512; }
     http { access_log off; sendfile on; keepalive_requests 1000000; types { application/json json; } ${temp}
       server { listen 127.0.0.1:${port}; root ${folder}; } }`,
  );
  const nginx = spawn(existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/sessions.json`;
  await eventually(async () => (await fetch(url).catch(() => null))?.ok, 'nginx serves');
  const ratios = [];
  const ours = [];
  const theirs = [];
  for (let pair = 0; pair < Math.min(PAIRS, 3); ++pair) {
    ours.push(await requestsPerSecond(`${matinee.url}/api/sessions`));
    theirs.push(await requestsPerSecond(url));
    ratios.push(ours.at(-1) / theirs.at(-1));
  }
  nginx.kill();
  const ratio = median(ratios);
  report(`GET /api/sessions (${body.length} bytes) a second`, median(ours).toFixed(0), median(theirs).toFixed(0), spread(ratios), '≥ 0.9', ratio >= 0.9);
}

function residentMebibytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

/** A collector that takes everything and looks at nothing: it must not be what is measured. */
async function startCollector() {
  const server = http.createServer((request, response) => request.resume().on('end', () => response.end()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

const SPANS = 200_000;

/** What one span costs the processor, from its beginning to the collector's answer; and switched off. */
async function benchSpans() {
  const program = join(root, 'build/release/tests/bench/span_cost');
  const cost = async (args) => {
    const { code, out, err } = await run(program, args);
    if (code !== 0) throw new Error(err);
    return Number.parseFloat(out.toString());
  };
  const collector = await startCollector();
  const samples = { 'http/protobuf': [], 'http/json': [], off: [] };
  for (let i = 0; i < 3; ++i) {
    for (const protocol of ['http/protobuf', 'http/json']) samples[protocol].push(await cost([`${collector.url}/v1/traces`, protocol, String(SPANS)]));
    samples.off.push(await cost(['off']));
  }
  collector.close();
  const protobuf = median(samples['http/protobuf']);
  report('CPU of a span with 5 attributes, exported as http/protobuf (http/json)', `${protobuf.toFixed(1)} µs (${median(samples['http/json']).toFixed(1)} µs)`, '–', '', '≤ 6 µs', protobuf <= 6);
  const off = median(samples.off);
  report('the same with tracing off', `${off.toFixed(0)} ns`, '–', '', '≤ 20 ns', off <= 20);
}

const TICKS_PER_SECOND = 100; // USER_HZ: of Linux's interfaces, whatever the kernel's own clock.

/** Processor seconds of a process by itself, and of all that it started, also of what has ended. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  const children = readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean))
    .reduce((sum, child) => sum + cpuSeconds(child).all, 0);
  const own = (fields[11] + fields[12]) / TICKS_PER_SECOND;
  return { own, all: own + (fields[13] + fields[14]) / TICKS_PER_SECOND + children };
}

/**
 * How much of a screenshot's processor time tracing takes: the same shots by two Matinees in turns. What
 * FFmpeg uses varies by more than is looked for, and is the same work on both sides: so the difference
 * is that of the program itself, and the share is of everything.
 */
async function benchTracedScreenshots(jellyfin, film) {
  const SHOTS = 4;
  const ROUNDS = 2 * PAIRS;
  jellyfin.film = film;
  jellyfin.position_seconds = 30;
  const collector = await startCollector();
  const env = { ...jellyfin.env, LOG_LEVEL: 'warn' };
  const plain = await Matinee.start({ env });
  const traced = await Matinee.start({ env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '1000' } });
  const used = new Map([[plain, { own: 0, all: 0 }], [traced, { own: 0, all: 0 }]]);
  try {
    const { session_id } = await plain.session((s) => s.media_path === film);
    for (const matinee of used.keys()) {
      await matinee.session((s) => s.media_path === film);
      await screenshot(matinee, session_id);
    }
    for (let round = 0; round < ROUNDS; ++round) {
      for (const matinee of round % 2 ? [plain, traced] : [traced, plain]) {
        const before = cpuSeconds(matinee.process.pid);
        for (let i = 0; i < SHOTS; ++i) await screenshot(matinee, session_id);
        const after = cpuSeconds(matinee.process.pid);
        const sum = used.get(matinee);
        sum.own += after.own - before.own;
        sum.all += after.all - before.all;
      }
    }
  } finally {
    await plain.close();
    await traced.close();
    collector.close();
  }
  const per = ({ own, all }) => `${((all / ROUNDS / SHOTS) * 1000).toFixed(0)} ms, ${((own / ROUNDS / SHOTS) * 1000).toFixed(1)} ms of them ours`;
  const share = (used.get(traced).own - used.get(plain).own) / used.get(plain).all;
  report('CPU of a screenshot, traced, against not', per(used.get(traced)), per(used.get(plain)), `${(share * 100).toFixed(2)} %`, '≤ 3 %', share <= 0.03);
}

async function benchMemory() {
  const matinee = await Matinee.start();
  await sleep(5000);
  const resident = residentMebibytes(matinee.process.pid);
  await matinee.close();
  report('memory of the idle program (nginx apart)', `${resident.toFixed(1)} MiB`, '–', '', '≤ 40 MB', resident * 1.048576 <= 40);
}

function pageWeight(folder, inside = '') {
  return readdirSync(join(folder, inside), { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(inside, entry.name);
    if (path === 'api' || path.endsWith('.gz') || path.endsWith('.map')) return sum;
    if (entry.isDirectory()) return sum + pageWeight(folder, path);
    return sum + gzipSync(readFileSync(join(folder, path))).length;
  }, 0);
}

async function benchCaptures(jellyfin) {
  const matinee = await Matinee.start({
    env: { ...jellyfin.env, LOG_LEVEL: 'warn' },
  });
  try {
    for (const gop of GOP_FRAMES) {
      const film = await makeFilm(gop);
      readFileSync(film);  // Into the page cache, for both sides alike.
      await benchScreenshots(matinee, jellyfin, film, gop);
      await benchClips(matinee, jellyfin, film, gop, 'fast', 30);
      await benchClips(matinee, jellyfin, film, gop, 'precise', 10);
    }
    await benchScreenshotsBesideClips(matinee, jellyfin, await makeFilm(GOP_FRAMES.at(-1)));
    await benchScreenshotsBesideBacklog(matinee, jellyfin, await makeFilm(GOP_FRAMES.at(-1)));
    await benchSessions(matinee);
    await benchTracedScreenshots(jellyfin, await makeFilm(GOP_FRAMES.at(-1)));
  } finally {
    await matinee.close();
  }
}

async function benchProcesses(jellyfin) {
  const film = await makeFilm(GOP_FRAMES[0]);
  Object.assign(jellyfin, { film, position_seconds: 30 });
  await benchCluster({ report, jellyfin, film, film_seconds: FILM_SECONDS, bareScreenshot: () => bareScreenshot(film, 30) });
}

async function benchEvents(jellyfin) {
  Object.assign(jellyfin, { film: await makeFilm(GOP_FRAMES.at(-1)), position_seconds: 30 });
  await benchLive({ report, jellyfin });
}

function benchPage() {
  const weight = pageWeight(process.env.WEB_DIR ?? join(root, 'build/web')) / 1024;
  report('the page, gzipped, without /api/docs', `${weight.toFixed(0)} KB`, '–', '', '≤ 130 KB', weight <= 130);
}

const parts = { captures: benchCaptures, spans: benchSpans, memory: benchMemory, cluster: benchProcesses, live: benchEvents, page: benchPage };

/** Runs the parts with these names, or all. */
async function main(names) {
  const jellyfin = await PausedJellyfin.start('', FILM_SECONDS);
  for (const name of names.length > 0 ? names : Object.keys(parts)) await parts[name](jellyfin);
  jellyfin.close();
  rmSync(scratch, { recursive: true, force: true });

  console.log('\n| what | Matinee | the other | ratio | goal | |\n|---|---|---|---|---|---|');
  for (const row of rows) {
    console.log(`| ${row.what} | ${row.ours} | ${row.theirs} | ${row.ratio || '–'} | ${row.goal} | ${row.verdict} |`);
  }
}

await main(process.argv.slice(2));
