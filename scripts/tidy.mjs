// Runs clang-tidy on source files, several at once, and leaves out those that passed before with the same text: the preprocessed
// text with its comments and macros, .clang-tidy and the version of clang-tidy. What passed is remembered in build/tidy-cache.
//
//   tidy.mjs BUILD_FOLDER FILE...
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = 'build/tidy-cache';
const [folder, ...files] = process.argv.slice(2);
const commands = new Map(JSON.parse(readFileSync(join(folder, 'compile_commands.json'), 'utf8')).map((entry) => [entry.file, entry]));
const setup = execFileSync('clang-tidy', ['--version'], { encoding: 'utf8' }) + readFileSync('.clang-tidy', 'utf8');

/** What decides whether a file passes. */
async function keyOf(file) {
  const { command, directory } = commands.get(resolve(file));
  const flags = command.match(/(?<= )-(I|D|std=|isystem )(\\.|\S)*/g).map((flag) => flag.replaceAll('\\"', '"'));
  const { stdout } = await run('clang++', ['-E', '-CC', '-dD', '-w', ...flags.flatMap((flag) => flag.split(/(?<=^-isystem) /)), resolve(file)],
    { cwd: directory, maxBuffer: 1 << 28 });
  return createHash('sha256').update(setup).update(command).update(stdout).digest('hex');
}

async function check(file) {
  const mark = join(cache, await keyOf(file));
  if (existsSync(mark)) return true;
  try {
    await run('clang-tidy', ['-p', folder, '--quiet', '--extra-arg=-Wno-unknown-warning-option', file], { maxBuffer: 1 << 28 });
  } catch ({ stdout, message }) {
    console.error(stdout || message);
    return false;
  }
  writeFileSync(mark, '');
  return true;
}

mkdirSync(cache, { recursive: true });
const waiting = [...files];
let passed = true;
await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  for (let file = waiting.shift(); file; file = waiting.shift()) passed = (await check(file)) && passed;
}));
process.exit(passed ? 0 : 1);
