// `make soak`: CAPTURES captures while KILLS processes are killed, and afterwards not one lost, none twice, no file astray.
//
// CAPTURES (1000), KILLS (200), SECONDS over which they are spread (a little under a second for each capture; 3600 at most), SEED (as
// the time says; printed, and the same seed gives the same schedule). Writes build/soak.json and the logs to build/soak-logs.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/matinee.mjs';
import { soak } from './run.mjs';

const SECONDS_MAX = 3600;

function setting(name, fallback, most) {
  const value = Number(process.env[name] || fallback);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  console.error(`${name} must be a whole number up to ${most}`);
  process.exit(2);
}

const captures = setting('CAPTURES', 1000, 20_000);
const kills = setting('KILLS', Math.ceil(captures / 5), 2000);
const seconds = setting('SECONDS', Math.min(SECONDS_MAX, Math.ceil(Math.max(captures * 0.65, kills * 3.25))), SECONDS_MAX);
const seed = setting('SEED', Math.floor(Date.now() / 1000) % 1_000_000, 2 ** 31);
const logs = join(root, 'build/soak-logs');

console.log(`soak: ${captures} captures, ${kills} kills in ${seconds} s, SEED=${seed}`);
rmSync(logs, { recursive: true, force: true });
const began = Date.now();
const log = (what) => console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${what}`);
let summary;
try {
  summary = await soak({ captures, kills, seconds, seed, logs, log });
} catch (error) {
  summary = { seed, problems: [`the run broke off: ${error.stack}`] };
}
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(join(root, 'build/soak.json'), JSON.stringify(summary, null, 2) + '\n');

const text = (value) => (typeof value === 'number' ? String(Number(value.toFixed(2))) : value);
for (const [name, value] of Object.entries(summary)) {
  if (name === 'problems') continue;
  const said = value !== null && typeof value === 'object'
    ? Object.entries(value).map(([what, each]) => `${what} ${typeof each === 'object' ? Object.entries(each).map(([a, b]) => `${a}: ${text(b)}`).join(', ') : text(each)}`).join(' · ')
    : text(value);
  console.log(`${name.replaceAll('_', ' ').padEnd(32)}${said}`);
}
if (summary.problems.length > 0) {
  console.log(`\n${summary.problems.length} problems:`);
  for (const problem of summary.problems.slice(0, 50)) console.log(`- ${problem}`);
  console.log(`\nThe logs are in ${logs}, the figures in build/soak.json. Again: SEED=${seed} make soak`);
}
process.exit(summary.problems.length > 0 ? 1 : 0);
