// make dashboard-pictures: the dashboards as pictures in docs/dashboards, drawn by Grafana's own components (Apache-2.0, from npm) from
// what Debian's Prometheus scraped of a `matinee up` at work. Fails if a panel draws nothing, so that a panel that looks right in JSON
// and is empty in Grafana is found. Not part of the tests: the npm packages are 600 MB.
//
//   MATINEE_BIN   the program (build/matinee)
//   WEB_DIR       the built page (build/web)
//   SECONDS       how long Matinee works (150)
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { dashboards, filledIn } from '../../tests/dashboards/dashboard.mjs';
import { Prometheus } from '../../tests/dashboards/prometheus.mjs';
import { launchBrowser } from '../../tests/lib/browser.mjs';
import { PausedJellyfin } from '../../tests/lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../../tests/lib/films.mjs';
import { eventually, freePort, Matinee, root, temporaryFolder } from '../../tests/lib/matinee.mjs';

const FOLDER = join(root, 'docs/dashboards');
/** So that a clone stays small. */
const BYTES_MAX = 200_000;
const SECONDS = Number(process.env.SECONDS ?? 150);
/** Of $__rate_interval: rates of a time this short need short windows. */
const RATE_WINDOW = '15s';
const STEP_SECONDS = 1;
const WIDTHS = { desktop: 1400, phone: 412 };

process.env.WEB_DIR ??= join(root, 'build/web');
const scratch = temporaryFolder('pictures');

/** What people do: taps, clips, and the gallery; a media file that FFmpeg cannot read is among them. */
async function use(matinee) {
  const film = await matinee.session(({ title }) => title === 'A film');
  const broken = await matinee.session(({ title }) => title === 'A broken film');
  const { session_id } = film;
  const ask = (path, body) => matinee.post(`/api/capture/${path}`, body);
  const { json } = await ask('screenshot', { session_id });
  await ask('clip', { session_id, relative_seconds: -3 });
  await ask('clip', { session_id, relative_seconds: -5, precise: true });
  await ask('screenshot', { session_id: broken.session_id });
  await matinee.finished(json.id);
  for (const path of ['/api/captures', '/api/health', '/api/sessions', '/api/nothing']) await matinee.get(path);
}

/** Uses Matinee until `end_ms`; requests that fail while it restarts do not count. */
async function work(matinee, end_ms) {
  // An open page: a stream of events.
  const page = new AbortController();
  void fetch(`${matinee.url}/api/events`, { signal: page.signal }).then((response) => response.text()).catch(() => {});
  while (Date.now() < end_ms) {
    await use(matinee);
    await sleep(700);
  }
  page.abort();
}

/** Runs everything for SECONDS, with one restart; returns {answers, events, from_ms, to_ms} of each dashboard. */
async function gather() {
  const films = join(scratch, 'films');
  mkdirSync(films);
  const jellyfin = await PausedJellyfin.start(await makeFilm(join(films, 'film.mkv'), { seconds: 20 }), 20);
  jellyfin.position_seconds = 12;
  writeFileSync(join(films, 'broken.mkv'), 'Not a media file.');
  const emby = await PausedJellyfin.start(join(films, 'broken.mkv'), 20);
  Object.assign(emby, { position_seconds: 12, title: 'A broken film' });
  const metrics_port = await freePort();
  const env = {
    ...jellyfin.env, EMBY_URL: emby.url, EMBY_API_KEY: 'a-key', MEDIA_ROOTS: films, METRICS_PORT: String(metrics_port), PORT: String(await freePort()),
  };
  let matinee, prometheus;
  try {
    matinee = await Matinee.start({ env });
    prometheus = await Prometheus.start([{ job: 'matinee', targets: [`127.0.0.1:${metrics_port}`] }]);
    await eventually(async () => (await prometheus.targets()).every(({ health }) => health === 'up'), 'Matinee is scraped');
    const from_ms = Date.now();
    await work(matinee, from_ms + (SECONDS * 1000) / 2);
    await matinee.stop();
    matinee = await Matinee.start({ env, folder: matinee.folder });
    await work(matinee, from_ms + SECONDS * 1000);
    const to_ms = Date.now();
    const result = new Map();
    for (const [file, dashboard] of dashboards) result.set(file, await answersOf(dashboard, prometheus, from_ms, to_ms));
    return result;
  } finally {
    await matinee?.close();
    await prometheus?.close();
    jellyfin.close();
    emby.close();
  }
}

