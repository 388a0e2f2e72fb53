// Compares the rows and files at the end with the requests that were sent and accepted.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, frameNumbers } from '../lib/films.mjs';
import { FPS, KEYFRAME_EVERY } from './plan.mjs';

const CHECKS_AT_ONCE = 2;
/** The only errors with which injected faults may fail a capture. */
const FAULTS_SAY = /interrupted|database|not reachable|Redis/i;

const COLUMNS = ['id', 'idempotency_key', 'capture_type', 'precise', 'phase', 'file_name', 'file_size_bytes', 'has_thumbnail', 'attempt',
  'crashes', 'timestamp_seconds', 'error_message', 'requested_start_seconds', 'requested_end_seconds', 'media_path'];
/** Columns whose names are older than our words. */
const OLD_NAMES = { crashes: 'deaths' };
const NUMBERS = ['file_size_bytes', 'attempt', 'crashes', 'timestamp_seconds', 'requested_start_seconds', 'requested_end_seconds'];

export async function readRows(postgres) {
  const rows = await postgres.query(`SELECT ${COLUMNS.map((name) => `COALESCE(CAST(${OLD_NAMES[name] ?? name} AS TEXT), '')`).join(', ')} FROM captures ORDER BY id`);
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

/** What is wrong with the frames of a complete capture, or null. `first`: the number of the film's first frame. */
function wrongFrames(request, row, frames, first) {
  const from = first + request.frame;
  if (request.kind === 'screenshot') return frames.length === 1 && frames[0] === from ? null : `frame ${frames} instead of ${from}`;
  const wanted = Array.from({ length: request.frames }, (_, i) => from + i);
  if (request.kind === 'precise') return String(frames) === String(wanted) ? null : `frames ${frames} instead of ${wanted}`;
  const keyframe = first + Math.floor(request.frame / KEYFRAME_EVERY) * KEYFRAME_EVERY;
  if (frames[0] !== keyframe) return `begins at frame ${frames[0]} instead of the keyframe ${keyframe}`;
  if (Math.round(row.timestamp_seconds * FPS) + first !== keyframe) return `the row says that it begins at ${row.timestamp_seconds} s`;
  const missing = wanted.filter((number) => !frames.includes(number));
  return missing.length > 0 ? `without the frames ${missing}` : null;
}

async function wrongFile(folder, request, row, first) {
  const path = join(folder, row.file_name);
  if (!existsSync(path)) return `its file ${row.file_name} is not there`;
  const { size } = statSync(path);
  if (size !== row.file_size_bytes) return `its file has ${size} bytes, its row says ${row.file_size_bytes}`;
  if (!row.has_thumbnail) return 'it has no thumbnail';
  if (!existsSync(join(folder, thumbnailOf(row)))) return `its thumbnail ${thumbnailOf(row)} is not there`;
  if (!isJpeg(join(folder, thumbnailOf(row)))) return 'its thumbnail is not a JPEG';
  return wrongFrames(request, row, await frameNumbers(path), first);
}

/**
 * Returns all that is wrong, as sentences, and the counts. `requests` are those of the plan; `accepted` maps the ids that the API returned
 * to their keys; `hits` has what each capture was hit by; `first` returns the number of a film's first frame.
 */
export async function check({ rows, folder, requests, accepted, hits, first }) {
  const problems = [];
  const requestOf = new Map(requests.map((request) => [request.key, request]));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const counts = { requests: requests.length, accepted: accepted.size, rows: rows.length, lost: 0, duplicates: 0, unfinished: 0, failed: 0, complete: 0, 'wrong files': 0, 'stray files': 0 };

  for (const [id, key] of accepted) {
    if (rowOf.get(id)?.idempotency_key === key) continue;
    ++counts.lost;
    problems.push(`lost: ${id} (${key}) was accepted, and has no row`);
  }
  const seen = new Map();
  for (const row of rows) {
    for (const identity of [`key ${row.idempotency_key}`, ['request', row.media_path, row.capture_type, row.precise, row.requested_start_seconds, row.requested_end_seconds].join(' ')]) {
      if (seen.has(identity)) {
        ++counts.duplicates;
        problems.push(`duplicate: ${row.id} and ${seen.get(identity)} are both ${identity}`);
      }
      seen.set(identity, row.id);
    }
    if (!requestOf.has(row.idempotency_key)) problems.push(`${row.id} was not requested`);
  }
  if (rows.length !== requests.length) problems.push(`${rows.length} rows for ${requests.length} requests`);

  const complete = [];
  for (const row of rows) {
    const times = hits.get(row.id)?.length ?? 0;
    if (row.crashes > times) problems.push(`${row.id}: ${row.crashes} crashes are counted, and it was hit ${times} times`);
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
      const request = requestOf.get(row.idempotency_key);
      const wrong = request && (await wrongFile(folder, request, row, first(request.film)).catch((error) => error.message));
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
