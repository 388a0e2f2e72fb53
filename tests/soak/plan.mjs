// What a run will do and when, from its seed alone: what is requested, and what is killed.

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

export const FPS = 25;
export const KEYFRAME_EVERY = 50;

/** Shares of what is requested, and of what is killed. */
const REQUESTS = { screenshot: 0.7, fast: 0.15, precise: 0.15 };
const KILLS = { worker: 0.6, api: 0.1, leader: 0.08, redis: 0.12, postgres: 0.1 };
/** When a worker is killed: at any moment, just after a temporary file appeared, or just after a finished one did. */
const MOMENTS = { any: 0.5, begun: 0.2, published: 0.3 };
const DOWN_MS_MAX = 3000;
/** Shorter than it takes until the jobs of a crashed worker are reclaimed. */
const AFTER_CRASH_MS_MAX = 4000;
const CLIP_FRAMES_MIN = 15;
const CLIP_FRAMES_MAX = 75;

function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** `count` names in their shares, at least one of each if there is room, in random order. */
function draw(shares, count, random) {
  const names = Object.keys(shares);
  const drawn = count >= names.length ? [...names] : [];
  const having = (name) => drawn.filter((each) => each === name).length;
  while (drawn.length < count) {
    drawn.push(names.reduce((a, b) => (shares[b] * (drawn.length + 1) - having(b) > shares[a] * (drawn.length + 1) - having(a) ? b : a)));
  }
  return shuffle(drawn, random);
}

/** `count` moments in `length_ms`, one in each of as many equal parts. */
const moments = (count, length_ms, random) => Array.from({ length: count }, (_, i) => ((i + random()) / count) * length_ms);

/** Every request is another frame of a film, so that two rows of one request cannot hide behind two requests. */
function requests({ seed, captures, seconds, films, film_seconds }, random) {
  const free = Object.fromEntries(Object.keys(REQUESTS).map((kind) => [
    kind, shuffle(Array.from({ length: films * (film_seconds * FPS - CLIP_FRAMES_MAX) }, (_, i) => i), random),
  ]));
  const at = moments(captures, seconds * 1000, random);
  return draw(REQUESTS, captures, random).map((kind, i) => {
    const place = free[kind].pop();
    return {
      key: `soak-${seed}-${i}`, at_ms: at[i], kind, film: place % films, frame: Math.floor(place / films),
      frames: kind === 'screenshot' ? 1 : CLIP_FRAMES_MIN + Math.floor(random() * (CLIP_FRAMES_MAX - CLIP_FRAMES_MIN)),
      waits: random() < 0.5, // A screenshot: for the image, or only for the answer that it is queued.
      again: random() < 0.1 ? (random() < 0.5 ? 'at once' : 'later') : null, // The same request twice.
    };
  });
}

function kills({ kills: count, seconds }, random) {
  // Everything is up at first, and comes to rest at the end while there still is something to do.
  const at = moments(count, seconds * 900, random).map((ms) => ms + seconds * 50);
  const kinds = draw(KILLS, count, random);
  const when = draw(MOMENTS, count, random);
  let emptied = random() < 0.5;
  const planned = kinds.map((kind, i) => {
    const kill = { at_ms: at[i], kind, victim: random(), down_ms: random() < 0.4 ? 0 : random() * DOWN_MS_MAX };
    if (kind === 'worker') kill.moment = when[i];
    if (kind === 'redis') kill.emptied = emptied = !emptied;
    return kill;
  });
  // A queue that is emptied must have something to lose: the jobs of a worker that has just crashed.
  const empties = planned.filter((kill) => kill.emptied);
  const workers = shuffle(planned.filter((kill) => kill.kind === 'worker'), random);
  for (const [i, kill] of empties.entries()) {
    const before = workers[i % workers.length];
    if (before) kill.at_ms = before.at_ms + random() * AFTER_CRASH_MS_MAX;
  }
  return planned.sort((a, b) => a.at_ms - b.at_ms);
}

export function makePlan(options) {
  const random = numbers(options.seed);
  return { requests: requests(options, random), kills: kills(options, random) };
}