async function queryRange(prometheus, expression, from_ms, to_ms) {
  const query = filledIn(expression.replaceAll('$__range', `${SECONDS}s`), { window: RATE_WINDOW });
  const parameters = new URLSearchParams({ query, start: from_ms / 1000, end: to_ms / 1000, step: STEP_SECONDS });
  const { status, data, error } = await (await fetch(`${prometheus.url}/api/v1/query_range?${parameters}`)).json();
  if (status !== 'success') throw new Error(`${query}: ${error}`);
  return data.result;
}

async function answersOf(dashboard, prometheus, from_ms, to_ms) {
  const answers = {};
  for (const { id, targets = [] } of dashboard.panels) {
    for (const { refId, expr } of targets) answers[`${id}/${refId}`] = await queryRange(prometheus, expr, from_ms, to_ms);
  }
  const events = [];
  for (const { expr, iconColor, useValueForTime } of dashboard.annotations.list) {
    for (const { values } of await queryRange(prometheus, expr, from_ms, to_ms)) {
      const times = new Set(values.map(([seconds, value]) => (useValueForTime ? Number(value) : seconds * 1000)));
      for (const time_ms of times) events.push({ time_ms, colour: iconColor });
    }
  }
  return { answers, events, from_ms, to_ms };
}

async function bundle() {
  const script = join(scratch, 'page.js');
  await build({
    entryPoints: [join(root, 'scripts/dashboard-pictures/page.jsx')], outfile: script, bundle: true, minify: true, format: 'iife', logLevel: 'error',
    loader: { '.svg': 'dataurl', '.ttf': 'empty' }, define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  });
  const address = join(scratch, 'page.html');
  writeFileSync(address, '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><style>body{margin:0}</style><div id="root"></div>');
  return { script, address: pathToFileURL(address).href };
}

/** Writes docs/dashboards/<name>.png with a palette: half the size. */
async function save(page, name) {
  const whole = join(scratch, `${name}.png`);
  const file = join(FOLDER, `${name}.png`);
  await page.locator('main').screenshot({ path: whole, animations: 'disabled' });
  execFileSync('ffmpeg', ['-v', 'error', '-i', whole, '-vf', 'split[a][b];[a]palettegen=max_colors=128[p];[b][p]paletteuse=dither=none', '-update', '1', '-y', file]);
  const { size } = statSync(file);
  console.log(`docs/dashboards/${name}.png  ${Math.round(size / 1000)} KB`);
  if (size > BYTES_MAX) throw new Error(`${name}.png is larger than ${BYTES_MAX / 1000} KB`);
}

/** Draws one dashboard; returns the panels that show nothing. */
async function draw(browser, { script, address }, name, dashboard, data, device) {
  const width = WIDTHS[device];
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    const faults = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    await page.goto(address);
    await page.evaluate((picture) => (window.picture = picture), { dashboard, ...data, width, phone: device === 'phone' });
    await page.addScriptTag({ path: script });
    const drawn = await (await page.waitForFunction(() => window.drawn)).jsonValue();
    await save(page, `${name}-${device}`);
    const empty = drawn.filter(({ shows }) => shows === 'nothing').map(({ title, text }) => `${name}, ${device}: ${title} draws nothing: ${text}`);
    return [...faults.map((fault) => `${name}, ${device}: ${fault}`), ...empty];
  } finally {
    await context.close();
  }
}

mkdirSync(FOLDER, { recursive: true });
const page = await bundle();
const data = await gather();
const browser = await launchBrowser();
const faults = [];
try {
  for (const [file, dashboard] of dashboards) {
    for (const device of Object.keys(WIDTHS)) faults.push(...(await draw(browser, page, file.replace('.json', ''), dashboard, data.get(file), device)));
  }
} finally {
  await browser.close();
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
