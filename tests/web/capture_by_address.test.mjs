// A capture opened by its own address, as from "Copy link": the screenshot is shown and the clip plays, in Chromium and in Firefox. The
// frames of the film show their numbers, so that a frame is seen to move.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HOST, launchBrowser } from '../lib/browser.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import { makeFilm } from '../lib/films.mjs';
import { Firefox } from '../lib/firefox.mjs';
import { Matinee, temporaryFolder } from '../lib/matinee.mjs';

const SECONDS = 20;
let jellyfin;
let matinee;
let screenshot;
let clip;

before(async () => {
  const film = await makeFilm(join(temporaryFolder('films'), 'film.mkv'), { seconds: SECONDS });
  jellyfin = await PausedJellyfin.start(film, SECONDS);
  jellyfin.position_seconds = 5;
  matinee = await Matinee.start({ env: jellyfin.env });
  const { session_id } = await matinee.session();
  screenshot = (await matinee.post('/api/capture/screenshot', { session_id })).json;
  const { json } = await matinee.post('/api/capture/clip', { session_id, start_seconds: 4, end_seconds: 10, precise: true });
  clip = await matinee.finished(json.id);
  assert.equal(clip.status, 'complete', JSON.stringify(clip));
});

after(async () => {
  await matinee?.close();
  jellyfin?.close();
});

// These run in the page.

/** The number of the frame in an image or a video: 16 blocks across its top, black or white. */
const NUMBER_OF = `(element) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 180];
  const context = canvas.getContext('2d');
  context.drawImage(element, 0, 0, 320, 180);
  let number = 0;
  for (let bit = 0; bit < 16; ++bit) if (context.getImageData(20 * bit + 10, 20, 1, 1).data[1] > 127) number += 2 ** bit;
  return number;
}`;
const SCREENSHOT = `() => {
  const image = document.querySelector('img');
  return { width: image.naturalWidth, number: (${NUMBER_OF})(image) };
}`;
/** Frames at two moments of the playing clip, or why it does not play. */
const CLIP = `async () => {
  const video = document.querySelector('video');
  const passes = (seconds) => new Promise((resolve, reject) => {
    const deadline = Date.now() + 60_000;
    const look = () => {
      if (Date.now() > deadline) reject(new Error('it stands at ' + video.currentTime + ' s, readyState ' + video.readyState));
      else if (video.error) reject(new Error(video.error.message || 'code ' + video.error.code));
      else if (video.currentTime >= seconds && video.readyState >= 2) resolve((${NUMBER_OF})(video));
      else setTimeout(look, 20);
    };
    look();
  });
  video.muted = true;
  video.currentTime = 0;
  // Never settled, if the browser loads nothing.
  const playing = video.play();
  playing.catch(() => {});
  const first = await passes(0.5);
  const second = await passes(2);
  return { duration: video.duration, first, second };
}`;

const BROWSERS = {
  async Chromium() {
    const browser = await launchBrowser();
    const page = await browser.newPage();
    return {
      goto: (url) => page.goto(url.replace('127.0.0.1', HOST)),
      evaluate: (body) => page.evaluate(`(${body})()`),
      close: () => browser.close(),
    };
  },
  Firefox: () => Firefox.launch(),
};

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    before(async () => {
      browser = await launch();
    });
    after(() => browser?.close());

    it('shows a screenshot', async () => {
      await browser.goto(matinee.origin + screenshot.file_url);
      assert.deepEqual(await browser.evaluate(SCREENSHOT), { width: 320, number: 125 });
    });

    it('plays a clip', async () => {
      await browser.goto(matinee.origin + clip.file_url);
      const { duration, first, second } = await browser.evaluate(CLIP);
      assert.ok(Math.abs(duration - 6) < 0.2, `${duration} s`);
      assert.ok(first >= 100 + 10 && first < 250, `frame ${first} at 0.5 s`);
      assert.ok(second > first && second < 250, `frame ${second} after frame ${first}`);
    });
  });
}
