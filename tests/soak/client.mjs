// A client that behaves as the page on a phone: sends a request with a key, retries it under the same key until it has a response, and
// polls the capture until it is finished.
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lib/matinee.mjs';
import { FPS } from './plan.mjs';

/** As web/src/api/errors.ts, but this one never gives up. */
const AGAIN_MS = [300, 1000, 3000];
const ANSWER_MS = 15_000;
const POLL_MS = 400;

export class Client {
  accepted = new Map(); // Capture to the key of its request.
  answers = {}; // Status, or why there was none, to how often.
  refusals = []; // Responses that no fault excuses.
  seconds = []; // From the tap to the end of the capture.
  requests = 0; // Over HTTP, with retries and polls.
  #cluster;
  #sessions;
  #random;

  /** `sessions`: the session in which each film plays. */
  constructor(cluster, sessions, random) {
    this.#cluster = cluster;
    this.#sessions = sessions;
    this.#random = random;
  }

  /** From the tap to the end; returns the last state of the capture. */
  async capture(request, isOver) {
    const tapped = Date.now();
    const taps = [this.#submit(request)];
    if (request.again === 'at once') taps.push(this.#submit(request));
    const ids = await Promise.all(taps);
    const capture = await this.#follow(ids[0], isOver);
    if (request.again === 'later') ids.push(await this.#submit(request));
    this.seconds.push((Date.now() - tapped) / 1000);
    if (new Set(ids).size > 1) this.refusals.push(`one key, several captures: ${request.key} is ${ids.join(', ')}`);
    return capture;
  }

  async #api() {
    const apis = await eventually(() => {
      const ready = this.#cluster.readyApis();
      return ready.length > 0 && ready;
    }, 'an API is ready', 120_000);
    return apis[Math.floor(this.#random() * apis.length)];
  }

  #count(answer) {
    this.answers[answer] = (this.answers[answer] ?? 0) + 1;
  }

  /** One request to an API that is ready; null if it got no response. */
  async #ask(path, options = {}) {
    const api = await this.#api();
    ++this.requests;
    try {
      const response = await fetch(api.url + path, { ...options, signal: AbortSignal.timeout(ANSWER_MS) });
      const json = await response.json();
      this.#count(response.status);
      return { status: response.status, json, after: Number(response.headers.get('retry-after') ?? 0) };
    } catch (error) {
      this.#count(error.name === 'TimeoutError' ? 'no answer in time' : 'connection lost');
      return null;
    }
  }

  #body(request) {
    const session_id = this.#sessions[request.film];
    // In the middle of the frame: no rounding can make it another one.
    if (request.kind === 'screenshot') return { session_id, offset_seconds: (request.frame + 0.5) / FPS };
    return { session_id, start_seconds: request.frame / FPS, end_seconds: (request.frame + request.frames) / FPS, precise: request.kind === 'precise' };
  }

  async #submit(request) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': request.key };
    if (request.kind === 'screenshot' && !request.waits) headers.prefer = 'respond-async';
    const path = `/api/capture/${request.kind === 'screenshot' ? 'screenshot' : 'clip'}`;
    for (let attempt = 0; ; ++attempt) {
      const answer = await this.#ask(path, { method: 'POST', headers, body: JSON.stringify(this.#body(request)) });
      const id = answer?.json.id; // Also in a problem, if it was made and then failed.
      if (id) {
        this.accepted.set(id, request.key);
        return id;
      }
      if (answer && ![502, 503, 504].includes(answer.status)) {
        this.refusals.push(`${request.key}: ${answer.status} ${JSON.stringify(answer.json)}`);
      }
      await sleep(Math.max(AGAIN_MS[attempt] ?? AGAIN_MS.at(-1), (answer?.after ?? 0) * 1000));
    }
  }

  async #follow(id, isOver) {
    while (!isOver()) {
      const answer = await this.#ask(`/api/captures/${id}`);
      if (answer?.status === 200 && answer.json.status !== 'pending') return answer.json;
      if (answer?.status === 404) {
        this.refusals.push(`${id} was accepted, and is not there: ${JSON.stringify(answer.json)}`);
        return null;
      }
      await sleep(POLL_MS);
    }
    return null;
  }
}
