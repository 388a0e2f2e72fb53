// make screenshots: the screenshots of the page in README and docs, made from the demo film with the program itself, so that they
// show what the page looks like now. Takes a screenshot and a clip through the page, fills the gallery, and writes
// docs/screenshots/*.png.
//
//   MATINEE_BIN   the program (build/matinee)
//   WEB_DIR       the built page (build/web)
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, Matinee, root, temporaryFolder } from '../tests/lib/matinee.mjs';
import { launchBrowser, openPage } from '../tests/lib/browser.mjs';

const FOLDER = join(root, 'docs/screenshots');
/** So that a clone and the README stay small. */
const BYTES_MAX = 150_000;
/** What fills the gallery, oldest first: screenshots at a second of the demo film, and clips from one second to another. */
const CAPTURES = [9, 24, [95, 115], 38, [15, 45], 53, 71, [60, 70], 88, 104];

process.env.WEB_DIR ??= join(root, 'build/web');
const scratch = temporaryFolder('screenshots');

/** Writes docs/screenshots/<name>.png with a palette of 160 colours, which are enough for the page and half the size. */
async function save(page, name) {
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode().catch(() => null))));
  const whole = join(scratch, `${name}.png`);
  const file = join(FOLDER, `${name}.png`);
  await page.screenshot({ path: whole, animations: 'disabled' });
  execFileSync('ffmpeg', ['-v', 'error', '-i', whole, '-vf', 'split[a][b];[a]palettegen=max_colors=160[p];[b][p]paletteuse=dither=none', '-update', '1', '-y', file]);
  const { size } = statSync(file);
  console.log(`docs/screenshots/${name}.png  ${Math.round(size / 1000)} KB`);
  if (size > BYTES_MAX) throw new Error(`${name}.png is larger than ${BYTES_MAX / 1000} KB`);
}

/** Opens the page with more patience than the tests have: a slow machine is not a fault here. */
async function open(device) {
  const { page, context } = await openPage(browser, device, `${matinee.url}/`);
  context.setDefaultTimeout(120_000);
  return page;
}

const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Through the page: one screenshot, one clip. */
async function capture(page) {
  await button(page, 'Screenshot').click();
  await page.getByRole('button', { name: 'Screenshot saved' }).waitFor();
  await button(page, 'Clip').click();
  await button(page, '10 s').click();
}

/** Through the API: the rest of the gallery, which is complete with its thumbnails when this returns. */
async function fillGallery(matinee, session) {
  for (const moment of CAPTURES) {
    if (Array.isArray(moment)) {
      const [start_seconds, end_seconds] = moment;
      await matinee.post('/api/capture/clip', { session_id: session.session_id, start_seconds, end_seconds, precise: true });
    } else {
      const { position_seconds } = await matinee.session();
      await matinee.post('/api/capture/screenshot', { session_id: session.session_id, offset_seconds: moment - position_seconds });
    }
  }
  await eventually(async () => {
    const { json } = await matinee.get('/api/captures');
    return json.length === CAPTURES.length + 2 && json.every(({ thumbnail_url }) => thumbnail_url);
  }, 'all captures are complete, with their thumbnails', 300_000);
}

async function gallery(page) {
  await page.getByRole('link', { name: 'Gallery' }).click();
  await page.locator('main li[data-capture] img').nth(CAPTURES.length + 1).waitFor();
}

mkdirSync(FOLDER, { recursive: true });
const matinee = await Matinee.start({ args: ['up', '--demo'] });
const browser = await launchBrowser();
try {
  const session = await matinee.session();
  const phone = await open('phone');
  await phone.getByRole('article').waitFor();
  await capture(phone);
  await fillGallery(matinee, session);

  await phone.reload();
  await phone.getByRole('article').locator('img').last().waitFor();
  await button(phone, 'Clip').click();
  // Below the notice that this is the demo, so that the whole panel is seen.
  await phone.getByRole('heading', { name: 'Now playing' }).evaluate((heading) => scrollBy(0, heading.getBoundingClientRect().top - 72));
  await save(phone, 'now-playing-phone');
  await gallery(phone);
  await save(phone, 'gallery-phone');

  const desktop = await open('desktop');
  await desktop.getByRole('article').locator('img').last().waitFor();
  await save(desktop, 'now-playing-desktop');
  await gallery(desktop);
  await save(desktop, 'gallery-desktop');
  await desktop.getByRole('button', { name: /^Screenshot of / }).first().click();
  await desktop.getByRole('dialog').getByRole('img', { name: /^Screenshot of / }).waitFor();
  await save(desktop, 'viewer-desktop');
} finally {
  await browser.close();
  await matinee.close();
}
