// Event streams: how soon another browser shows a capture, and what open pages cost the API with them and without.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, openPage } from '../lib/browser.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { Matinee, eventually } from '../lib/matinee.mjs';
import { median, milliseconds, percentile, spread } from './statistics.mjs';

const SHOTS = 40;
const PAGES = 100;
const PAIRS = 3;
const ROUNDS = 2;
const ROUND_MS = 10_000;

/** Calls `onEvent(event, data)` for each event, and reconnects as EventSource does. Returns how to stop it. */
function follow(url, onEvent) {
  let request;
  let lastId;
  let isStopped = false;
  const connect = () => {
    request = http.get(`${url}/api/events`, { agent: false, headers: lastId ? { 'Last-Event-ID': lastId } : {} }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('error', () => {}); // "close" follows.
      response.on('data', (text) => {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          lastId = /^id: (.*)$/m.exec(block)?.[1] ?? lastId;
          const event = /^event: (.*)$/m.exec(block)?.[1];
          if (event) onEvent(event, JSON.parse(/^data: (.*)$/m.exec(block)[1]));
        }
      });
    });
    request.on('error', () => {}); // "close" follows.
    request.on('close', () => !isStopped && setTimeout(() => !isStopped && connect(), 2000));
  };
  connect();
  return () => {
    isStopped = true;
    request.destroy();
  };
}

/** Returns a complete screenshot. */
async function screenshot(api, session_id) {
  const { json } = await api.post('/api/capture/screenshot', { session_id }, { 'idempotency-key': randomUUID() });
  const capture = await api.finished(json.id);
  if (capture.status !== 'complete') throw new Error(JSON.stringify(capture));
  return capture;
}

