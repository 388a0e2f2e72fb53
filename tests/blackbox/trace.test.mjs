// One trace from the request to FFmpeg and the database, at a collector that reads it for itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FakeJellyfin } from '../lib/fakes/jellyfin.mjs';
import { KIND, OtlpSink } from '../lib/fakes/otlp_sink.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, binary, environment, eventually, freePort, run, temporaryFolder } from '../lib/matinee.mjs';

const KEY = 'jelly-s3cret';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${PARENT}-01`;
const SECONDS = 20;

const folder = temporaryFolder('trace');
let film;
let jellyfin;

before(async () => {
  film = await makeFilm(join(folder, 'films/film.mkv'), { seconds: SECONDS });
  jellyfin = await FakeJellyfin.start(KEY);
  jellyfin.play({ id: 'j1', item: '0123456789abcdef0123456789abcdef', film, duration_seconds: SECONDS, paused: true, position_seconds: 5 });
});

after(() => {
  jellyfin?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `work` with a Matinee that sends its spans to a sink; `env` adds to the settings. */
async function traced(env, work) {
  const sink = await OtlpSink.start();
  const matinee = await Matinee.start({
    env: {
      ...jellyfin.env, POLL_INTERVAL: '500ms', LOG_FORMAT: 'json', LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_BSP_SCHEDULE_DELAY: '100', ...env,
    },
  });
  try {
    await matinee.session();
    await work({ sink, matinee });
    assert.deepEqual(sink.faults, []);
  } finally {
    await matinee.close();
    sink.close();
  }
}

async function screenshot(matinee, headers = {}) {
  const { status, json } = await matinee.post('/api/capture/screenshot', { session_id: 'jf-j1' }, { 'idempotency-key': randomUUID(), ...headers });
  // 202: it takes longer than a request may, on a busy machine.
  assert.ok([200, 202].includes(status), JSON.stringify(json));
  const capture = status === 200 ? json : await matinee.finished(json.id);
  assert.equal(capture.status, 'complete', JSON.stringify(capture));
  return capture;
}

const ofTrace = (sink, name) => sink.spans.filter((span) => span.trace_id === TRACE && span.name === name);

for (const protocol of ['http/protobuf', 'http/json']) {
  test(`a screenshot is one trace from the request to FFmpeg and SQL (${protocol})`, async () => {
    await traced({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=home%20lab' }, async ({ sink, matinee }) => {
      const capture = await screenshot(matinee, { traceparent, tracestate: 'congo=t61rcWkgMzE' });
      const request = await eventually(() => ofTrace(sink, 'POST /api/capture/screenshot')[0], 'the request is at the collector');
      assert.equal(request.parent_id, PARENT);
      assert.equal(request.kind, KIND.server);
      assert.equal(request.trace_state, 'congo=t61rcWkgMzE');
      assert.equal(request.flags, 0x301);  // Sampled, and its parent is another process's.
      assert.deepEqual(request.attributes, {
        'http.request.method': 'POST', 'http.route': '/api/capture/screenshot', 'http.response.status_code': 200,
      });
      assert.equal(request.resource['service.name'], 'matinee');
      assert.equal(request.resource['deployment.environment.name'], 'home lab');
      assert.match(request.resource['service.instance.id'], /^[0-9a-f-]{36}$/);
      assert.ok(request.resource['service.version']);

      // What the request does, and what is done with its job.
      const process = await eventually(() => ofTrace(sink, 'process screenshot')[0], 'the job is at the collector');
      const [send] = ofTrace(sink, 'send screenshot');
      assert.equal(send.kind, KIND.producer);
      assert.equal(send.parent_id, request.span_id);
      assert.equal(process.kind, KIND.consumer);
      assert.equal(process.parent_id, send.span_id);
      const [ffmpeg] = ofTrace(sink, 'ffmpeg');
      assert.equal(ffmpeg.kind, KIND.internal);
      assert.equal(ffmpeg.parent_id, process.span_id);
      assert.equal(ffmpeg.attributes['process.exit.code'], 0);
      assert.ok(ffmpeg.start >= process.start && ffmpeg.end <= process.end);
      assert.ok(ffmpeg.end - ffmpeg.start > 5_000_000n, `${ffmpeg.end - ffmpeg.start} ns`);
      const media = sink.spans.find((span) => span.trace_id === TRACE && span.kind === KIND.client && span.attributes['server.address']);
      assert.equal(media.name, 'GET');
      assert.equal(`http://${media.attributes['server.address']}:${media.attributes['server.port']}`, jellyfin.url);
      const queries = sink.spans.filter((span) => span.trace_id === TRACE && span.attributes['db.system.name'] === 'sqlite');
      for (const [parent, what] of [[request, 'the request'], [process, 'the worker']]) {
        assert.ok(queries.some((query) => query.parent_id === parent.span_id), `a query of ${what}`);
      }
      for (const query of queries) {
        assert.equal(query.kind, KIND.client);
        assert.equal(query.name, query.attributes['db.operation.name']);
      }
      // One connected tree.
      const ids = new Set(sink.spans.map((span) => span.span_id));
      for (const span of sink.spans.filter((one) => one.trace_id === TRACE)) assert.ok(span.parent_id === PARENT || ids.has(span.parent_id), span.name);
      assert.ok(!sink.spans.some((span) => span.error), 'nothing failed');

      // The log's lines about the capture lead to the trace.
      const lines = matinee.log.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
      const complete = lines.find((line) => line.capture_id === capture.id && line.trace_id);
      assert.equal(complete.trace_id, TRACE);
      assert.match(complete.span_id, /^[0-9a-f]{16}$/);
      assert.equal(complete.trace_flags, '01');

      // The trace went on to the media server, and no key, query or value came to the collector.
      await eventually(() => jellyfin.requests.some(({ headers }) => headers.traceparent === `00-${TRACE}-${media.span_id}-01`), 'Jellyfin gets the trace');
      assert.ok(!sink.everything.includes(KEY));
      assert.ok(!sink.everything.includes(film));
      assert.ok(!sink.everything.includes('SELECT'));
      assert.equal(sink.posts[0].path, '/v1/traces');
    });
  });
}

