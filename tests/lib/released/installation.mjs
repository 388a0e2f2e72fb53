// An installation of Matinee 0.1.0 that stopped under work: the database (schema_0_1_0.*.sql, captures_0_1_0.sql), the files, and what
// its Redis held (redis_0_1_0.txt): jobs that are queued, jobs in flight at a worker that has stopped, a dead letter.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, frameNumbers, makeFilm } from '../films.mjs';
import { eventually, root, run, temporaryFolder } from '../matinee.mjs';

const FRAMES_PER_SECOND = 25;
export const SECONDS = 20;
export const id = (number) => `0190b6c1-0000-7c4f-9a51-000000000${number}`;

const text = (name) => readFileSync(join(root, name), 'utf8');
const schema = (system) => text(`tests/unit/sql/schema_0_1_0.${system}.sql`);

/** Runs a program on this standard input. */
export async function feed(program, args, input) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let err = '';
  let out = '';
  child.stdout.on('data', (bytes) => (out += bytes));
  child.stderr.on('data', (bytes) => (err += bytes));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  assert.equal(code, 0, err || out);
  return out;
}

/** An SQL statement or several on an SQLite file; returns what it prints. */
export const sqlite = (file, sql) => feed('sqlite3', ['-bail', file], sql);

export class Installation {
  /** Makes the media files. */
  static async make() {
    const it = new this();
    it.media = temporaryFolder('media');
    it.film = await makeFilm(join(it.media, 'film.mkv'), { seconds: SECONDS });
    copyFileSync(it.film, join(it.media, `it's "100%"\nfilm.mkv`));
    copyFileSync(it.film, Buffer.concat([Buffer.from(join(it.media, 'caf')), Buffer.from([0xe9]), Buffer.from('.mkv')]));
    it.clip = join(it.media, 'clip.mp4');
    const { code, err } = await run('ffmpeg', ['-v', 'error', '-i', it.film, '-t', '2', '-c:v', 'copy', '-c:a', 'aac', '-y', it.clip]);
    assert.equal(code, 0, err);
    return it;
  }

  /** The SQL text of the database. */
  sql(system, session_id) {
    const values = { '@MEDIA@': this.media.replaceAll("'", "''"), '@SESSION@': session_id, '@NOW@': String(Date.now() * 1000) };
    // A file of Matinee has its mark, which .dump does not write.
    const mark = system === 'sqlite' ? 'PRAGMA application_id = 0x4D61746E;\n' : '';
    return mark + schema(system) + text('tests/lib/released/captures_0_1_0.sql').replace(/@[A-Z]+@/g, (name) => values[name]);
  }

  /** Writes the files that 0.1.0 left: published ones, orphaned ones, and temporary ones of crashed attempts. */
  writeFiles(captures) {
    for (const folder of ['.tmp', 'thumbnails']) mkdirSync(join(captures, folder), { recursive: true });
    this.kept = new Map([
      [`${id(106)}.jpg`, 'a JPEG of one frame'], [`thumbnails/${id(106)}.jpg`, 'its thumbnail'],
      [`${id(107)}.2.mp4`, 'an MP4 of a clip'], [`thumbnails/${id(107)}.2.jpg`, 'its poster'],
      [`${id(108)}.mp4`, readFileSync(this.clip)],
    ]);
    const removed = [
      `${id(104)}.jpg`, `thumbnails/${id(104)}.jpg`, // Published by the attempt that crashed before its row was complete.
      `${id(111)}.jpg`, `thumbnails/${id(111)}.jpg`, // Of the deleted capture.
      `.tmp/${id(103)}.1.mp4`, `.tmp/${id(104)}.2.jpg`, `.tmp/${id(104)}.2.thumbnail.jpg`, `.tmp/${id(108)}.9f3c6e01.poster.jpg`,
    ];
    for (const [name, content] of this.kept) writeFileSync(join(captures, name), content);
    for (const name of removed) writeFileSync(join(captures, name), 'half a file');
  }

  fillRedis(redis) {
    return feed('redis-cli', ['-e', '-p', String(redis.port)], text('tests/lib/released/redis_0_1_0.txt'));
  }

  /** No row and no file is lost: what was complete is there, what was pending is made, or says why not. */
  async assertUpgraded(matinee, captures, session_id) {
    const made = async (number, frames) => {
      const capture = await matinee.finished(id(number));
      assert.equal(capture.status, 'complete', `${number}: ${capture.error_message}`);
      const numbers = await frameNumbers(join(captures, capture.file_name));
      assert.deepEqual([numbers[0], numbers.length], frames, `${number}: ${capture.file_name}`);
      return capture.file_name;
    };
    const second = (seconds) => seconds * FRAMES_PER_SECOND;
    const files = [
      await made(101, [second(4), 1]), await made(102, [second(10), second(2)]), await made(103, [second(2), second(2)]),
      await made(104, [second(6), 1]), await made(105, [second(8), 1]),
    ];
    assert.ok(![`${id(103)}.mp4`, `${id(104)}.jpg`, `${id(104)}.2.jpg`].some((name) => files.includes(name)), `other attempts have other names: ${files}`);

    const capture = async (number) => (await matinee.get(`/api/captures/${id(number)}`)).json;
    assert.equal((await matinee.finished(id(112))).status, 'failed');
    assert.match((await capture(112)).error_message, /gone\.mkv/);
    assert.deepEqual([(await capture(109)).status, (await capture(109)).error_message], ['failed', 'there is no file /media/gone.mkv']);
    assert.equal((await capture(110)).phase, 'cancelled');
    assert.deepEqual([(await capture(101)).media_title, (await capture(106)).media_title, (await capture(107)).media_title],
      [`It's "100%"`, "Décor; the 'series'", 'Two\nlines']);
    assert.deepEqual([(await capture(106)).status, (await capture(107)).status], ['complete', 'complete']);
    assert.equal((await matinee.get(`/api/captures/${id(111)}`)).status, 404);
    const { headers, json } = await matinee.get('/api/captures?limit=100');
    assert.equal(Number(headers.get('x-total-count')), 11);
    assert.deepEqual(json.map((row) => row.id).sort(), Array.from({ length: 12 }, (_, i) => id(101 + i)).filter((row) => row !== id(111)));

    await eventually(async () => (await capture(108)).thumbnail_url, 'the missing poster is made');
    for (const [name, content] of this.kept) assert.deepEqual(readFileSync(join(captures, name)), Buffer.from(content), name);
    const thumbnails = files.map((name) => `thumbnails/${name.replace(/\.[^.]*$/, '')}.jpg`);
    const expected = [...this.kept.keys(), `thumbnails/${id(108)}.jpg`, ...files, ...thumbnails].sort();
    let present;
    await eventually(() => JSON.stringify((present = filesIn(captures).sort())) === JSON.stringify(expected), () => `${present}\nare not\n${expected}`);

    const again = await matinee.post('/api/capture/screenshot', { session_id, offset_seconds: 0 }, { 'idempotency-key': 'tap-1' });
    assert.equal(again.json.id, id(101), `${JSON.stringify(again.json)}: a client that asks again gets the capture that it asked for before`);
  }
}
