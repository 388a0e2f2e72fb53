// A Jellyfin that is paused exactly where a test says, so that the moment of a capture is known.
import http from 'node:http';
import { once } from 'node:events';

export class PausedJellyfin {
  static async start(film, duration_seconds, address = '127.0.0.1') {
    const jellyfin = new PausedJellyfin();
    jellyfin.film = film;
    jellyfin.duration_seconds = duration_seconds;
    jellyfin.position_seconds = 0;
    jellyfin.title = 'A film';
    jellyfin.audio_stream_index = undefined;
    jellyfin.requests = 0;
    jellyfin.hanging = false; // Answers nothing.
    jellyfin.server = http.createServer((request, response) => jellyfin.#answer(request, response));
    jellyfin.server.listen(0, address);
    await once(jellyfin.server, 'listening');
    return jellyfin;
  }

  get url() {
    const { address, port } = this.server.address();
    return `http://${address}:${port}`;
  }

  /** The settings that make Matinee look here. */
  get env() {
    return { JELLYFIN_URL: this.url, JELLYFIN_API_KEY: 'a-key', POLL_INTERVAL: '500ms' };
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  #answer(request, response) {
    ++this.requests;
    if (this.hanging) return;
    const session = {
      Id: 'paused', UserId: 'u1', UserName: 'Anna', DeviceName: 'TV', Client: 'Test',
      LastActivityDate: new Date().toISOString(),
      NowPlayingItem: {
        Id: 'item1', Name: this.title, Type: 'Movie', Path: this.film,
        RunTimeTicks: Math.round(this.duration_seconds * 1e7),
      },
      PlayState: {
        PositionTicks: Math.round(this.position_seconds * 1e7), IsPaused: true, MediaSourceId: 'item1',
        AudioStreamIndex: this.audio_stream_index,
      },
    };
    // Emby's paths, for tests that use it as one, begin with /emby.
    const body = /^(\/emby)?\/Sessions/.test(request.url) ? [session] : { ProductName: 'Jellyfin Server', Version: '10.10.7' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  }
}