test('a trace goes through Redis into another process', async () => {
  const sink = await OtlpSink.start();
  const cluster = await Cluster.start({
    env: { ...jellyfin.env, POLL_INTERVAL: '500ms', OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_BSP_SCHEDULE_DELAY: '100' },
  });
  try {
    await cluster.api.session();
    await screenshot(cluster.api, { traceparent });
    const process = await eventually(() => ofTrace(sink, 'process screenshot')[0], 'the job is at the collector');
    const request = await eventually(() => ofTrace(sink, 'POST /api/capture/screenshot')[0], 'so is the request');
    const [send] = ofTrace(sink, 'send screenshot');
    assert.equal(send.parent_id, request.span_id);
    assert.equal(process.parent_id, send.span_id);
    assert.equal(process.flags, 0x301);  // Its parent is in another process.
    assert.notEqual(process.resource['service.instance.id'], request.resource['service.instance.id']);
    assert.equal(ofTrace(sink, 'ffmpeg')[0].parent_id, process.span_id);
    assert.ok(sink.spans.some((span) => span.trace_id === TRACE && span.attributes['db.system.name'] === 'postgresql'));
    assert.deepEqual(sink.faults, []);
  } finally {
    await cluster.close();
    sink.close();
  }
});

test('headers go to the collector and nowhere else, also out of a file', async () => {
  const file = join(folder, 'headers');
  writeFileSync(file, 'authorization=Basic%20c3ludGg%3D,x-scope=home\n');
  await traced({ OTEL_EXPORTER_OTLP_HEADERS_FILE: file }, async ({ sink, matinee }) => {
    await screenshot(matinee);
    await eventually(() => sink.posts.length > 0, 'something is sent');
    assert.equal(sink.posts[0].headers.authorization, 'Basic c3ludGg=');
    assert.equal(sink.posts[0].headers['x-scope'], 'home');
    assert.ok(!sink.everything.includes('c3ludGg'));
    assert.ok(!matinee.log.includes('c3ludGg'));
  });
});

test('programs that Matinee starts do not get the headers', async () => {
  await traced({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s3cret' }, async ({ matinee }) => {
    const children = readFileSync(`/proc/${matinee.process.pid}/task/${matinee.process.pid}/children`, 'utf8').trim();
    const { out } = await run('pgrep', ['-P', String(matinee.process.pid)]);
    const pids = `${children} ${out}`.split(/\s+/).filter(Boolean);
    assert.ok(pids.length > 0, 'nginx is a child');
    for (const pid of pids) assert.ok(!readFileSync(`/proc/${pid}/environ`, 'latin1').includes('s3cret'));
  });
});

