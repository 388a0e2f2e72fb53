// Counts what is there in the end against what was asked for and told of.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, frameNumbers } from '../lib/films.mjs';
import { FPS, KEYFRAME_EVERY } from './plan.mjs';

const CHECKS_AT_ONCE = 2;
/** The only reasons that injected faults give a capture to fail. */
const FAULTS_SAY = /interrupted|database|not reachable|Redis/i;

const COLUMNS = ['id', 'idempotency_key', 'capture_type', 'precise', 'phase', 'file_name', 'file_size_bytes', 'has_thumbnail', 'attempt',
  'deaths', 'timestamp_seconds', 'error_message', 'requested_start_seconds', 'requested_end_seconds', 'media_path'];
const NUMBERS = ['file_size_bytes', 'attempt', 'deaths', 'timestamp_seconds', 'requested_start_seconds', 'requested_end_seconds'];

export async function readRows(postgres) {
  const rows = await postgres.query(`SELECT ${COLUMNS.map((name) => `COALESCE(CAST(${name} AS TEXT), '')`).join(', ')} FROM captures ORDER BY id`);
  return rows.map((values) => {
    const row = Object.fromEntries(COLUMNS.map((name, i) => [name, values[i] ?? '']));
    for (const name of NUMBERS) row[name] = Number(row[name]);
    row.has_thumbnail = row.has_thumbnail === '1';
    return row;
  });
}

const thumbnailOf = (row) => `thumbnails/${row.file_name.replace(/\.[^.]*$/, '.jpg')}`;

function isJpeg(path) {
  const bytes = Buffer.alloc(2);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, 2, 0);
  closeSync(file);
  return bytes.equals(Buffer.from([0xff, 0xd8]));
}

/** What is wrong with the frames of a complete capture, or nothing. `first`: the number of the film's first frame. */
function wrongFrames(wish, row, frames, first) {
  const from = first + wish.frame;
  if (wish.kind === 'screenshot') return frames.length === 1 && frames[0] === from ? null : `frame ${frames} instead of ${from}`;
  const wanted = Array.from({ length: wish.frames }, (_, i) => from + i);
  if (wish.kind === 'precise') return String(frames) === String(wanted) ? null : `frames ${frames} instead of ${wanted}`;
  const keyframe = first + Math.floor(wish.frame / KEYFRAME_EVERY) * KEYFRAME_EVERY;
  if (frames[0] !== keyframe) return `begins at frame ${frames[0]} instead of the keyframe ${keyframe}`;
  if (Math.round(row.timestamp_seconds * FPS) + first !== keyframe) return `the row says that it begins at ${row.timestamp_seconds} s`;
  const missing = wanted.filter((number) => !frames.includes(number));
  return missing.length > 0 ? `without the frames ${missing}` : null;
}

async function wrongFile(folder, wish, row, first) {
  const path = join(folder, row.file_name);
  if (!existsSync(path)) return `its file ${row.file_name} is not there`;
  const { size } = statSync(path);
  if (size !== row.file_size_bytes) return `its file has ${size} bytes, its row says ${row.file_size_bytes}`;
  if (!row.has_thumbnail) return 'it has no thumbnail';
  if (!existsSync(join(folder, thumbnailOf(row)))) return `its thumbnail ${thumbnailOf(row)} is not there`;
  if (!isJpeg(join(folder, thumbnailOf(row)))) return 'its thumbnail is no picture';
  return wrongFrames(wish, row, await frameNumbers(path), first);
}

/**
 * All that is wrong, as sentences, and the counts. `wishes` were asked for; `told` are the captures that the client was told of, with
 * their keys; `hits` say how often each was hit; `first` gives the number of each film's first frame.
 */
export async function check({ rows, folder, wishes, told, hits, first }) {
  const problems = [];
  const wishOf = new Map(wishes.map((wish) => [wish.key, wish]));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const counts = { wishes: wishes.length, told: told.size, rows: rows.length, lost: 0, duplicates: 0, unfinished: 0, failed: 0, complete: 0, 'wrong files': 0, 'stray files': 0 };

  for (const [id, key] of told) {
    if (rowOf.get(id)?.idempotency_key === key) continue;
    ++counts.lost;
    problems.push(`lost: ${id} (${key}) was told of, and has no row`);
  }
  const seen = new Map();
  for (const row of rows) {
    for (const wish of [`key ${row.idempotency_key}`, ['wish', row.media_path, row.capture_type, row.precise, row.requested_start_seconds, row.requested_end_seconds].join(' ')]) {
      if (seen.has(wish)) {
        ++counts.duplicates;
        problems.push(`duplicate: ${row.id} and ${seen.get(wish)} are both ${wish}`);
      }
      seen.set(wish, row.id);
    }
    if (!wishOf.has(row.idempotency_key)) problems.push(`${row.id} was not asked for`);
  }
  if (rows.length !== wishes.length) problems.push(`${rows.length} rows for ${wishes.length} wishes`);

  const complete = [];
  for (const row of rows) {
    const times = hits.get(row.id)?.length ?? 0;
    if (row.deaths > times) problems.push(`${row.id}: ${row.deaths} deaths are counted, and it was hit ${times} times`);
    if (row.phase === 'complete') {
      ++counts.complete;
      complete.push(row);
    } else if (row.phase === 'failed') {
      ++counts.failed;
      const excused = times > 0 && FAULTS_SAY.test(row.error_message);
      if (!excused) ++counts.lost;
      problems.push(`${excused ? 'failed' : 'lost'}: ${row.id} failed after ${times} hits: ${row.error_message}`);
    } else {
      ++counts.unfinished;
      ++counts.lost;
      problems.push(`lost: ${row.id} is still ${row.phase}`);
    }
  }

  const turns = complete.values();
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, async () => {
    for (const row of turns) {
      const wish = wishOf.get(row.idempotency_key);
      const wrong = wish && (await wrongFile(folder, wish, row, first(wish.film)).catch((error) => error.message));
      if (!wrong) continue;
      ++counts['wrong files'];
      problems.push(`${row.id}: ${wrong}`);
    }
  }));

  const named = new Set(complete.flatMap((row) => [row.file_name, ...(row.has_thumbnail ? [thumbnailOf(row)] : [])]));
  for (const name of filesIn(folder).filter((each) => !named.has(each))) {
    ++counts['stray files'];
    problems.push(`stray file: ${name}`);
  }
  return { problems, counts };
}
