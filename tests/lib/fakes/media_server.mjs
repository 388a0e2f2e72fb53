// The part that all pretend media servers share: listening, credentials, a record of every request, and
// all the ways in which a server can go wrong.
import { once } from 'node:events';
import http from 'node:http';

import { Playback } from './playback.mjs';

/** A JPEG of 16x9 pixels. */
export const JPEG = Buffer.from(
  '/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4Nw' +
    'cHBoaGBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/////xABMAAEBAAAAAAAAAAAAAAAAAAAABgEBAQAAAAAAAAAAAAAAAAAABgcQ' +
    'AQAAAAAAAAAAAAAAAAAAAAARAQAAAAAAAAAAAAAAAAAAAAD/wAARCAAIABADASIAAhEAAxEA/9oADAMBAAIRAxEAPwCkASovf//Z',
  'base64',
);

/** Every way to go wrong. Each gets the answer that would have been given. */
export const FAULTS = {
  late: ({ later, send }) => later(3000, send),
  never: () => {},
  unauthorized: ({ response }) => response.writeHead(401).end(),
  error: ({ response }) => response.writeHead(500, { 'content-type': 'text/html' }).end('<html>Internal error</html>'),
  half: ({ response, type, body }) => response.writeHead(200, { 'content-type': type }).end(body.subarray(0, body.length / 2)),
  'cut-off': ({ response, type, body }) => {
    response.writeHead(200, { 'content-type': type, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  },
  'wrong-types': ({ response, type }) =>
    response.writeHead(200, { 'content-type': type }).end(type.includes('xml') ? '<Sessions size="lots"/>' : '{"Sessions":[1,"two",null]}'),
  'wrong-encoding': ({ response, type, body }) =>
    response.writeHead(200, { 'content-type': type }).end(Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), body])),
  empty: ({ response, type }) => response.writeHead(200, { 'content-type': type }).end(),
  huge: async ({ response, type }) => {
    response.writeHead(200, { 'content-type': type });
    response.setMaxListeners(0);
    const megabyte = Buffer.alloc(1024 * 1024, type.includes('xml') ? '<a>' : '[[');
    for (let i = 0; i < 50 && !response.destroyed; ++i) {
      if (!response.write(megabyte)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end();
  },
  redirect: ({ response, server }) => response.writeHead(302, { location: server.elsewhere }).end(),
  reset: ({ request }) => request.socket.resetAndDestroy(),
  'not-http': ({ request }) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
};

export class FakeMediaServer {
  /** `key`: the token or API key that it wants. */
  constructor(key) {
    this.key = key;
    this.playing = [];
    this.libraries = [];
    this.requests = [];
    this.fault = null; // A name in FAULTS, or null.
    this.fault_on = /sessions/i; // Which paths go wrong.
    this.elsewhere = 'http://127.0.0.1:9/elsewhere'; // Where `redirect` leads.
    this.timers = new Set();
    this.server = http.createServer((request, response) => this.#handle(request, response));
  }

  static async start(key = 'a-key', options = {}) {
    const server = Object.assign(new this(key), options);
    server.server.listen(options.port ?? 0, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  /** Begins to play; see Playback for what. */
  play(what) {
    const playback = new Playback(what);
    this.playing.push(playback);
    return playback;
  }

  stop(playback) {
    this.playing = this.playing.filter((each) => each !== playback);
  }

  /** The paths that were asked for, with their queries. */
  paths() {
    return this.requests.map((request) => request.path);
  }

  close() {
    for (const timer of this.timers) clearTimeout(timer);
    this.server.closeAllConnections();
    this.server.close();
  }

  async #handle(request, response) {
    const url = new URL(request.url, 'http://fake');
    this.requests.push({ method: request.method, path: request.url, headers: request.headers, at: Date.now() });
    response.on('error', () => {});
    const answer = this.answer(request, url);
    const type = answer.type ?? 'text/html';
    const body = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(answer.body ?? '');
    const send = () => response.writeHead(answer.status ?? 200, { 'content-type': type }).end(body);
    if (!this.fault || !this.fault_on.test(url.pathname)) return send();
    const later = (ms, action) => this.timers.add(setTimeout(action, ms));
    return FAULTS[this.fault]({ server: this, request, response, type, body, send, later });
  }
}
