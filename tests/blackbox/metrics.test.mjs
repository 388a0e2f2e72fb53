// docs/metrics.md against what the roles export: nothing undocumented, nothing documented that is not
// there. For a new role: its name in the document's column, and a function in `scrapes`.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, freePort, root, temporaryFolder } from '../lib/matinee.mjs';
import { families } from '../lib/scrape.mjs';
import { FakeApi } from '../lib/fakes/api.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';

/** The words in backticks of a cell, without what stands in parentheses. */
const names = (cell) => [...cell.replace(/\([^)]*\)/g, '').matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/** name -> {type, labels, optional_labels, unit, roles: Map(role -> whether it is there from the start)} */
function readDocument() {
  const metrics = new Map();
  for (const line of readFileSync(join(root, 'docs/metrics.md'), 'utf8').split('\n')) {
    if (!line.startsWith('| `')) continue;
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim());
    assert.equal(cells.length, 6, line);
    const [name, type, labels, unit, roles, meaning] = cells;
    assert.notEqual(meaning, '', line);
    const [, key] = /^`(\w+)`$/.exec(name);
    assert.ok(!metrics.has(key), `${key} stands there twice`);
    metrics.set(key, {
      type,
      labels: names(labels),
      optional_labels: [...labels.matchAll(/\(([^)]*)\)/g)].flatMap(([, inside]) => names(inside)),
      unit,
      roles: new Map(roles.split(', ').map((role) => [role.replace('*', ''), !role.endsWith('*')])),
    });
  }
  return metrics;
}

const documented = readDocument();

async function scrape(port) {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(response.status, 200);
  return families(await response.text());
}

const folder = temporaryFolder('films');
const missing = temporaryFolder('missing');
let jellyfin;
before(async () => {
  jellyfin = await PausedJellyfin.start(await makeFilm(join(folder, 'film.mkv'), { seconds: 10 }), 10);
  jellyfin.position_seconds = 8;
});
after(() => {
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The settings of every role: two media folders, of which one is not mounted. */
const settings = () => ({ ...jellyfin.env, MEDIA_ROOTS: `${folder}:${missing}` });

/** A screenshot, a clip, an address that is none, a fault of a media server; the ids of the captures. */
async function useAll(matinee) {
  const { session_id, thumbnail_url } = await matinee.session();
  const screenshot = await matinee.post('/api/capture/screenshot', { session_id });
  assert.equal(screenshot.json.status, 'complete', JSON.stringify(screenshot.json));
  const clip = await matinee.post('/api/capture/clip', { session_id, relative_seconds: -3 });
  assert.equal((await matinee.finished(clip.json.id)).status, 'complete');
  assert.equal((await matinee.get(`/api/nothing/${clip.json.id}`)).status, 404);
  // The fake has no images.
  assert.equal((await fetch(matinee.origin + thumbnail_url)).status, 502);
  return [screenshot.json.id, clip.json.id];
}

/** What it exports once it has counted the clip: a job is counted after its capture is committed. */
function scrapeWorked(port) {
  const isCounted = (family) => family?.samples.some(({ labels }) => labels.type === 'clip');
  return eventually(async () => {
    const scraped = await scrape(port);
    return isCounted(scraped.get('matinee_capture_duration_seconds')) && scraped;
  }, 'the clip is counted');
}

async function scrapeUp() {
  const port = await freePort();
  const matinee = await Matinee.start({ env: { ...settings(), METRICS_PORT: String(port) } });
  try {
    const ids = await useAll(matinee);
    return Object.assign(await scrapeWorked(port), { ids });
  } finally {
    await matinee.close();
  }
}

/** One cluster serves for all of its roles. */
let clusters_answers;
function scrapeCluster() {
  clusters_answers ??= (async () => {
    const cluster = await Cluster.start({ env: settings() });
    try {
      const live = await cluster.addLive();
      const ids = await useAll(cluster.api);
      const portOf = (role) => new URL(role.status).port;
      const worker = await scrapeWorked(portOf(cluster.workers[0]));
      const api = await scrape(portOf(cluster.api));
      const events = await scrape(portOf(live));
      return { live: Object.assign(events, { ids }), api: Object.assign(api, { ids }), worker: Object.assign(worker, { ids }) };
    } finally {
      await cluster.close();
    }
  })();
  return clusters_answers;
}

async function scrapeEdge() {
  const api = await FakeApi.start();
  const own = temporaryFolder('edge');
  mkdirSync(join(own, 'captures'));
  const port = await freePort();
  const edge = await Matinee.start({
    args: ['edge'], folder: own, env: { API_ADDRESS: api.address, CAPTURE_DIR: join(own, 'captures'), METRICS_PORT: String(port) },
  });
  try {
    return await scrape(port);
  } finally {
    await edge.close();
    await api.close();
  }
}

const scrapes = {
  up: scrapeUp,
  edge: scrapeEdge,
  api: async () => (await scrapeCluster()).api,
  worker: async () => (await scrapeCluster()).worker,
  live: async () => (await scrapeCluster()).live,
};

for (const [role, take] of Object.entries(scrapes)) {
  test(`what ${role} exports is documented, and what is documented for it is exported`, async () => {
    const scraped = await take();
    for (const [name, family] of scraped) {
      const metric = documented.get(name);
      assert.ok(metric?.roles.has(role), `${name} is not in docs/metrics.md for the role ${role}`);
      assert.equal(family.type, metric.type, name);
      assert.notEqual(family.help, '', name);
      const seen = new Set();
      for (const sample of family.samples) {
        const own = Object.keys(sample.labels).filter((label) => !(family.type === 'histogram' && label === 'le'));
        own.forEach((label) => seen.add(label));
        for (const label of metric.labels) assert.ok(own.includes(label), `${name} without its label ${label}`);
        for (const label of own) {
          assert.ok([...metric.labels, ...metric.optional_labels].includes(label), `${name} has the label ${label}, which is not documented`);
        }
      }
      for (const label of metric.optional_labels) assert.ok(seen.has(label), `${name} never had the label ${label}`);
    }
    for (const [name, { roles }] of documented) {
      if (roles.get(role)) assert.ok(scraped.has(name), `${name} is documented for the role ${role}, and not there`);
    }
    if (['up', 'api', 'worker'].includes(role)) {
      const roots = scraped.get('matinee_media_root_available').samples.map(({ labels, value }) => [labels.root, value]);
      assert.deepEqual(Object.fromEntries(roots), { [folder]: 1, [missing]: 0 });
    }
    // Labels are few: no id, no path, no title may be one.
    for (const { samples } of scraped.values()) {
      for (const label of samples.flatMap((sample) => Object.values(sample.labels))) {
        for (const id of scraped.ids ?? []) assert.ok(!label.includes(id), label);
        assert.doesNotMatch(label, /A film|\.mkv|a-key/);
      }
    }
  });
}

test('names say their unit, as Prometheus wants it', () => {
  for (const [name, { type, unit, roles }] of documented) {
    assert.match(name, /^(matinee|http_server|db_client|process)_[a-z_]+$/);
    assert.equal(type === 'counter', name.endsWith('_total'), name);
    assert.ok(['counter', 'gauge', 'histogram'].includes(type), name);
    const base = name.replace(/_total$/, '');
    for (const suffix of ['seconds', 'bytes']) assert.equal(unit === suffix, base.endsWith(`_${suffix}`), name);
    for (const role of roles.keys()) assert.ok(['up', 'api', 'live', 'worker', 'edge'].includes(role), `${name}: ${role}`);
  }
});
