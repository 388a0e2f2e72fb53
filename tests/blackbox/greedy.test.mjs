// One client queues hundreds of screenshots: a tap of another does not wait for them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, temporaryFolder } from '../lib/matinee.mjs';

const SECONDS = 20;
const BACKLOG = 300;
/** Of one client: see kUnfinishedOfClientMax in pkg/capture/store.h. */
const UNFINISHED_MAX = 500;
const folder = temporaryFolder('films');
let jellyfin;
let matinee;
let session_id;

before(async () => {
  const film = await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS });
  jellyfin = await PausedJellyfin.start(film, SECONDS);
  jellyfin.position_seconds = 10;
  matinee = await Matinee.start({ env: { ...jellyfin.env, WORKER_SLOTS: '3' } });
  ({ session_id } = await matinee.session());
});

after(async () => {
  await matinee?.close();
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks for a screenshot, as the client with this address. */
function tap(agent, body = {}, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${matinee.url}/api/capture/screenshot`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
    });
    request.on('error', reject).on('response', async (response) => {
      const text = (await response.toArray()).join('');
      resolve({ status: response.statusCode, headers: response.headers, json: JSON.parse(text) });
    });
    request.end(JSON.stringify({ session_id, ...body }));
  });
}

const client = (localAddress) => new http.Agent({ keepAlive: true, maxSockets: 8, localAddress });

/** How many captures are queued, running or retrying. */
async function unfinished() {
  const { json } = await matinee.get('/api/jobs');
  const { phases } = json.kinds.find(({ kind }) => kind === 'capture');
  return phases.queued + phases.running + phases.retrying;
}

test('a tap is made while the backlog of another client waits', async () => {
  const greedy = client('127.0.0.2');
  const other = client('127.0.0.1');
  const async = { prefer: 'respond-async' };
  const queued = await Promise.all(Array.from({ length: BACKLOG }, () => tap(greedy, {}, async)));
  assert.deepEqual([...new Set(queued.map(({ status }) => status))], [202]);
  const before = await unfinished();
  assert.ok(before > BACKLOG / 3, `${before} are a backlog`);

  const { status, json } = await tap(other);
  const left = await unfinished();
  assert.equal(status, 200, JSON.stringify(json));
  assert.equal(json.status, 'complete');
  // Behind the backlog it would be the last. The others went on in the meantime: each slot made one or two.
  assert.ok(before - left < BACKLOG / 6, `of ${before} unfinished captures ${left} are left`);

  const { json: jobs } = await matinee.get('/api/jobs');
  assert.ok(jobs.queues.find(({ name }) => name === 'screenshot_bulk').queued > 0);

  // One that asks for more and more is refused, and only that one.
  const refused = await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => tap(greedy, {}, async)));
    return answers.find((answer) => answer.status !== 202);
  }, `more than ${UNFINISHED_MAX} are queued`);
  assert.equal(refused.status, 429, JSON.stringify(refused.json));
  assert.equal(refused.json.code, 'too_many_requests');
  assert.match(refused.json.detail, new RegExp(`${UNFINISHED_MAX} captures of this client`));
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.match(refused.headers['content-type'], /application\/problem\+json/);
  assert.equal((await tap(other)).status, 200);
  greedy.destroy();
  other.destroy();
});