/** Notes when the gallery shows a capture as complete. */
function noteShown() {
  globalThis.shownAt = {};
  new MutationObserver(() => {
    for (const { dataset } of document.querySelectorAll('li[data-capture][data-status=complete]')) globalThis.shownAt[dataset.capture] ??= Date.now();
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-status'] });
}

/** From a capture's completion, which its row dates, to its event at another client, and to the gallery of another browser. */
async function benchShown(report, cluster, edge, session_id) {
  const received = [];
  const stop = follow(edge.url, (event, { id }) => received.push({ event, id, at: Date.now() }));
  const browser = await launchBrowser();
  const toEvent = [];
  const toPage = [];
  try {
    const { page, context } = await openPage(browser, 'desktop', edge.url);
    await context.addInitScript(noteShown);
    await page.goto(page.url().replace(/(#.*)?$/, '#gallery'));
    await page.reload();
    for (let i = 0; i < SHOTS; ++i) {
      const { id, updated_at } = await screenshot(cluster.api, session_id);
      const complete_at = Date.parse(updated_at);
      const isIts = ({ event, id: one, at }) => at >= complete_at && (one === id || event === 'resync');
      const event = await eventually(() => received.find(isIts), 'the event');
      const shown_at = await eventually(() => page.evaluate((one) => globalThis.shownAt[one], id), 'it is shown');
      toEvent.push(event.at - complete_at);
      toPage.push(shown_at - complete_at);
    }
  } finally {
    stop();
    await browser.close();
  }
  for (const [what, times] of [['its event at another client', toEvent], ['another browser that shows it', toPage]]) {
    const p95 = percentile(times, 0.95);
    report(`from a capture's completion to ${what}, p50 and p95`, `${milliseconds(median(times))}, ${milliseconds(p95)}`, '–', '', 'p95 ≤ 300 ms', p95 <= 300);
  }
}

// What the page requests, and when: see web/src/features (use*.ts, liveEvents.ts, refetchAfter.ts) and web/src/lib/polling.ts. The
// thumbnails, which are the same requests with and without events, are left out.
const QUERIES = {
  captures: { path: '/api/captures?limit=48&offset=0', poll_ms: 5000, changing_poll_ms: 1000 },
  sessions: { path: '/api/sessions', poll_ms: 2500 },
  health: { path: '/api/health', poll_ms: 10_000 },
};
const STREAMING_POLL_MS = 30_000;
const TOPICS = {
  capture_changed: { names: ['captures'], delays_ms: [100] },
  sessions_changed: { names: ['sessions'], delays_ms: [300, 2300] },
  media_servers_changed: { names: ['health', 'sessions'], delays_ms: [300, 2300] },
  resync: { names: ['captures', 'health', 'sessions'], delays_ms: [300, 2300] },
};

/** A page that has been open for a while, with the event stream or with polling alone. */
class Page {
  #timers = new Set();
  #reading = new Map(); // Name of a query -> its request.
  #again = new Set();
  #scheduled = new Set();
  #isChanging = false;

  constructor(url, streaming) {
    this.url = url;
    this.streaming = streaming;
    this.requests = 0;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
    if (streaming) this.stop = follow(url, (event) => this.#onEvent(event));
    for (const name of Object.keys(QUERIES)) this.#after(Math.random() * this.#interval(name), () => this.#poll(name));
  }

  close() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.stop?.();
    this.agent.destroy();
    this.closed = true;
  }

  #after(ms, work) {
    const timer = setTimeout(() => (this.#timers.delete(timer), work()), ms);
    this.#timers.add(timer);
  }

  #interval(name) {
    const { poll_ms, changing_poll_ms } = QUERIES[name];
    if (name === 'captures' && this.#isChanging) return changing_poll_ms;
    return this.streaming ? STREAMING_POLL_MS : poll_ms;
  }

  #poll(name) {
    if (!this.#reading.has(name)) void this.#read(name);
    this.#after(this.#interval(name), () => this.#poll(name));
  }

  #onEvent(event) {
    for (const ms of TOPICS[event].delays_ms) {
      const id = `${event} ${ms}`;
      if (this.#scheduled.has(id)) continue;
      this.#scheduled.add(id);
      this.#after(ms, () => {
        this.#scheduled.delete(id);
        for (const name of TOPICS[event].names) this.#refetch(name);
      });
    }
  }

  #refetch(name) {
    if (this.#reading.has(name)) this.#again.add(name);
    else void this.#read(name);
  }

  async #read(name) {
    ++this.requests;
    this.#reading.set(name, true);
    const text = await this.#get(QUERIES[name].path).catch((error) => {
      if (!this.closed) throw error;
      return '[]';
    });
    this.#reading.delete(name);
    if (name === 'captures') this.#isChanging = JSON.parse(text).some(({ status }) => status === 'pending');
    if (this.#again.delete(name) && !this.closed) void this.#read(name);
  }

  #get(path) {
    return new Promise((resolve, reject) => {
      http.get(this.url + path, { agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => (text += part));
        response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${response.statusCode}`))));
        response.on('error', reject);
      }).on('error', reject);
    });
  }
}

function cpuSeconds({ process: { pid } }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100; // USER_HZ
}

/** What the API and the event streams use while pages are open: processor seconds, and requests of the pages, a second. */
async function costOfPages(cluster, edge, streaming, change) {
  const pages = Array.from({ length: PAGES }, () => new Page(edge.url, streaming));
  const used = () => ({
    cpu: [cluster.api, ...cluster.lives].reduce((sum, role) => sum + cpuSeconds(role), 0),
    requests: pages.reduce((sum, page) => sum + page.requests, 0),
  });
  try {
    await sleep(ROUND_MS / 2); // Their connections are open.
    const before = used();
    const start = Date.now();
    for (let round = 1; round <= ROUNDS; ++round) {
      await change();
      await sleep(Math.max(0, start + round * ROUND_MS - Date.now()));
    }
    const after = used();
    const passed_s = (Date.now() - start) / 1000;
    return { cpu: (after.cpu - before.cpu) / passed_s, requests: (after.requests - before.requests) / passed_s };
  } finally {
    for (const page of pages) page.close();
  }
}

async function benchPages(report, cluster, edge, what, change) {
  const events = [];
  const polling = [];
  for (let pair = 0; pair < PAIRS; ++pair) {
    events.push(await costOfPages(cluster, edge, true, change));
    polling.push(await costOfPages(cluster, edge, false, change));
  }
  const ratios = events.map(({ cpu }, i) => cpu / polling[i].cpu);
  const of = (side) => `${milliseconds(median(side.map(({ cpu }) => cpu)) * 1000)} (${median(side.map(({ requests }) => requests)).toFixed(0)} requests)`;
  const ratio = median(ratios);
  report(`CPU of API and event streams a second, ${PAGES} open pages, ${what}, against polling`, of(events), of(polling), spread(ratios), '< 1', ratio < 1);
}

/** `jellyfin` plays something. */
export async function benchLive({ report, jellyfin }) {
  const cluster = await Cluster.start({ env: { ...jellyfin.env, LOG_LEVEL: 'warn' } });
  let edge;
  try {
    const live = await cluster.addLive();
    edge = await Matinee.start({
      args: ['edge'], env: { API_ADDRESS: `127.0.0.1:${cluster.api.port}`, LIVE_ADDRESS: `127.0.0.1:${live.port}`, CAPTURE_DIR: cluster.captures, CONNECTIONS_PER_ADDRESS: '0' },
    });
    const { session_id } = await cluster.api.session();
    await screenshot(cluster.api, session_id);
    await benchShown(report, cluster, edge, session_id); // Its captures fill the first page of the list.
    await benchPages(report, cluster, edge, 'while nothing changes', () => {});
    await benchPages(report, cluster, edge, 'a capture and another title each 10 s', async () => {
      await screenshot(cluster.api, (await cluster.api.session()).session_id);
      jellyfin.title = `Film ${randomUUID()}`;
    });
  } finally {
    await edge?.kill();
    await cluster.close();
  }
}
