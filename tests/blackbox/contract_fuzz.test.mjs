// Some thousand requests, valid and hostile, to every operation of the contract: no answer is a fault of the server, and each is one that
// the contract has.
//
//   FUZZ_SEED=7 FUZZ_REQUESTS=50000 node --test tests/blackbox/contract_fuzz.test.mjs
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { FakeEmby, FakeJellyfin } from '../lib/fakes/jellyfin.mjs';
import { FakePlex } from '../lib/fakes/plex.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, root, temporaryFolder } from '../lib/matinee.mjs';

const { default: Ajv } = createRequire(import.meta.url)('ajv/dist/2020');
const { default: addFormats } = createRequire(import.meta.url)('ajv-formats');

const SEED = Number(process.env.FUZZ_SEED ?? 20260218);
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 3200);
const AT_ONCE = 6;
const SECONDS = 20;
const ITEM = '0123456789abcdef0123456789abcdef';
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

// --- Chance, the same for the same seed (mulberry32).
let state = SEED >>> 0;
function chance() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (end) => Math.floor(chance() * end);
const pick = (list) => list[below(list.length)];
const often = (probability) => chance() < probability;

// --- The contract.
const contract = parse(readFileSync(join(root, 'api/openapi.yaml'), 'utf8'), { merge: true });
const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method], common: item.parameters ?? [] })),
);
const ajv = new Ajv({ strict: false, allErrors: true, formats: { binary: true } });
addFormats(ajv);
ajv.addSchema({ ...contract, $id: 'https://contract.invalid/' });
const escaped = (key) => key.replaceAll('~', '~0').replaceAll('/', '~1');
const validators = new Map();

/** The node behind a reference, and where it is in the document. */
function resolve(node, pointer) {
  if (!node.$ref) return { node, pointer };
  const target = node.$ref.slice(1);
  return resolve(target.split('/').slice(1).reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], contract), target);
}

const parametersOf = ({ common, parameters = [] }) => [...common, ...parameters].map((parameter) => resolve(parameter).node);

function violationsOfSchema(pointer, value) {
  if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `https://contract.invalid/#${encodeURI(pointer)}` }));
  const validate = validators.get(pointer);
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

/** What is wrong with an answer; null if it is as the contract says. */
function violation({ path, method, responses }, { status, headers, body }) {
  const listed = responses[status] !== undefined;
  if (!listed && (status < 400 || responses.default === undefined)) return `${status} is not listed`;
  if (status >= 500) {
    const busy = (status === 503 || status === 507) && listed;
    if (!busy) return `a fault of the server: ${body.slice(0, 300)}`;
    if (status === 503 && !(Number(headers['retry-after']) >= 1)) return '503 without Retry-After';
  }
  const key = listed ? String(status) : 'default';
  const { node, pointer } = resolve(responses[key], `/paths/${escaped(path)}/${method}/responses/${key}`);
  if (method === 'head' || node.content === undefined) return body.length === 0 || status === 308 ? null : `${status} has a body`;
  const type = (headers['content-type'] ?? '').split(';')[0];
  const media = [type, type.replace(/\/.*/, '/*')].find((name) => node.content[name]);
  if (!media) return `${status} is ${type || 'of no type'}`;
  if (!/json$/.test(media)) return null;
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    return `${status} is not JSON: ${body.slice(0, 300)}`;
  }
  const wrong = violationsOfSchema(`${pointer}/content/${escaped(media)}/schema`, value);
  if (wrong) return `${status}: ${wrong}: ${body.slice(0, 500)}`;
  return status >= 400 && value.status !== status ? `the problem says ${value.status}, not ${status}` : null;
}

// --- What is asked for.
const known = { ids: [], files: [], sessions: [], images: [], etags: ['"never"'] };
const hostileTexts = ['', ' ', '0', '-1', '1e9', 'null', 'true', '%', '\0', 'a\0b', '\x01\x1b[31m', '\r\nX-Evil: 1', 'ü½🎬', '<script>', "'; DROP TABLE captures;--", '${jndi}', '"', 'x'.repeat(300), 'x'.repeat(9000), '99999999999999999999', '.json', '*', '?', '#', '&a=b'];
const hostileValues = [null, true, false, 0, -1, 0.1, 1e308, -1e308, 2 ** 63, '', 'x', '\0', [], {}, [[[[[[]]]]]], 'x'.repeat(70_000), '2026-02-18T12:00:00Z', '1969-12-31T23:59:59Z', '3000-01-01T00:00:00Z'];

