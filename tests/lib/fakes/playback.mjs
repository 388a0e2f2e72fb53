// What a pretend media server plays: a film at a position that moves on in real time, as a test says.

export class Playback {
  /**
   * id: the session's; item: the item's id on the server; film: its path as the server calls it.
   * The rest of `what` is read by the server that plays it (see plex.mjs, jellyfin.mjs).
   */
  constructor({ position_seconds = 0, ...what }) {
    Object.assign(this, { title: 'A film', year: 2020, user: 'Anna', player: 'Living room TV', duration_seconds: 600, paused: false }, what);
    this.seek(position_seconds);
  }

  #position;
  #since;

  /** Where the viewer really is, in seconds. */
  get position_seconds() {
    const played = this.paused ? 0 : (performance.now() - this.#since) / 1000;
    return Math.min(this.#position + played, this.duration_seconds ?? Infinity);
  }

  /** Where the viewer was at a time of Date's, if nothing has changed since. */
  positionAt(time_ms) {
    return this.position_seconds - (this.paused ? 0 : (Date.now() - time_ms) / 1000);
  }

  seek(seconds) {
    this.#position = seconds;
    this.#since = performance.now();
  }

  pause() {
    this.seek(this.position_seconds);
    this.paused = true;
  }

  resume() {
    this.#since = performance.now();
    this.paused = false;
  }
}
