// A cluster that tests break: two APIs and two workers on a real PostgreSQL and Redis, restored before each test.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Cluster } from './cluster.mjs';
import { PausedJellyfin } from './fakes/paused_jellyfin.mjs';
import { filesIn, frameNumbers, makeFilm } from './films.mjs';
import { eventually, temporaryFolder } from './matinee.mjs';

const SECONDS = 60;

export class FailureCluster {
  /** Registers the hooks that start it, restore it before each test, and stop it. */
  static forThisFile() {
    const it = new this();
    before(() => it.#start());
    beforeEach(() => it.#restore());
    after(async () => {
      await it.cluster?.close();
      it.jellyfin?.close();
    });
    return it;
  }

  #moment = 0;

  async #start() {
    const film = await makeFilm(join(temporaryFolder('films'), 'film.mkv'), { seconds: SECONDS });
    this.jellyfin = await PausedJellyfin.start(film, SECONDS);
    this.cluster = await Cluster.start({ apis: 2, workers: 2, env: { ...this.jellyfin.env, WORKER_SLOTS: '3', STOP_GRACE: '20s' } });
    this.session_id = (await this.cluster.apis[0].session()).session_id;
  }

  async #restore() {
    const { cluster } = this;
    for (const server of [cluster.postgres, cluster.redis]) if (!server.running) await server.start();
    for (const kind of ['apis', 'workers']) cluster[kind] = cluster[kind].filter((role) => role.running);
    while (cluster.apis.length < 2) await cluster.addApi();
    while (cluster.workers.length < 2) await cluster.addWorker();
    await Promise.all(this.roles.map((role) => role.ready()));
  }

  get roles() {
    return [...this.cluster.apis, ...this.cluster.workers];
  }

  /** A screenshot of a moment that no other test asks for. */
  async tap(api = this.cluster.api, headers = {}) {
    this.jellyfin.position_seconds = this.#moment += 0.52;
    return api.post('/api/capture/screenshot', { session_id: this.session_id, offset_seconds: 0 }, headers);
  }

  async clip(seconds = SECONDS, api = this.cluster.api) {
    this.#moment += 0.52;
    const { status, json } = await api.post('/api/capture/clip', {
      session_id: this.session_id, start_seconds: this.#moment / 10, end_seconds: seconds, precise: true,
    });
    assert.equal(status, 200, JSON.stringify(json));
    return json;
  }

  clips(count, seconds) {
    return Promise.all(Array.from({ length: count }, () => this.clip(seconds)));
  }

  async row(id) {
    const [[phase, attempt, crashes]] = await this.cluster.postgres.query(`SELECT phase, attempt, deaths FROM captures WHERE id = '${id}'`);
    return { phase, attempt: Number(attempt), crashes: Number(crashes) };
  }

  running(id) {
    return eventually(async () => (await this.row(id)).phase === 'running', 'it runs');
  }

  /** A clip whose FFmpeg is stopped (SIGSTOP): `{ id, worker, pid }`. */
  heldClip() {
    return this.cluster.holdClip(() => this.clip());
  }

  /** The finished files of a capture, without its thumbnail. */
  filesOf(id) {
    return filesIn(this.cluster.captures).filter((name) => name.includes(id) && !/^(thumbnails|\.tmp)\//.test(name));
  }

  async assertComplete(id, api = this.cluster.api) {
    const capture = await api.finished(id);
    assert.equal(capture.status, 'complete', capture.error_message);
    assert.ok(existsSync(join(this.cluster.captures, capture.file_name)), 'its file is there');
    // What a crashed worker was writing is removed by the next round of the reconciler.
    const files = () => filesIn(this.cluster.captures).filter((name) => name.includes(id) && !name.startsWith('thumbnails/'));
    await eventually(() => files().length === 1, () => `no other file than ${capture.file_name}: ${files()}`);
    return capture;
  }

  /** Registers the test that comes last. */
  expectNoStrayFiles() {
    test('after all this there is no orphaned file', async () => {
      const { api, captures, postgres } = this.cluster;
      await this.assertComplete((await this.tap(api)).json.id);
      await eventually(() => filesIn(captures).every((name) => !name.startsWith('.tmp/')), 'no temporary file');
      const names = new Set((await postgres.query("SELECT file_name FROM captures WHERE phase = 'complete'")).map(([name]) => name));
      assert.deepEqual(filesIn(captures).filter((name) => !name.includes('/') && !names.has(name)), []);
      const [frame] = await frameNumbers(join(captures, [...names].find((name) => name.endsWith('.jpg'))));
      assert.ok(frame >= 0);
    });
  }
}
