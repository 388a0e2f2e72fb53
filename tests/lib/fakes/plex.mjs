// A pretend Plex Media Server: XML, X-Plex-Token, and its habits: a transcoding session does not know its
// file, positions are as old as the player's last report, rows come twice.
import { FakeMediaServer, JPEG } from './media_server.mjs';

const escape = (text) =>
  String(text).replace(/[&<>"'\n\r\t]/g, (c) => `&#${c.charCodeAt(0)};`);

const attributes = (object) =>
  Object.entries(object)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => ` ${name}="${escape(value)}"`)
    .join('');

const element = (name, object, inner = '') => `<${name}${attributes(object)}>${inner}</${name}>\n`;

const ms = (seconds) => (seconds === null || seconds === undefined ? undefined : Math.round(seconds * 1000));

/**
 * Beyond what Playback has, a playback may have:
 *   transcoding: true         the session's Part has no file
 *   show, season, episode     an episode of a series
 *   report_every_seconds      how often the player reports; otherwise its reports are always fresh
 *   live, preroll, music      what cannot be captured, or is not shown
 *   without_offset: true      an old player that says no position
 *   duplicate: true           the row comes twice
 *   legacy: true              an old player without a Session element
 *   audio_stream_index        the sound that is heard (1 or 2)
 */
export class FakePlex extends FakeMediaServer {
  get env() {
    return { PLEX_URL: this.url, PLEX_TOKEN: this.key };
  }

  answer(request, url) {
    if (url.pathname === '/identity') return this.#xml(attributes({ machineIdentifier: 'fake', version: '1.41.3.9314-a0bfb8370' }));
    if (request.headers['x-plex-token'] !== this.key) return { status: 401, body: '<html><h1>401 Unauthorized</h1></html>' };
    if (url.pathname === '/status/sessions') return this.#xml('', this.playing.map((playback) => this.#row(playback)).join(''));
    if (url.pathname === '/library/sections') return this.#xml('', this.#sections());
    const item = url.pathname.match(/^\/library\/metadata\/(\d+)$/);
    if (item) return this.#metadata(Number(item[1]));
    const image = url.pathname === '/photo/:/transcode' ? url.searchParams.get('url') : url.pathname;
    if (/^\/library\/metadata\/\d+\/(thumb|art)\/\d+$/.test(image ?? '')) return { type: 'image/jpeg', body: JPEG };
    return { status: 404, body: '<html>404 Not Found</html>' };
  }

  #xml(extra, inner = '') {
    return {
      type: 'text/xml;charset=utf-8',
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer size="1"${extra}>\n${inner}</MediaContainer>\n`,
    };
  }

  #sections() {
    return this.libraries
      .map(({ name, folder, type = 'movie' }, i) => element('Directory', { key: i + 1, title: name, type }, element('Location', { id: i + 1, path: folder })))
      .join('');
  }

  /** What the player last reported: the position, every so many seconds; a pause at once. */
  #reported(playback) {
    const every = playback.report_every_seconds;
    const position = playback.position_seconds;
    if (!every || playback.paused) return position;
    return Math.floor(position / every) * every;
  }

  /** `decision` is the transcoder's, in a session; `selected` the sound that is marked. */
  #streams(playback, { decision, selected }) {
    const stream = (index, type) => ({
      id: playback.item * 10 + index, streamType: type, decision, codec: type === 1 ? 'h264' : 'aac',
      // The transcoder's streams have other places than the file's.
      index: decision === 'transcode' ? undefined : index,
      selected: index === selected ? 1 : undefined,
    });
    return [stream(0, 1), stream(1, 2), stream(2, 2)].map((each) => element('Stream', each)).join('');
  }

  #row(playback) {
    const { item, id, transcoding, show } = playback;
    const kind = playback.music ? 'track' : playback.preroll ? 'clip' : show ? 'episode' : 'movie';
    const hasFile = !transcoding && !playback.live && !playback.preroll;
    const part = element(
      'Part',
      { id: item * 100, decision: transcoding ? 'transcode' : 'directplay', selected: 1, file: hasFile ? playback.film : undefined, duration: hasFile ? ms(playback.duration_seconds) : undefined },
      this.#streams(playback, { decision: transcoding ? 'transcode' : undefined, selected: playback.audio_stream_index ?? 1 }),
    );
    const inner =
      element('Media', { id: item * 1000, selected: 1, container: transcoding ? 'mp4' : 'mkv', width: transcoding ? 1280 : 1920 }, part) +
      element('User', { id: 1, title: playback.user, thumb: 'https://plex.tv/users/1/avatar' }) +
      element('Player', { title: playback.player, product: 'Plex for TV', machineIdentifier: `player-${id}`, state: playback.paused ? 'paused' : 'playing', address: '192.168.1.20' }) +
      (playback.legacy ? '' : element('Session', { id, bandwidth: 8000, location: 'lan' }));
    const row = element(
      playback.music ? 'Track' : 'Video',
      {
        type: kind, ratingKey: item, key: playback.live ? `/livetv/sessions/${id}` : `/library/metadata/${item}`,
        sessionKey: playback.session_key ?? item, title: playback.title, grandparentTitle: show,
        parentIndex: playback.season, index: playback.episode, year: playback.year, duration: playback.live ? undefined : ms(playback.duration_seconds),
        viewOffset: playback.without_offset ? undefined : ms(this.#reported(playback)), thumb: `/library/metadata/${item}/thumb/1700000000`,
        updatedAt: 1700000000, librarySectionID: playback.preroll ? -2 : 1, live: playback.live ? 1 : undefined,
      },
      inner,
    );
    return playback.duplicate ? row + row : row;
  }

  #metadata(item) {
    const playback = this.playing.find((each) => each.item === item);
    if (!playback?.film) return { status: 404, body: '<html>404 Not Found</html>' };
    const part = (id, file) =>
      element('Part', { id, file, duration: ms(playback.duration_seconds), size: 1 }, this.#streams(playback, { selected: 1 }));
    const media = (id, inner) => element('Media', { id, container: 'mkv' }, inner);
    const inner = media(item * 1000 + 1, part(item * 100 + 1, `${playback.film}.other-version.mkv`)) + media(item * 1000, part(item * 100, playback.film));
    return this.#xml('', element('Video', { ratingKey: item, type: 'movie', title: playback.title }, inner));
  }
}
