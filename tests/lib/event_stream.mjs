// A client of GET /api/events that remembers what it received.
import http from 'node:http';
import { once } from 'node:events';
import { eventually } from './matinee.mjs';

export class EventStream {
  /** Resolves once the head of the answer is there. */
  static async open(url, headers = {}) {
    const stream = new EventStream();
    stream.request = http.get(`${url}/api/events`, { headers, agent: false });
    stream.request.on('error', () => (stream.ended = true));
    const [response] = await once(stream.request, 'response');
    stream.status = response.statusCode;
    stream.headers = response.headers;
    stream.text = '';
    stream.ended = false;
    response.setEncoding('utf8');
    response.on('data', (text) => (stream.text += text));
    response.on('close', () => (stream.ended = true));
    response.on('error', () => (stream.ended = true));
    return stream;
  }

  /** Complete events so far: { id, event, data }. */
  get events() {
    return this.text.split('\n\n').slice(0, -1).map((block) => Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':')).map((line) => line.split(/: (.*)/))))
      .filter(({ event }) => event !== undefined).map((event) => ({ ...event, data: JSON.parse(event.data) }));
  }

  /** The last id, of an event or of the start. */
  get lastId() {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1];
  }

  has(name, accept = () => true) {
    return eventually(() => this.events.find(({ event, data }) => event === name && accept(data)), `the event ${name}`);
  }

  close() {
    this.request.destroy();
  }
}
