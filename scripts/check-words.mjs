// Reports the words that docs/glossary.md bans, in prose, identifiers and file names of the whole tree: "file:line: word -> what to
// say instead". The glossary is the list; here are only the exceptions. `--summary` prints counts by word and by folder instead.
//
// A line of text is split into words, and identifiers at their humps and underscores: kSweepInterval is "sweep interval". A term of
// two words matches across a line break, but not across a full stop.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Files that are not read: not our words. */
const SKIPPED = [
  [/^docs\/glossary\.md$|^scripts\/check-words\.mjs$/, 'the list itself'],
  [/^LICENSE$/, 'a text of others'],
  [/package-lock\.json$/, 'names of others'],
  [/\.(png|ico|svg|woff2|jpg|mp4)$/, 'not text'],
  [/^tests\/fuzz\/corpus\//, 'data'],
  [/^tests\/.*\.sql$|^tests\/lib\/released\/.*\.txt$/, 'databases as an older version wrote them'],
];

/** Exceptions: a term, where (a path), or in which words around it ("before [term] after"), and why. */
const ALLOWED = [
  { term: 'dead', words: /\[dead\] letter/, why: 'the term for a job that was given up' },
  { term: 'dead', words: /jobs \[dead\]/, why: 'the name of the stream of dead letters in Redis: <prefix>:jobs:dead' },
  { term: 'dead', words: /\[dead\] code/, why: 'the term for code that never runs' },
  { term: 'death', words: /\[death\] signal|pr set pdeath/, why: "Linux' name for PR_SET_PDEATHSIG" },
  { term: 'death', words: /\[death\] test|expect \[death\]/, why: "GoogleTest's name" },
  { term: 'death', words: /\[deaths\] from captures|crashes \[deaths\]/, why: 'a column of released schemas' },
  { term: 'death', path: /^tests\/unit\/jobs\//, why: 'a column of released schemas' },
  { term: 'death', path: /^(pkg|tests\/unit)\/(capture\/(capture_row|capture_schema|poster_kind|store)|jobs\/(job_state|job_table|periodic_kind))/, why: 'a column of released schemas' },
  { term: 'alive', words: /(keep|kept|keeps) \[alive\]/, why: 'the term of HTTP and TCP' },
  { term: 'epoch', words: /(unix|since|before) (the )?\[epoch\]/, why: '1970' },
  { term: 'epoch', words: /extract \[epoch\]/, why: "PostgreSQL's name for 1970" },
  { term: 'epoch', words: /key \[epoch\]|leader lease \[epoch\]/, why: "the leader's term in Redis: matinee:epoch" },
  ...['epoch', 'lane'].map((term) => ({ term, path: /^tests\/integration\/redis\/database_test\.cc$/, why: 'keys and fields of version 0.1.0' })),
  { term: 'epoch', words: /leadership \[epoch\]|\[epoch\] from leadership/, why: 'a released table and its column, and the query named after them' },
  { term: 'epoch', path: /^pkg\/(capture\/(capture_row|capture_schema|store)|jobs\/(job_table|jobs_schema|terms))/, why: 'a column of released schemas' },
  { term: 'nobody', words: /curlopt \[nobody\]/, why: "libcurl's name for a request without a body" },
  { term: 'is no', words: /(there|this there) \[is no\]|\[is no\] (longer|more|less|one|other|such|reason|point|need)/, why: 'plain English' },
  { term: 'film', words: /(demo|test|ffmpeg) \[films?\]/, why: 'what the demo and the tests play is one' },
  { term: 'film', path: /^(pkg\/demo|tests)\//, why: 'the demo film, and test films, are films' },
  { term: 'film', words: /start a \[film\]/, why: 'what a person does in front of a television' },
  { term: 'film', words: /(media|data|srv|mnt|volume|name) \[films?\]/, why: "a folder's name in examples" },
  { term: 'picture', words: /dashboards? \[pictures?\]/, why: 'make dashboard-pictures' },
  { term: 'picture', path: /^scripts\/dashboard-pictures\//, why: 'what it makes of a dashboard' },
  { term: 'film', path: /^scripts\/dashboard-pictures\//, why: 'a test film is a film' },
  { term: 'picture', words: /groups? of \[pictures?\]/, why: "MPEG's term (GOP)" },
  { term: 'tell', words: /\[tells?\] (\w+ ){1,2}(apart|from)\b/, why: 'to distinguish' },
  ...['buried', 'hand back', 'nobody', 'sweep'].map((term) => ({ term, path: /^CHANGELOG\.md$/, why: 'old names' })),
];

/** The term -> what to say, from the tables of the glossary: the last column bans, the word to say is in the column "word" or "say". */
function readGlossary() {
  const terms = new Map();
  let say = -1;
  for (const line of readFileSync(join(root, 'docs/glossary.md'), 'utf8').split('\n')) {
    if (!line.startsWith('|')) continue;
    const cells = line.split('|').slice(1, -1).map((cell) => cell.trim());
    if (cells.at(-1) === 'not') say = cells.findIndex((cell) => cell === 'word' || cell === 'say');
    else for (const [, term] of cells.at(-1).matchAll(/`([^`]+)`/g)) terms.set(term, [...(terms.get(term) ?? []), cells[say]]);
  }
  if (terms.size < 20) throw new Error('docs/glossary.md: its tables were not understood');
  return terms;
}

/** The words of a text with their places. `joined`: nothing but space, comment marks or an underscore is between it and the one before. */
function split(text) {
  const words = [];
  let end = 0;
  for (const match of text.matchAll(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)) {
    const joined = words.length > 0 && /^(?:[ \t_-]*|\s*[/*#>"]*\s*)$/.test(text.slice(end, match.index));
    words.push({ word: match[0].toLowerCase(), at: match.index, joined });
    end = match.index + match[0].length;
  }
  return words;
}

const around = (words, from, to) =>
  [...words.slice(Math.max(0, from - 3), from), { word: `[${words.slice(from, to).map(({ word }) => word).join(' ')}]` }, ...words.slice(to, to + 3)]
    .map(({ word }) => word).join(' ');

const terms = readGlossary();
// By first word, the longest first; a plural counts as its singular.
const byFirstWord = new Map();
for (const term of [...terms.keys()].sort((one, other) => other.length - one.length)) {
  const list = term.split(' ');
  for (const form of list.length === 1 ? [term, `${term}s`] : [term]) {
    const first = form.split(' ')[0];
    byFirstWord.set(first, [...(byFirstWord.get(first) ?? []), { term, list: form.split(' ') }]);
  }
}

function find(path, text) {
  const words = split(text);
  const found = [];
  for (let i = 0; i < words.length; i += 1) {
    const candidates = byFirstWord.get(words[i].word);
    const match = candidates?.find(({ list }) => list.every((word, n) => words[i + n]?.word === word && (n === 0 || words[i + n].joined)));
    if (!match) continue;
    const to = i + match.list.length;
    const context = around(words, i, to);
    const isAllowed = ALLOWED.some(({ term, path: where, words: near }) => term === match.term && (where ? where.test(path) : near.test(context)));
    if (!isAllowed) found.push({ term: match.term, at: words[i].at });
    i = to - 1;
  }
  return found;
}

const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
const faults = [];
for (const path of files) {
  if (SKIPPED.some(([pattern]) => pattern.test(path))) continue;
  for (const { term } of find(path, path)) faults.push({ path, term, place: `${path}: its name` });
  const text = readFileSync(join(root, path), 'utf8');
  const lines = [];
  for (const { term, at } of find(path, text)) {
    if (lines.length === 0) for (const line of text.matchAll(/^/gm)) lines.push(line.index);
    const line = lines.findLastIndex((begin) => begin <= at) + 1;
    faults.push({ path, term, place: `${path}:${line}` });
  }
}

if (process.argv.includes('--summary')) {
  const count = (title, key) => {
    const counts = new Map();
    for (const fault of faults) counts.set(key(fault), (counts.get(key(fault)) ?? 0) + 1);
    console.log(`${title}\n${[...counts].sort((one, other) => other[1] - one[1]).map(([name, n]) => `${String(n).padStart(6)}  ${name}`).join('\n')}\n`);
  };
  count('by word', ({ term }) => term);
  count('by folder', ({ path }) => path.split('/').slice(0, path.startsWith('tests/') || path.startsWith('pkg/') ? 2 : 1).join('/'));
  console.log(`${faults.length} in all`);
} else {
  for (const { place, term } of faults) console.log(`${place}: ${term} -> ${terms.get(term).join(', or ')}`);
}
process.exit(faults.length > 0 ? 1 : 0);