function pathValue(name) {
  if (often(0.5)) return pick(name === 'file_name' ? known.files : known.ids) ?? randomUUID();
  // Neither a slash nor a name of dots: they are other paths.
  return pick([randomUUID(), randomUUID().toUpperCase(), `${randomUUID()}.jpg`, ...hostileTexts.filter((text) => text !== '' && text !== ' ')]);
}

function queryValue({ name, schema }) {
  const type = resolve(schema).node;
  if (name === 'path' && often(0.6)) return pick([...known.images, '/library/metadata/1/thumb/2', `/Items/${ITEM}/Images/Primary`, '/System/Info']);
  if (name === 'server' && often(0.7)) return pick(['plex', 'jellyfin', 'emby', 'none']);
  if (type.enum && often(0.7)) return pick(type.enum);
  if (type.type === 'integer' && often(0.7)) return String(pick([type.minimum, type.maximum, type.minimum - 1, type.maximum + 1, 7, 1.5]));
  return pick(hostileTexts);
}

function headerValue(name) {
  switch (name) {
    case 'Range':
      return pick(['bytes=0-', 'bytes=0-99', 'bytes=-50', 'bytes=0-9,20-29', 'bytes=0-0,-1', 'bytes=5-1', 'bytes=999999999-', 'lines=1-2', 'bytes=x', 'bytes=0-,0-,0-,0-']);
    case 'Prefer':
      return pick(['respond-async', 'respond-async', 'wait=1', 'respond-async; x=1, a', '']);
    case 'Idempotency-Key':
      return pick([randomUUID(), 'same', 'same', 'x'.repeat(129), 'two words', '']);
    case 'Last-Event-ID':
      return pick([`${randomUUID()}.1`, '7', 'x'.repeat(500)]);
    default:
      return '';
  }
}

/** A body for the schema: most are nearly right. */
function bodyFor(schema) {
  const body = {};
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (!schema.required?.includes(name) && often(0.6)) continue;
    const { type } = resolve(field).node;
    if (name === 'session_id') body[name] = pick(known.sessions);
    else if (name === 'at') body[name] = new Date(Date.now() - below(60_000)).toISOString();
    else if (name === 'relative_seconds') body[name] = -1 - below(3);
    else if ([type].flat().includes('boolean')) body[name] = often(0.5);
    else body[name] = below(SECONDS);
  }
  const names = Object.keys(schema.properties ?? { a: {} });
  if (often(0.5)) body[pick(names)] = pick(hostileValues);
  if (often(0.3)) body[pick(['unknown', '__proto__x', 'session', ''])] = pick(hostileValues);
  let text = JSON.stringify(body);
  if (often(0.15)) {
    const at = below(text.length);
    text = pick([text.slice(0, at), text.slice(0, at) + pick('[]{},:"\\0\0x') + text.slice(at + 1), `[${text}]`, text + text, '{}'.repeat(20_000), '['.repeat(30_000)]);
  }
  return text;
}

function requestFor(operation) {
  const headers = {};
  const query = [];
  let { path } = operation;
  for (const parameter of parametersOf(operation)) {
    const { name } = parameter;
    if (parameter.in === 'path') path = path.replace(`{${name}}`, encodeURIComponent(pathValue(name)));
    else if (parameter.in === 'query' && often(parameter.required ? 0.9 : 0.5)) query.push(`${name}=${encodeURIComponent(queryValue(parameter))}`);
    else if (parameter.in === 'header' && often(0.5)) headers[name] = headerValue(name);
  }
  if (query.length > 0 && often(0.1)) query.push(pick(query));
  if (often(0.05)) query.push(pick(['unknown=1', '%', '=', 'a=%ff', 'a=%00']));
  if (often(0.1)) headers['If-None-Match'] = pick([...known.etags, '*', 'x']);
  if (often(0.1)) headers['If-Modified-Since'] = pick([new Date().toUTCString(), 'Thu, 01 Jan 1970 00:00:00 GMT', 'yesterday']);
  if (often(0.05)) headers['If-Match'] = pick([...known.etags, '*']);
  let body;
  if (operation.requestBody) {
    const { content, required } = resolve(operation.requestBody).node;
    if (required || often(0.5)) {
      body = bodyFor(resolve(content['application/json'].schema).node);
      headers['Content-Type'] = often(0.9) ? 'application/json' : pick(['text/plain', 'application/x-www-form-urlencoded', '', 'application/json; charset=utf-8']);
    }
  }
  return { method: operation.method.toUpperCase(), path: path + (query.length > 0 ? `?${query.join('&')}` : ''), headers, body };
}

// --- Asking.
const folder = temporaryFolder('contract');
const agent = new http.Agent({ keepAlive: true });
let servers;
let matinee;

