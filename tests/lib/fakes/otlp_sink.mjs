// An OpenTelemetry collector that keeps what it is sent: OTLP over HTTP, as Protobuf or as JSON, read
// by hand and strictly, so that what we write is checked by other code than ours.
//
// Source: open-telemetry/opentelemetry-proto, trace/v1/trace.proto and docs/specification.md.
import { once } from 'node:events';
import http from 'node:http';

const HEX = /^[0-9a-f]+$/;

/** The fields of a Protobuf message: [number, value], a value being a BigInt or a Buffer. */
function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (at >= bytes.length || shift > 63n) throw new Error('a varint that does not end');
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  };
  const take = (length) => {
    if (at + length > bytes.length) throw new Error('a field that is cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0: yield [number, varint()]; break;
      case 1: yield [number, take(8)]; break;
      case 2: yield [number, take(Number(varint()))]; break;
      case 5: yield [number, take(4)]; break;
      default: throw new Error(`wire type ${tag & 7n}`);
    }
  }
}

/** The values of one repeated field. */
const all = (bytes, wanted) => [...fields(bytes)].filter(([number]) => number === wanted).map(([, value]) => value);
const text = (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

function protobufValue(bytes) {
  const [[number, value]] = fields(bytes);
  switch (number) {
    case 1: return text(value);
    case 2: return value !== 0n;
    case 3: return Number(BigInt.asIntN(64, value));
    case 4: return value.readDoubleLE();
    default: throw new Error(`AnyValue with field ${number}`);
  }
}

const protobufAttributes = (messages) =>
  Object.fromEntries(messages.map((message) => [text(all(message, 1)[0]), protobufValue(all(message, 2)[0])]));

function protobufSpan(bytes) {
  const span = { attributes: protobufAttributes(all(bytes, 9)), links: [], parent_id: null, trace_state: '', error: false };
  for (const [number, value] of fields(bytes)) {
    if (number === 1) span.trace_id = value.toString('hex');
    if (number === 2) span.span_id = value.toString('hex');
    if (number === 3) span.trace_state = text(value);
    if (number === 4) span.parent_id = value.toString('hex');
    if (number === 5) span.name = text(value);
    if (number === 6) span.kind = Number(value);
    if (number === 7) span.start = value.readBigUInt64LE();
    if (number === 8) span.end = value.readBigUInt64LE();
    if (number === 13) span.links.push(all(value, 2)[0].toString('hex'));
    if (number === 15) span.error = all(value, 3)[0] === 2n;
    if (number === 16) span.flags = value.readUInt32LE();
  }
  return span;
}

function fromProtobuf(body) {
  return all(body, 1).flatMap((resourceSpans) => {
    const resource = protobufAttributes(all(all(resourceSpans, 1)[0], 1));
    return all(resourceSpans, 2).flatMap((scopeSpans) => all(scopeSpans, 2).map((span) => ({ ...protobufSpan(span), resource })));
  });
}

function jsonValue(value) {
  const [[kind, content]] = Object.entries(value);
  if (kind === 'intValue') {
    if (typeof content !== 'string') throw new Error('integers of 64 bits are texts');
    return Number(content);
  }
  if (!['stringValue', 'boolValue', 'doubleValue'].includes(kind)) throw new Error(kind);
  return content;
}

const jsonAttributes = (list) => Object.fromEntries(list.map(({ key, value }) => [key, jsonValue(value)]));

function jsonSpan(span) {
  for (const id of [span.traceId, span.spanId]) if (!HEX.test(id)) throw new Error(`${id} is not hex`);
  return {
    trace_id: span.traceId, span_id: span.spanId, parent_id: span.parentSpanId ?? null, trace_state: span.traceState ?? '',
    name: span.name, kind: span.kind, start: BigInt(span.startTimeUnixNano), end: BigInt(span.endTimeUnixNano),
    attributes: jsonAttributes(span.attributes ?? []), links: (span.links ?? []).map((link) => link.spanId),
    error: span.status?.code === 2, flags: span.flags,
  };
}

function fromJson(body) {
  return JSON.parse(text(body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...jsonSpan(span), resource: jsonAttributes(resource.attributes) }))),
  );
}

const READERS = { 'application/x-protobuf': fromProtobuf, 'application/json': fromJson };

export const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

export class OtlpSink {
  static async start() {
    const sink = new OtlpSink();
    sink.server.listen(0, '127.0.0.1');
    await once(sink.server, 'listening');
    return sink;
  }

  constructor() {
    this.spans = [];
    this.posts = []; // { path, headers, bytes }
    this.faults = []; // What could not be read.
    this.hanging = false; // Answers nothing.
    this.server = http.createServer((request, response) => this.#take(request, response));
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  /** Everything that came, as text: whatever form it has, a secret would be readable in it. */
  get everything() {
    return this.posts.map(({ bytes }) => bytes.toString('latin1')).join('\n');
  }

  named(name) {
    return this.spans.filter((span) => span.name === name);
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #take(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const bytes = Buffer.concat(parts);
    this.posts.push({ path: request.url, headers: request.headers, bytes });
    if (this.hanging) return;
    const read = READERS[request.headers['content-type']];
    try {
      if (request.method !== 'POST' || !read) throw new Error(`${request.method} of ${request.headers['content-type']}`);
      this.spans.push(...read(bytes));
      response.writeHead(200, { 'content-type': request.headers['content-type'] }).end(request.headers['content-type'].includes('json') ? '{}' : '');
    } catch (error) {
      this.faults.push(error);
      response.writeHead(400).end();
    }
  }
}
