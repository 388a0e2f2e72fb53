// Runs clang-tidy on what a build folder compiles of pkg/ and cmd/, several units at once. In a unity build a package is one unit,
// and its headers are read once. It leaves out units that passed before with the same text: the preprocessed text with its comments
// and macros, .clang-tidy and the version of clang-tidy. What passed is remembered in build/tidy-cache.
//
//   tidy.mjs BUILD_FOLDER
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = 'build/tidy-cache';
const [folder] = process.argv.slice(2);
const units = JSON.parse(readFileSync(join(folder, 'compile_commands.json'), 'utf8'))
  .filter(({ command }) => / -o (pkg|cmd)\//.test(command));
const setup = execFileSync('clang-tidy', ['--version'], { encoding: 'utf8' }) + readFileSync('.clang-tidy', 'utf8');

/** What decides whether a unit passes. */
async function keyOf({ command, directory, file }) {
  const flags = command.match(/(?<= )-(I|D|std=|isystem )(\\.|\S)*/g).map((flag) => flag.replaceAll('\\"', '"'));
  const { stdout } = await run('clang++', ['-E', '-C', '-dD', '-w', ...flags.flatMap((flag) => flag.split(/(?<=^-isystem) /)), file],
    { cwd: directory, maxBuffer: 1 << 28 });
  return createHash('sha256').update(setup).update(command).update(stdout).digest('hex');
}

async function check(unit) {
  const mark = join(cache, await keyOf(unit));
  if (existsSync(mark)) return true;
  try {
    await run('clang-tidy', ['-p', folder, '--quiet', '--extra-arg=-Wno-unknown-warning-option', unit.file], { maxBuffer: 1 << 28 });
  } catch ({ stdout, message }) {
    console.error(stdout || message);
    return false;
  }
  writeFileSync(mark, '');
  return true;
}

mkdirSync(cache, { recursive: true });
const waiting = [...units];
let passed = true;
await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  for (let unit = waiting.shift(); unit; unit = waiting.shift()) passed = (await check(unit)) && passed;
}));
process.exit(passed ? 0 : 1);