function ask({ method, path, headers, body }) {
  return new Promise((answered, failed) => {
    const request = http.request({ host: '127.0.0.1', port: matinee.port, method, path, headers, agent }, (response) => {
      const { statusCode: status } = response;
      // A stream of events has no end.
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        request.destroy();
        return answered({ status, headers: response.headers, body: '' });
      }
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => answered({ status, headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on('error', failed);
    });
    // A connection may end just when it is used again (RFC 9112, section 9.3.1).
    request.on('error', (error) => (request.reusedSocket ? ask({ method, path, headers, body }).then(answered, failed) : failed(error)));
    request.end(body);
  });
}

before(async () => {
  const film = await makeFilm(join(folder, 'film.mkv'), { seconds: SECONDS });
  servers = await Promise.all([FakePlex.start('a-token'), FakeJellyfin.start('a-key'), FakeEmby.start('a-key')]);
  const [plex, jellyfin, emby] = servers;
  matinee = await Matinee.start({ env: { ...plex.env, ...jellyfin.env, ...emby.env, POLL_INTERVAL: '500ms', WORKER_SLOTS: '3' } });
  plex.play({ id: 'p1', item: 500, film, duration_seconds: SECONDS });
  jellyfin.play({ id: 'j1', item: ITEM, film, duration_seconds: SECONDS });
  emby.play({ id: 'e1', item: '5411', film, duration_seconds: SECONDS, type: 'TvChannel' });
  const first = await matinee.session();
  const { json: sessions } = await matinee.get('/api/sessions');
  known.sessions = [first.session_id, ...sessions.map((session) => session.session_id), 'jf-none'];
  known.images = sessions.flatMap(({ thumbnail_url }) => (thumbnail_url ? [new URL(thumbnail_url, matinee.origin).searchParams.get('path')] : []));
  const capture = async (path, body) => (await matinee.finished((await matinee.post(path, { session_id: first.session_id, ...body })).json.id));
  const captures = [];
  for (let i = 0; i < 8; ++i) captures.push(await capture('/api/capture/screenshot', { offset_seconds: -i / 4 }));
  for (let i = 1; i < 4; ++i) captures.push(await capture('/api/capture/clip', { start_seconds: i, end_seconds: i + 2 }));
  known.ids = captures.map(({ id }) => id);
  known.files = captures.map(({ file_name }) => file_name);
  for (const { file_url } of captures.slice(-4)) known.etags.push((await matinee.request(file_url, { method: 'HEAD' })).headers.get('etag'));
});

after(async () => {
  agent.destroy();
  await matinee?.close();
  for (const server of servers ?? []) server.close();
  rmSync(folder, { recursive: true, force: true });
});

test(`every operation answers ${REQUESTS} requests as the contract says (FUZZ_SEED=${SEED})`, async () => {
  // All are made before the first is sent, so that a seed always makes the same. Captures are work, and what is deleted answers
  // nothing but 404.
  const weights = { captureScreenshot: 0.5, captureClip: 0.5, deleteCapture: 0.15 };
  const requests = [];
  while (requests.length < REQUESTS) {
    const operation = pick(operations);
    if (often(weights[operation.operationId] ?? 1)) requests.push({ operation, request: requestFor(operation) });
  }
  const violations = new Map(); // By what is wrong: one request, of each operation.
  const statuses = new Map(operations.map(({ operationId }) => [operationId, new Set()]));
  async function askSome() {
    for (let next = requests.shift(); next; next = requests.shift()) {
      const { operation, request } = next;
      const answer = await ask(request).catch((error) => ({ status: 0, headers: {}, body: error.message }));
      statuses.get(operation.operationId).add(answer.status);
      const wrong = answer.status === 0 ? `no answer: ${answer.body}` : violation(operation, answer);
      if (wrong) violations.set(`${operation.operationId} ${wrong.slice(0, 60)}`, `${request.method} ${request.path.slice(0, 200)} ${JSON.stringify(request.headers)} ${request.body?.slice(0, 200) ?? ''}\n    ${wrong}`);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, askSome));
  assert.equal(violations.size, 0, `${violations.size} violations:\n${[...violations.values()].slice(0, 20).join('\n')}\n${matinee.log.slice(-2000)}`);
  // It has asked for what works, and not only for what is refused.
  // Captures end before they can be cancelled, and few fail.
  const works = (operation, status) => status < 400 || (status === 409 && /^(cancel|retry)Capture$/.test(operation));
  for (const [operation, seen] of statuses) assert.ok([...seen].some((status) => works(operation, status)), `${operation}: ${[...seen]}`);
});
