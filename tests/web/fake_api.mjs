// A stand-in for Matinee that speaks api/openapi.yaml, for states of the page that the real program reaches only with luck:
// servers that are down, errors, a full disk, forty captures. Tests set `state` and look at `requests`.
// Screenshots and clips are real files, made with FFmpeg.
//
//   node tests/web/fake_api.mjs [port]     serves the built page (WEB_DIR) with some sessions and captures, to look at
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../lib/matinee.mjs';

/** Where the built page is. */
export const WEB_DIR = process.env.WEB_DIR ?? fileURLToPath(new URL('../../build/web', import.meta.url));

/** What the edge sends with the page. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self'; script-src 'self'; " +
  "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.jpg': 'image/jpeg',
  '.mp4': 'video/mp4',
};
const SCREENSHOTS = 12;

export function session(fields = {}) {
  return {
    session_id: `plex-${randomUUID()}`,
    source: 'plex',
    server: 'plex',
    title: 'The Long Voyage',
    subtitle: null,
    media_path: '/media/films/The Long Voyage (2013).mkv',
    media_type: 'movie',
    state: 'playing',
    position_seconds: 1832.5,
    position_at: new Date().toISOString(),
    duration_seconds: 7384,
    thumbnail_url: '/api/proxy/plex?path=%2F0',
    year: 2013,
    user: 'Anna',
    player: 'Living room TV',
    capturable: true,
    not_capturable_reason: null,
    ...fields,
  };
}

export function capture(fields = {}) {
  const id = fields.id ?? randomUUID();
  const clip = fields.capture_type === 'clip';
  const complete = (fields.status ?? 'complete') === 'complete';
  const at = fields.created_at ?? new Date().toISOString();
  return {
    id,
    source: 'plex',
    server: 'plex',
    session_id: 'plex-1',
    media_title: 'The Long Voyage',
    timestamp_seconds: 1832.5,
    capture_type: 'screenshot',
    file_name: `${id}${clip ? '.mp4' : '.jpg'}`,
    file_url: `/captures/${id}${clip ? '.mp4' : '.jpg'}`,
    file_size_bytes: complete ? 245_000 : 0,
    duration_seconds: clip ? 2 : null,
    content_type: clip ? 'video/mp4' : 'image/jpeg',
    width: complete ? 1280 : null,
    height: complete ? 720 : null,
    thumbnail_url: complete ? `/api/captures/${id}/thumbnail` : null,
    status: 'complete',
    phase: fields.status === 'pending' ? 'running' : fields.status ?? 'complete',
    progress: null,
    error_message: null,
    error_code: null,
    requested_start_seconds: clip ? 1830.5 : null,
    requested_end_seconds: clip ? 1832.5 : null,
    precise: clip ? false : null,
    created_at: at,
    updated_at: at,
    ...fields,
  };
}

/** Starts the stand-in on a free port. `close()` ends it. */
export async function startFakeApi({ port = 0, basePath = '' } = {}) {
  media ??= makeMedia();
  const api = new FakeApi(basePath, media);
  const server = createServer((request, response) => api.handle(request, response));
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    state: api.state,
    requests: api.requests,
    announce: (event, data) => api.announce(event, data),
    url: `http://127.0.0.1:${server.address().port}${basePath}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The folder of screenshots and the clip, made once for the process. */
let media;

function makeMedia() {
  const folder = mkdtempSync(join(tmpdir(), 'matinee-fake-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
  const run = (...args) => execFileSync(ffmpeg, ['-v', 'error', '-nostdin', '-threads', '2', ...args], { stdio: 'inherit' });
  const sunset = 'gradients=s=1280x720:n=4:c0=0x1b2a49:c1=0xe07a5f:c2=0xf2cc8f:c3=0x3d405b:x0=640:y0=0:x1=700:y1=720:r=1:d=12';
  run('-f', 'lavfi', '-i', `${sunset},hue=H=t*1.1`, '-frames:v', String(SCREENSHOTS), '-q:v', '4', '-start_number', '0', join(folder, '%d.jpg'));
  run('-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=2', '-f', 'lavfi', '-i', 'sine=d=2', '-pix_fmt', 'yuv420p', '-c:v', 'libx264',
    '-preset', 'ultrafast', '-c:a', 'aac', '-movflags', '+faststart', join(folder, 'clip.mp4'));
  return folder;
}

class FakeApi {
  requests = [];
  state = {
    sessions: [],
    captures: [],
    media_servers: [{ name: 'plex', source: 'plex', status: 'up', error: null, last_success_at: new Date().toISOString(), sessions_without_id: 0 }],
    demo: false,
    free_bytes: 50e9,
    min_free_bytes: 1e9,
    capture_folder_notice: null,
    /** The server's clock minus this machine's. */
    clock_offset_ms: 0,
    /** Every connection is cut, as when the program is not running. */
    unreachable: false,
    /** Answers to give instead, once each: { method, path (a prefix), status, problem, headers } or { ..., cut: true }. */
    next: [],
    /** Whether /api/events is a stream. Otherwise it is 404, and the page polls. */
    streaming: false,
    /** Status of a new screenshot and of a new clip. */
    screenshot_status: 'complete',
    clip_status: 'pending',
  };
  #byKey = new Map();
  #streams = new Set();

  constructor(basePath, media) {
    this.basePath = basePath;
    this.media = media;
  }

  async handle(request, response) {
    if (this.state.unreachable) return request.socket.destroy();
    const body = await readBody(request);
    const url = new URL(request.url, 'http://fake');
    if (!url.pathname.startsWith(`${this.basePath}/`)) return problem(response, 404, 'not_found', 'Outside the base path.');
    const path = url.pathname.slice(this.basePath.length);
    if (/^\/(api|captures)\//.test(path)) this.requests.push({ method: request.method, path, query: url.searchParams, headers: request.headers, body });
    if (this.#answerInstead(request, response, path)) return;
    if (path.startsWith('/api/') && !/^\/api\/(docs|openapi)/.test(path)) return this.#api(request, response, path, url.searchParams, body);
    if (path.startsWith('/captures/')) return this.#captureFile(request, response, path.slice('/captures/'.length));
    this.#page(request, response, path);
  }

  #answerInstead(request, response, path) {
    const index = this.state.next.findIndex((one) => one.method === request.method && path.startsWith(one.path));
    if (index < 0) return false;
    const [one] = this.state.next.splice(index, 1);
    if (one.cut) request.socket.destroy();
    else problem(response, one.status, one.problem.code, one.problem.detail, { ...one.problem }, one.headers);
    return true;
  }

  #api(request, response, path, query, body) {
    const { method } = request;
    const [, , kind, id, action] = path.split('/');
    const route = `${method === 'HEAD' ? 'GET' : method} ${kind}${id === undefined ? '' : kind === 'captures' ? `/:id${action ? `/${action}` : ''}` : `/${id}`}`;
    const one = kind === 'captures' && id !== undefined ? this.state.captures.find((capture) => capture.id === id) : null;
    if (one === undefined) return problem(response, 404, 'not_found', 'There is no such capture.');
    switch (route) {
      case 'GET health': return this.#json(response, this.#health());
      case 'GET events': return this.#events(response);
      case 'GET sessions': return this.#json(response, this.state.sessions.map((value) => this.#based(value)));
      case 'GET captures': return this.#list(response, query);
      case 'GET captures/:id': return this.#json(response, this.#based(one));
      case 'GET captures/:id/file': return this.#captureFile(request, response, one.file_name, one.media_title);
      case 'GET captures/:id/thumbnail': return this.#send(request, response, this.#screenshot(one.id), TYPES['.jpg']);
      case 'DELETE captures/:id':
        this.state.captures = this.state.captures.filter((capture) => capture !== one);
        return this.#json(response, { deleted: id });
      case 'POST captures/:id/cancel':
        Object.assign(one, { status: 'failed', phase: 'cancelled', progress: null, error_message: 'Cancelled.', error_code: 'cancelled' });
        return this.#json(response, this.#based(one));
      case 'POST captures/:id/retry':
        Object.assign(one, { status: 'pending', phase: 'queued', error_message: null, error_code: null });
        return this.#json(response, this.#based(one));
      case 'POST capture/screenshot': return this.#capture(request, response, body, 'screenshot', this.state.screenshot_status);
      case 'POST capture/clip': return this.#capture(request, response, body, 'clip', this.state.clip_status);
      case 'GET proxy/plex':
      case 'GET proxy/jellyfin':
      case 'GET proxy/emby':
        return this.#send(request, response, join(this.media, `${Number(query.get('path').slice(1)) % SCREENSHOTS}.jpg`), TYPES['.jpg']);
      default: return problem(response, 404, 'not_found', `No route ${route}.`);
    }
  }

  async #events(response) {
    if (!this.state.streaming) return problem(response, 404, 'not_found', 'No events here.');
    // Not before the page has read its sessions, so that it always reads everything once more when the stream opens.
    await eventually(() => this.requests.some(({ path }) => path === '/api/sessions'), 'the sessions are read');
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write('retry: 2000\n\n');
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  /** Sends an event to every open page. */
  announce(event, data = {}) {
    for (const stream of this.#streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #health() {
    const { media_servers, demo, free_bytes, min_free_bytes, capture_folder_notice, clock_offset_ms } = this.state;
    const time = new Date(Date.now() + clock_offset_ms).toISOString();
    return { status: 'ok', version: '0.1.0', time, uptime_seconds: 12, demo, media_servers, free_bytes, min_free_bytes, capture_folder_notice };
  }

  #list(response, query) {
    const limit = Number(query.get('limit') ?? 50);
    const offset = Number(query.get('offset') ?? 0);
    if (!(limit >= 1 && limit <= 200) || !(offset >= 0)) return problem(response, 422, 'invalid_argument', 'limit is 1 to 200.');
    const type = query.get('capture_type');
    const all = this.state.captures.filter((one) => type === null || one.capture_type === type);
    all.sort((a, b) => (a.created_at === b.created_at ? (a.id < b.id ? 1 : -1) : a.created_at < b.created_at ? 1 : -1));
    response.setHeader('X-Total-Count', String(all.length));
    this.#json(response, all.slice(offset, offset + limit).map((one) => this.#based(one)));
  }

  #capture(request, response, body, capture_type, status) {
    if (request.headers['content-type'] !== 'application/json') return problem(response, 415, 'unsupported_media_type', 'JSON only.');
    const asked = JSON.parse(body);
    const from = this.state.sessions.find((one) => one.session_id === asked.session_id);
    if (from === undefined) return problem(response, 404, 'not_found', `No playback session "${asked.session_id}". It may have ended.`);
    const key = request.headers['idempotency-key'];
    const known = key === undefined ? undefined : this.#byKey.get(key);
    const one = known ?? capture({ capture_type, status, session_id: from.session_id, media_title: from.title, source: from.source });
    if (known === undefined) this.state.captures.push(one);
    if (key !== undefined) this.#byKey.set(key, one);
    response.statusCode = capture_type === 'screenshot' && one.status === 'pending' ? 202 : 200;
    this.#json(response, this.#based(one));
  }

  /** Addresses in answers begin with the base path. */
  #based(value) {
    const based = { ...value };
    for (const key of ['file_url', 'thumbnail_url']) if (based[key] != null) based[key] = this.basePath + based[key];
    return based;
  }

  #json(response, value) {
    response.writeHead(response.statusCode, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    response.end(JSON.stringify(value));
  }

  #screenshot(id) {
    return join(this.media, `${Number.parseInt(id.replaceAll('-', '').slice(-2), 16) % SCREENSHOTS}.jpg`);
  }

  #captureFile(request, response, name, title) {
    const one = this.state.captures.find((capture) => capture.file_name === name);
    if (one === undefined) return problem(response, 404, 'not_found', 'There is no such file.');
    if (title !== undefined) response.setHeader('Content-Disposition', `attachment; filename="${title}${extname(name)}"`);
    this.#send(request, response, name.endsWith('.mp4') ? join(this.media, 'clip.mp4') : this.#screenshot(one.id), TYPES[extname(name)]);
  }

  #page(request, response, path) {
    const inside = normalize(path.endsWith('/') ? `${path}index.html` : path);
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    this.#send(request, response, join(WEB_DIR, inside), TYPES[extname(inside)] ?? 'application/octet-stream');
  }

  #send(request, response, file, type) {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return problem(response, 404, 'not_found', 'There is no such file.');
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]), stat.size - 1) : stat.size - 1;
    if (range) response.setHeader('Content-Range', `bytes ${start}-${end}/${stat.size}`);
    response.writeHead(range ? 206 : 200, { 'Content-Type': type, 'Content-Length': end - start + 1, 'Accept-Ranges': 'bytes' });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file, { start, end }).pipe(response);
  }
}

function problem(response, status, code, detail, more = {}, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ type: 'about:blank', title: 'Error', status, detail, code, ...more }));
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Something to look at: `n` captures over some days, among them a running clip and a failed one. */
export function sampleCaptures(n) {
  const titles = [
    'The Long Voyage',
    'Harbour Lights — S02E07 — The One Where the Ferry Never Came and Everybody Waited Until Dawn',
    'Meridian',
    'Kitchen Stories — S00E03 — Making Of',
  ];
  return Array.from({ length: n }, (_, i) => {
    const clip = i % 4 === 1;
    return capture({
      media_title: titles[i % titles.length],
      capture_type: clip ? 'clip' : 'screenshot',
      timestamp_seconds: 95 + i * 187.4,
      ...(clip ? { duration_seconds: [10, 32.96, 60, 125][i % 3] } : {}),
      created_at: new Date(Date.now() - i * i * 97_000).toISOString(),
      ...(i === 1 ? { status: 'pending', progress: 0.42 } : {}),
      ...(i === 2
        ? { status: 'failed', phase: 'failed', error_code: 'media_error',
            error_message: 'The media file cannot be read: /media/films/Meridian.mkv does not exist here. Check the path mapping.' }
        : {}),
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const api = await startFakeApi({ port: Number(process.argv[2] ?? 8788) });
  api.state.sessions = [
    session({ title: 'Harbour Lights', subtitle: 'S02E07 — The One Where the Ferry Never Came', thumbnail_url: '/api/proxy/plex?path=%2F4' }),
    session({ source: 'jellyfin', session_id: 'jf-1', title: 'Meridian', state: 'paused', year: 2016, user: 'Ben', player: 'Chrome' }),
  ];
  api.state.captures = sampleCaptures(40);
  console.log(api.url);
}
