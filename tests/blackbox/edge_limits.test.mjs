// One host that opens connections without end, and sends heads of requests that it never finishes: the others are served.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Matinee, eventually, freePort } from '../lib/matinee.mjs';
import { value } from '../lib/scrape.mjs';

const ATTACKER = '127.0.0.2';
const LIMIT = 128;
const CONNECTIONS = 2050; // nginx has 4096.

let matinee;
let metrics;
before(async () => {
  const port = await freePort();
  matinee = await Matinee.start({ env: { METRICS_PORT: String(port) } });
  metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
});
after(() => matinee?.close());

/** Keeps so many connections open, each with half a head of a request. */
class HalfSentHeads {
  constructor(count) {
    this.open = new Set();
    for (let i = 0; i < count; ++i) this.#connect();
  }

  #connect() {
    const socket = net.connect({ port: matinee.port, host: '127.0.0.1', localAddress: ATTACKER });
    this.open.add(socket);
    socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-'));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.open.delete(socket);
      if (!this.over) setTimeout(() => this.over || this.#connect(), 1000);
    });
  }

  stop() {
    this.over = true;
    this.open.forEach((socket) => socket.destroy());
  }
}

/** The status of a request over a new connection from this address, or what went wrong. */
const ask = (localAddress) =>
  new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port: matinee.port, path: '/api/health', localAddress, agent: false, timeout: 60_000 }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', ({ message }) => resolve(message));
  });

test('while one address sends 2050 heads that it does not finish, another is served', async () => {
  const attack = new HalfSentHeads(CONNECTIONS);
  try {
    const refused = async () => value(await metrics(), 'matinee_nginx_connections_refused_total');
    await eventually(async () => (await refused()) >= CONNECTIONS - LIMIT, 'the rest is refused, and counted');
    const answers = [];
    for (let i = 0; i < 200; ++i) answers.push(await ask('127.0.0.1'));
    const served = answers.filter((answer) => answer === 200).length;
    assert.ok(served >= 198, `${served} of 200; ${[...new Set(answers)]}`);
    const open = value(await metrics(), 'matinee_nginx_connections', { state: 'active' });
    assert.ok(open < LIMIT + 50, `${open} connections`);
    // Once a minute, not once a connection.
    const lines = matinee.log.split('\n').filter((line) => line.includes('nginx wrote to stderr'));
    assert.ok(lines.length <= 20, lines.join('\n'));
    assert.equal(lines.filter((line) => line.includes('CONNECTIONS_PER_ADDRESS')).length > 0, true, matinee.log);
  } finally {
    attack.stop();
  }
  await eventually(async () => (await ask(ATTACKER)) === 200, 'the attacker is served when it behaves');
});

test('the head of a request has five seconds', async () => {
  const began = performance.now();
  const socket = net.connect(matinee.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-');
  let over = 0;
  socket.on('error', () => {});
  socket.on('close', () => (over = performance.now()));
  await eventually(() => over, 'it is closed');
  const seconds = (over - began) / 1000;
  assert.ok(seconds >= 4.9 && seconds < 14, `${seconds} s`);
});
