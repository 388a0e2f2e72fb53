// The disk is full to the last byte: what is there can be seen and deleted, also after a restart, and captures are made again once
// there is room. The disk is a small one in memory, in a separate mount namespace.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Matinee, eventually, run, temporaryFolder } from '../lib/matinee.mjs';

const isRoot = process.getuid() === 0;

/** A disk of 6 MiB at `folder`, for programs that run `within` it. */
class SmallDisk {
  static async mount() {
    const disk = new this();
    disk.folder = temporaryFolder('disk');
    const mount = 'mount -t tmpfs -o size=6m none "$0" && echo mounted && exec sleep infinity';
    disk.process = spawn('unshare', [...(isRoot ? [] : ['--map-root-user']), '--mount', 'sh', '-c', mount, disk.folder]);
    await once(disk.process.stdout, 'data');
    disk.within = ['nsenter', '--target', String(disk.process.pid), ...(isRoot ? [] : ['--user', '--preserve-credentials']), '--mount', '--'];
    return disk;
  }

  async shell(script) {
    const [program, ...args] = [...this.within, 'sh', '-c', script, this.folder];
    return (await run(program, args)).out.toString().trim();
  }

  /** Fills it as another program would; returns the bytes that are left. */
  async fill() {
    return this.shell('cat /dev/zero >"$0/other" 2>/dev/null; stat --file-system --format %a "$0"');
  }

  empty() {
    return this.shell('rm "$0/other"');
  }

  unmount() {
    this.process.kill('SIGKILL');
  }
}

let disk;
let jellyfin;
let matinee;

const start = async () => {
  const env = { ...jellyfin.env, DATA_DIR: join(disk.folder, 'data'), MIN_FREE_BYTES: '0' };
  matinee = await Matinee.start({ env, within: disk.within });
};
const tap = async () => {
  const { session_id } = await matinee.session();
  jellyfin.position_seconds += 1;
  return matinee.post('/api/capture/screenshot', { session_id });
};
const ids = async () => {
  const { status, json } = await matinee.get('/api/captures');
  assert.equal(status, 200);
  return json.map(({ id }) => id);
};
const remove = async (id) => (await matinee.request(`/api/captures/${id}`, { method: 'DELETE' })).status;
const reserved = () => eventually(() => disk.shell('test -f "$0/data/matinee.db.reserve" && echo yes'), 'space is reserved');

before(async () => {
  disk = await SmallDisk.mount();
  jellyfin = await PausedJellyfin.start(await makeFilm(join(temporaryFolder('films'), 'film.mkv'), { seconds: 20 }), 20);
  await start();
});
after(async () => {
  await matinee?.close();
  jellyfin?.close();
  disk?.unmount();
});

test('a capture can be deleted when no byte is free', async () => {
  const { json: { id } } = await tap();
  await reserved();
  assert.equal(await disk.fill(), '0');
  const refused = await tap();
  assert.equal(refused.status, 507, JSON.stringify(refused.json));
  assert.deepEqual(await ids(), [id]);
  assert.equal(await remove(id), 200);
  assert.deepEqual(await ids(), []);
  await disk.empty();
  await reserved();
});

for (const [how, end] of [['is killed', () => matinee.kill()], ['is stopped', () => matinee.stop()]]) {
  test(`it ${how} when no byte is free, and starts again: what is there can be seen and deleted`, async () => {
    await tap();
    const kept = await ids();
    const { json: { id, file_url } } = await tap();
    assert.equal(await disk.fill(), '0');
    await end();
    await start();
    assert.deepEqual(await ids(), [id, ...kept]);
    assert.equal((await fetch(matinee.origin + file_url)).status, 200);
    assert.equal((await tap()).status, 507);
    assert.equal(await remove(id), 200);
    assert.deepEqual(await ids(), kept);
    await disk.empty();
    const again = await tap();
    assert.equal(again.json.status, 'complete', JSON.stringify(again.json));
    await reserved();
  });
}
