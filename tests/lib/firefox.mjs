// Drives Debian's Firefox ESR, without a window, by WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/): commands as JSON over one
// WebSocket (RFC 6455), of which this has what Firefox uses.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { temporaryFolder } from './matinee.mjs';

/** Against hanging; the first start makes a profile. */
const TIMEOUT_MS = 120_000;

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

// No question at the start, nothing asked of other hosts, and media that play without a click.
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'media.autoplay.default': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'remote.prefs.recommended': true,
  'toolkit.telemetry.enabled': false,
};

/** A client's end of a WebSocket. */
class Socket {
  static async connect(port, path) {
    const request = http.get({
      host: '127.0.0.1', port, path,
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') },
    });
    const [, socket, head] = await once(request, 'upgrade', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return new this(socket, head);
  }

  constructor(socket, head) {
    this.socket = socket;
    this.bytes = head;
    this.text = '';
    this.onText = () => {};
    socket.on('data', (bytes) => {
      this.bytes = Buffer.concat([this.bytes, bytes]);
      while (this.#readFrame());
    });
    socket.on('error', () => {});
  }

  /** Handles the first frame, if it has arrived whole. A server's frames have no mask. */
  #readFrame() {
    if (this.bytes.length < 2) return false;
    const isLast = (this.bytes[0] & 0x80) !== 0;
    const opcode = this.bytes[0] & 0x0f;
    let length = this.bytes[1] & 0x7f;
    const start = { 126: 4, 127: 10 }[length] ?? 2;
    if (this.bytes.length < start) return false;
    if (length === 126) length = this.bytes.readUInt16BE(2);
    else if (length === 127) length = Number(this.bytes.readBigUInt64BE(2));
    if (this.bytes.length < start + length) return false;
    const payload = this.bytes.subarray(start, start + length);
    this.bytes = this.bytes.subarray(start + length);
    if (opcode === PING) this.#write(PONG, payload);
    if (opcode > TEXT) return true;
    this.text += payload.toString();
    if (isLast) {
      this.onText(this.text);
      this.text = '';
    }
    return true;
  }

  #write(opcode, payload) {
    const mask = randomBytes(4);
    const head = Buffer.alloc(payload.length < 126 ? 2 : 4);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | Math.min(payload.length, 126);
    if (payload.length >= 126) head.writeUInt16BE(payload.length, 2); // Commands are shorter than 64 KiB.
    this.socket.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i % 4])]));
  }

  send(text) {
    this.#write(TEXT, Buffer.from(text));
  }

  close() {
    this.#write(CLOSE, Buffer.alloc(0));
    this.socket.destroy();
  }
}

export class Firefox {
  #last = 0;
  #waiting = new Map();

  static async launch() {
    const firefox = new this();
    firefox.folder = temporaryFolder('firefox');
    const profile = join(firefox.folder, 'profile');
    mkdirSync(profile);
    writeFileSync(join(profile, 'user.js'), Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`).join(''));
    firefox.process = spawn(process.env.FIREFOX_PATH ?? 'firefox-esr', ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: firefox.folder, MOZ_CRASHREPORTER_DISABLE: '1' },
    });
    process.on('exit', () => firefox.process.kill('SIGKILL'));
    try {
      firefox.socket = await Socket.connect(await firefox.#port(), '/session');
      firefox.socket.onText = (text) => firefox.#receive(JSON.parse(text));
      await firefox.command('session.new', { capabilities: {} });
      const { contexts } = await firefox.command('browsingContext.getTree', {});
      firefox.context = contexts[0].context;
    } catch (error) {
      firefox.process.kill('SIGKILL');
      throw error;
    }
    return firefox;
  }

  /** The port that it says on stderr. */
  async #port() {
    let said = '';
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`Firefox ${why}: ${said}`));
      const timer = setTimeout(() => fail('does not start'), TIMEOUT_MS);
      this.process.on('error', ({ message }) => fail(`is needed (install the package firefox-esr, or set FIREFOX_PATH): ${message}`));
      this.process.on('exit', () => fail('ended'));
      this.process.stderr.on('data', (bytes) => {
        said += bytes;
        const found = /WebDriver BiDi listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(said);
        if (!found) return;
        clearTimeout(timer);
        resolve(Number(found[1]));
      });
    });
  }

  #receive(message) {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return; // An event.
    this.#waiting.delete(message.id);
    if (message.type === 'error') waiting.reject(new Error(`${message.error}: ${message.message}`));
    else waiting.resolve(message.result);
  }

  command(method, params) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Firefox does not answer ${method}`)), TIMEOUT_MS);
      const settle = (end) => (value) => {
        clearTimeout(timer);
        end(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  goto(url) {
    return this.command('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
  }

  /** Calls a function in the page, which may be async; returns its value, which must be JSON. */
  async evaluate(body) {
    const { type, result, exceptionDetails } = await this.command('script.evaluate', {
      expression: `Promise.resolve((${body})()).then((value) => JSON.stringify(value))`, target: { context: this.context }, awaitPromise: true,
    });
    if (type !== 'success') throw new Error(exceptionDetails.text);
    return JSON.parse(result.value);
  }

  async close() {
    this.socket.close();
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
