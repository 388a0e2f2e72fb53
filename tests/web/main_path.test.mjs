// The page and the program together, with the film of `matinee up --demo`: see it, capture it, look at it, delete it. At the root
// and below a base path, on a phone and on a desktop. The states that the program reaches only with luck are in
// page_states.test.mjs.
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, Matinee, temporaryFolder } from '../lib/matinee.mjs';
import { assertAccessible, assertSound, launchBrowser, openPage } from '../lib/browser.mjs';

/** Encoding ten seconds precisely on a busy machine. */
const CLIP_TIMEOUT_MS = 300_000; // Against hanging: FFmpeg makes clips with the lowest priority.

/** The film that the first program made, for the ones after it. */
const filmFolder = temporaryFolder('film');
after(() => rmSync(filmFolder, { recursive: true }));

const button = (page, name) => page.getByRole('button', { name, exact: true });
const viewer = (page) => page.getByRole('dialog');
const tiles = (page) => page.locator('main li[data-capture]');
const shown = (locator, timeout) => locator.waitFor({ state: 'visible', timeout });
const gone = (locator) => locator.waitFor({ state: 'detached' });
const size = (image) => image.evaluate((element) => (element.complete ? [element.naturalWidth, element.naturalHeight] : [0, 0]));

for (const [device, basePath] of [['phone', ''], ['desktop', '/matinee']]) {
  describe(`the demo film, on a ${device}, at ${basePath || 'the root'}`, () => {
    let browser;
    let matinee;
    let page;
    let context;
    let faults;

    before(async () => {
      browser = await launchBrowser();
      const folder = temporaryFolder();
      cpSync(filmFolder, join(folder, 'data/demo'), { recursive: true });
      const env = basePath ? { BASE_PATH: basePath } : {};
      matinee = await Matinee.start({ args: ['up', '--demo'], env, folder });
      cpSync(join(folder, 'data/demo'), filmFolder, { recursive: true });
      await matinee.session();
      ({ page, context, faults } = await openPage(browser, device, `${matinee.url}/`));
    });

    after(async () => {
      await context?.close();
      await browser?.close();
      await matinee?.close();
    });

    it('is seen, with its thumbnail, and its position moves', async () => {
      const card = page.getByRole('article');
      await shown(card);
      await shown(page.getByText('This is the demo.'));
      await eventually(async () => (await size(card.locator('img').last()))[0] > 0, 'its thumbnail is shown');
      const position = () => card.getByTestId('position').innerText();
      const first = await position();
      await eventually(async () => (await position()) !== first, 'the position moves');
      await assertAccessible(page);
      await assertSound(page, faults);
    });

    it('becomes a screenshot with one tap', async () => {
      await button(page, 'Screenshot').click();
      await page.getByRole('button', { name: 'Screenshot saved' }).click();
      const image = viewer(page).getByRole('img', { name: /^Screenshot of / });
      const { json } = await matinee.get('/api/captures');
      assert.equal(json.length, 1);
      assert.ok(json[0].file_url.startsWith(`${basePath}/captures/`));
      await eventually(async () => (await size(image))[0] === json[0].width, 'the whole screenshot is shown');
      await assertSound(page, faults);
      await page.keyboard.press('Escape');
      await gone(viewer(page));
    });

    it('becomes a clip that plays', async () => {
      await button(page, 'Clip').click();
      await page.getByText('Precise cut').click();
      await button(page, '10 s').click();
      await page.getByRole('link', { name: 'Gallery' }).click();
      await shown(page.getByText('2 captures'));
      await shown(page.locator('[data-status=complete]').nth(1), CLIP_TIMEOUT_MS);
      await page.getByRole('button', { name: /^Clip of / }).click();
      const video = viewer(page).locator('video');
      await eventually(() => video.evaluate((element) => element.currentTime > 0.5), 'it plays');
      const { json } = await matinee.get('/api/captures?capture_type=clip');
      const { duration_seconds, requested_start_seconds, requested_end_seconds } = json[0];
      assert.ok(Math.abs(duration_seconds - (requested_end_seconds - requested_start_seconds)) < 0.1);
      assert.ok(Math.abs((await video.evaluate((element) => element.duration)) - duration_seconds) < 0.2);
      await assertSound(page, faults);
      await button(page, 'Close').click();
      await gone(viewer(page));
    });

    it('lies in the gallery as thumbnails', async () => {
      const images = tiles(page).locator('img');
      await eventually(async () => (await images.count()) === 2, 'the poster of the clip is there too');
      for (let i = 0; i < 2; i += 1) {
        await eventually(async () => (await size(images.nth(i)))[0] > 0, 'the thumbnail is shown');
        assert.ok(Math.max(...(await size(images.nth(i)))) <= 480);
      }
      await button(page, 'Clips').click();
      await shown(page.getByText('1 clip'));
      await button(page, 'All').click();
      await shown(page.getByText('2 captures'));
      await assertAccessible(page);
      await assertSound(page, faults);
    });

    it('is served with every field of the contract, and no other', async () => {
      const { schemas } = (await matinee.get('/api/openapi.json')).json.components;
      const fields = (value) => Object.keys(value).sort();
      const health = (await matinee.get('/api/health')).json;
      assert.deepEqual(fields(health), [...schemas.Health.required].sort());
      assert.deepEqual(fields(health.media_servers[0]), [...schemas.MediaServerHealth.required].sort());
      const lists = [['/api/sessions', schemas.PlaybackSession], ['/api/captures', schemas.Capture]];
      for (const [path, schema] of lists) {
        const { json } = await matinee.get(path);
        assert.ok(json.length > 0);
        for (const one of json) assert.deepEqual(fields(one), [...schema.required].sort());
      }
    });

    it('is downloaded under its title', async () => {
      await page.getByRole('button', { name: /^Screenshot of / }).click();
      const title = await viewer(page).getByRole('heading').innerText();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
      const word = /\p{L}+/u.exec(title)[0];
      assert.ok(download.suggestedFilename().includes(word), `${download.suggestedFilename()} is made from ${title}`);
      await button(page, 'Close').click();
      await gone(viewer(page));
    });

    it('is deleted, brought back, and deleted for good', async () => {
      const [clip] = (await matinee.get('/api/captures?capture_type=clip')).json;
      const remove = async () => {
        await page.getByRole('button', { name: /^Clip of / }).click();
        await viewer(page).getByRole('button', { name: 'Delete' }).click();
      };
      await remove();
      await button(page, 'Undo').click();
      await button(page, 'Close').click();
      await shown(page.getByText('2 captures'));
      await remove();
      await button(page, 'Close').click();
      await eventually(async () => (await matinee.request(`/api/captures/${clip.id}`)).status === 404, 'the row is gone');
      assert.equal((await fetch(matinee.origin + clip.file_url)).status, 404);
      await shown(page.getByText('1 capture'));
      await assertSound(page, faults);
    });

    it('has its API explained on a separate page', async () => {
      await page.goto(new URL('api/docs/', page.url()).href);
      await shown(page.getByRole('heading', { name: 'POST /api/capture/screenshot' }));
      const layout = await page.evaluate(() => getComputedStyle(document.body).display);
      assert.equal(layout, device === 'phone' ? 'block' : 'grid', 'the style sheet is there');
      await assertSound(page, faults);
    });
  });
}