test('a request without a traceparent begins a trace, one with a bad traceparent too', async () => {
  await traced({}, async ({ sink, matinee }) => {
    await matinee.request('/api/captures?limit=1');
    await matinee.request('/api/captures?limit=2', { headers: { traceparent: `00-${'0'.repeat(32)}-${PARENT}-01`, tracestate: 'a=1' } });
    const spans = await eventually(() => sink.named('GET /api/captures').length === 2 && sink.named('GET /api/captures'), 'both are there');
    for (const span of spans) {
      assert.equal(span.parent_id, null);
      assert.equal(span.trace_state, '');
    }
    assert.notEqual(spans[0].trace_id, spans[1].trace_id);
  });
});

test('the sampler always_off sends nothing, and a caller who does not sample is followed', async () => {
  await traced({ OTEL_TRACES_SAMPLER: 'always_off' }, async ({ sink, matinee }) => {
    await screenshot(matinee, { traceparent });
    await matinee.stop(); // Sends what is left.
    assert.equal(sink.posts.length, 0);
  });
  await traced({}, async ({ sink, matinee }) => {
    await screenshot(matinee, { traceparent: `00-${TRACE}-${PARENT}-00` });
    await screenshot(matinee);
    await eventually(() => sink.named('ffmpeg').length > 0, 'the other is there');
    assert.ok(!sink.spans.some((span) => span.trace_id === TRACE));
  });
});

test('switched off, nothing is sent, and the trace still goes on to the media server', async () => {
  await traced({ OTEL_SDK_DISABLED: 'true' }, async ({ sink, matinee }) => {
    jellyfin.requests.length = 0;
    await screenshot(matinee, { traceparent });
    await matinee.stop(); // Sends what is left.
    assert.equal(sink.posts.length, 0);
    assert.ok(jellyfin.requests.some(({ headers }) => headers.traceparent === traceparent));
  });
});

for (const [what, prepare] of [
  ['is away', async () => ({ endpoint: `http://127.0.0.1:${await freePort()}`, close() {} })],
  ['hangs', async () => {
    const sink = await OtlpSink.start();
    sink.hanging = true;
    return { endpoint: sink.url, close: () => sink.close() };
  }],
]) {
  test(`a collector that ${what} delays nothing, is logged once, and does not delay the shutdown`, async (t) => {
    const collector = await prepare();
    t.after(() => collector.close()); // Also after a failure, or it would keep this process.
    const metrics_port = await freePort();
    await traced(
      { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '400', OTEL_BSP_EXPORT_TIMEOUT: '400',
        OTEL_BSP_MAX_QUEUE_SIZE: '16', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '8', METRICS_PORT: String(metrics_port) },
      async ({ matinee }) => {
        await screenshot(matinee);
        for (let i = 0; i < 5; ++i) await screenshot(matinee);
        for (let i = 0; i < 40; ++i) await matinee.get('/api/captures');
        const scrape = await eventually(async () => {
          const text = await (await fetch(`http://127.0.0.1:${metrics_port}/metrics`)).text();
          return /spans_dropped_total\{reason="export_failed"\} [1-9]/.test(text) && text;
        }, 'lost spans are counted');
        assert.match(scrape, /matinee_trace_exports_total\{outcome="failure"\} [1-9]/);
        if (what === 'hangs') assert.match(scrape, /matinee_trace_spans_dropped_total\{reason="queue_full"\} [1-9]/);
        assert.match(scrape, /matinee_trace_spans_exported_total 0/);
        assert.equal(matinee.log.split('spans do not reach the collector').length - 1, 1);
        const stopping = Date.now();
        assert.equal((await matinee.stop()).code, 0);
        // Exports are tried again for half a minute.
        assert.ok(Date.now() - stopping < 20_000, `it took ${Date.now() - stopping} ms to stop`);
      },
    );
  });
}

test('what has not been sent is sent at the end', async () => {
  await traced({ OTEL_BSP_SCHEDULE_DELAY: '3600000' }, async ({ sink, matinee }) => {
    await screenshot(matinee);
    assert.equal(sink.posts.length, 0);
    assert.equal((await matinee.stop()).code, 0);
    assert.equal(sink.named('POST /api/capture/screenshot').length, 1);
    assert.equal(sink.named('ffmpeg').length, 1);
  });
});

test('an invalid setting stops the start with one line and no secret', async () => {
  const env = environment({ DATA_DIR: join(folder, 'wrong'), OTEL_EXPORTER_OTLP_HEADERS: 's3cret', METRICS_PORT: '0' });
  const { code, err } = await run(binary, ['up'], { env });
  assert.equal(code, 1);
  assert.match(err.toString(), /^matinee: OTEL_EXPORTER_OTLP_HEADERS: [^\n]*\n$/);
  assert.doesNotMatch(err.toString(), /s3cret/);
});
