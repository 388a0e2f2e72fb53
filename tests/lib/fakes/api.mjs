// A pretend API of Matinee, behind the edge.
import { once } from 'node:events';
import http from 'node:http';

/** Says what it was asked; /api/slow answers when `release` is called. */
export class FakeApi {
  slow = [];

  static async start(port = 0) {
    const api = new FakeApi();
    api.server = http.createServer((request, response) => api.#answer(request, response));
    api.server.listen(port, '127.0.0.1');
    await once(api.server, 'listening');
    return api;
  }

  get port() {
    return this.server.address().port;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  release() {
    for (const response of this.slow.splice(0)) response.end('{"slow":true}');
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  #answer(request, response) {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/api/slow') return this.slow.push(response);
    if (request.url === '/captures/a.mp4') {
      return response.writeHead(200, { 'content-type': 'video/mp4', 'x-accel-redirect': '/_captures/a.mp4' }).end();
    }
    const { method, url, headers } = request;
    return response.end(JSON.stringify({ method, url, headers }));
  }
}
