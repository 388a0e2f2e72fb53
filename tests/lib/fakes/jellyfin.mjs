// A pretend Jellyfin (of version 12: only `Authorization: MediaBrowser Token="…"`), and with it Emby, which
// speaks alike: JSON, ticks, a list of devices most of which are idle.
import { FakeMediaServer, JPEG } from './media_server.mjs';

const TICKS = 1e7;
const ticks = (seconds) => (seconds === null || seconds === undefined ? null : Math.round(seconds * TICKS));
const json = (value, status = 200) => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) });
// Seven digits of a second, as .NET writes them.
const time = (date) => date.toISOString().replace('Z', '0000Z');

/**
 * Beyond what Playback has, a playback may have:
 *   show, season, episode     an episode of a series
 *   type, extra_type          'Audio', 'TvChannel', …; 'ThemeSong', …
 *   version                   the media source that plays, when it is not the item's own
 *   without_path: true        the session does not say the file; PlaybackInfo does
 *   remote: true              a .strm item
 *   video_type                'BluRay', …
 *   audio_stream_index        in the server's counting
 *   external_subtitles        so many subtitle files are counted before the film's own streams
 */
export class FakeJellyfin extends FakeMediaServer {
  get env() {
    return { JELLYFIN_URL: this.url, JELLYFIN_API_KEY: this.key };
  }
  get info() {
    return { ServerName: 'fake', Version: '12.0.0', ProductName: 'Jellyfin Server', Id: 'f0' };
  }

  path(url) {
    return url.pathname;
  }

  isAuthorised(request, url) {
    const [, token] = request.headers.authorization?.match(/^MediaBrowser .*?Token="([^"]*)"/) ?? [];
    return token === this.key || url.searchParams.get('ApiKey') === this.key;
  }

  answer(request, url) {
    const path = this.path(url);
    if (path === '/System/Info/Public') return json(this.info);
    // Images are served without a key.
    if (/^\/Items\/[\w-]+\/Images\/\w+$/.test(path)) return { type: 'image/jpeg', body: JPEG };
    if (!this.isAuthorised(request, url)) return { status: 401, body: '' };
    if (path === '/Sessions') return json([this.#idle(), ...this.playing.map((playback) => this.#session(playback))]);
    if (path === '/Library/VirtualFolders') {
      return json(this.libraries.map(({ name, folder, type = 'movies' }) => ({ Name: name, Locations: [folder], CollectionType: type })));
    }
    const item = path.match(/^\/Items\/([\w-]+)\/PlaybackInfo$/);
    if (item) return this.#playbackInfo(item[1], url.searchParams.get('userId'));
    return { status: 404, body: '' };
  }

  // A tablet that was used two days ago. It is still called active.
  #idle() {
    return {
      Id: 'idle', UserName: 'Ben', DeviceName: 'Tablet', IsActive: true, NowPlayingQueue: [],
      LastActivityDate: time(new Date(Date.now() - 2 * 86400_000)), PlayState: { CanSeek: false, IsPaused: false },
    };
  }

  #streams(playback) {
    const external = playback.external_subtitles ?? 0;
    const streams = Array.from({ length: external }, (_, i) => ({ Index: i, Type: 'Subtitle', Codec: 'subrip', IsExternal: true }));
    streams.push({ Index: external, Type: 'Video', Codec: 'h264', IsExternal: false });
    for (const i of [1, 2]) streams.push({ Index: external + i, Type: 'Audio', Codec: 'aac', IsExternal: false });
    return streams;
  }

  mediaSourceId(playback) {
    return playback.version ?? playback.item;
  }

  #session(playback) {
    const now = time(new Date());
    const item = {
      Id: playback.item, Name: playback.title, Type: playback.type ?? (playback.show ? 'Episode' : 'Movie'), ExtraType: playback.extra_type,
      MediaType: playback.type === 'Audio' ? 'Audio' : 'Video', ProductionYear: playback.year, RunTimeTicks: ticks(playback.duration_seconds),
      SeriesName: playback.show, ParentIndexNumber: playback.season, IndexNumber: playback.episode, VideoType: playback.video_type ?? 'VideoFile',
      ImageTags: { Primary: 'a1b2c3' }, LocationType: 'FileSystem', MediaStreams: this.#streams(playback),
      Path: playback.without_path ? undefined : playback.film,
    };
    return {
      Id: playback.id, UserId: 'user-1', UserName: playback.user, Client: 'Fake TV', DeviceName: playback.player, DeviceId: 'tv', IsActive: true,
      LastActivityDate: now, LastPlaybackCheckIn: now, NowPlayingItem: item, NowPlayingQueueFullItems: [{ ...item, MediaSources: [{ Path: '/wrong' }] }],
      PlayState: {
        PositionTicks: playback.duration_seconds === null ? null : ticks(playback.position_seconds), IsPaused: playback.paused, CanSeek: true,
        MediaSourceId: this.mediaSourceId(playback), AudioStreamIndex: playback.audio_stream_index, PlayMethod: 'Transcode',
      },
      TranscodingInfo: { IsVideoDirect: true },
    };
  }

  #playbackInfo(item, user) {
    const playback = this.playing.find((each) => each.item === item);
    // An API key belongs to no user, and without one 10.8 finds nothing.
    if (!playback || !user) return { status: 404, body: '' };
    const source = (id, path) => ({
      Id: id, Path: path, Protocol: playback.remote ? 'Http' : 'File', IsRemote: playback.remote ?? false, RunTimeTicks: ticks(playback.duration_seconds),
      VideoType: 'VideoFile', IsInfiniteStream: false, MediaStreams: this.#streams(playback),
    });
    return json({ MediaSources: [source('other-version', `${playback.film}.other-version.mkv`), source(this.mediaSourceId(playback), playback.film)] });
  }
}

export class FakeEmby extends FakeJellyfin {
  get env() {
    return { EMBY_URL: this.url, EMBY_API_KEY: this.key };
  }
  get info() {
    return { ServerName: 'fake', Version: '4.9.0.30', Id: 'e0' };
  }

  /** Its API lies under /emby, and at the root as well. */
  path(url) {
    return url.pathname.replace(/^\/emby/, '');
  }

  isAuthorised(request) {
    return request.headers['x-emby-token'] === this.key;
  }

  mediaSourceId(playback) {
    return playback.version ?? `mediasource_${playback.item}`;
  }
}
