// Films whose every frame shows its number: sixteen black or white blocks across the top.
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from './matinee.mjs';

const WIDTH = 320;
const HEIGHT = 180;
const BLOCK = 20;
const BITS = WIDTH / BLOCK;

/** Makes the film; `container` follows from the name. One number a frame, from `first` on, 25 frames a second, a keyframe every 50. */
export async function makeFilm(path, { seconds = 20, first = 0, video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2'], output = [] } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const bits = `if(lt(Y\\,40)\\,255*mod(floor((N+${first})/pow(2\\,floor(X/${BLOCK})))\\,2)\\,128)`;
  const { code, err } = await run('ffmpeg', [
    '-v', 'error', '-f', 'lavfi', '-i', `color=c=gray:s=${WIDTH}x${HEIGHT}:r=25,format=gray,geq=lum=${bits},format=yuv420p`,
    '-f', 'lavfi', '-i', 'sine=f=440:r=48000', '-t', String(seconds), ...video, // Sound without encoder delay, so that frame n begins at n/25 s to the millisecond.
    '-g', '50', '-c:a', 'pcm_s16le', ...output,
    '-y', `file:${path}`,
  ]);
  if (code !== 0) throw new Error(err);
  return path;
}

function readNumber(gray) {
  let number = 0;
  for (let bit = 0; bit < BITS; ++bit) {
    if (gray[20 * WIDTH + bit * BLOCK + BLOCK / 2] > 127) number += 2 ** bit;
  }
  return number;
}

/** The numbers of all frames of a screenshot or clip, in order, each as often as it is shown. */
export async function frameNumbers(path) {
  const { code, out, err } = await run('ffmpeg', [
    '-v', 'error', '-i', `file:${path}`, '-map', '0:v:0', '-fps_mode', 'passthrough',
    '-vf', `scale=${WIDTH}:${HEIGHT}`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-',
  ]);
  if (code !== 0) throw new Error(err);
  const size = WIDTH * HEIGHT;
  return Array.from({ length: out.length / size }, (_, i) => readNumber(out.subarray(i * size, (i + 1) * size)));
}

/** Streams and durations as FFprobe sees them. */
export async function probe(path) {
  const { out } = await run('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', `file:${path}`]);
  return JSON.parse(out.toString());
}

/** Files that lie in a captures folder, temporary ones included, without the mark of the database that it belongs to. */
export function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== '.matinee-database').flatMap((entry) =>
    entry.isDirectory() ? filesIn(`${folder}/${entry.name}`).map((name) => `${entry.name}/${name}`) : [entry.name],
  );
}
