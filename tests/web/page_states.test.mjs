// The page against a stand-in for the API (fake_api.mjs), on a phone and on a desktop: every state, every error, and that nothing is
// lost on a bad network. The main path against the real program is in main_path.test.mjs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { eventually } from '../lib/matinee.mjs';
import { assertAccessible, assertSound, launchBrowser, openPage } from '../lib/browser.mjs';
import { capture, sampleCaptures, session, startFakeApi, WEB_DIR } from './fake_api.mjs';

const HOUR_MS = 3_600_000;
const PAGE_BYTES_MAX = 200_000;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** Runs `body` with a stand-in and a page on it; afterwards the page must have done nothing wrong. */
async function withPage(device, { state = {}, hash = '', ...options }, body) {
  const api = await startFakeApi(options);
  Object.assign(api.state, state);
  const opened = await openPage(browser, device, api.url + hash, options.context);
  try {
    await body(opened.page, api, opened);
    await assertSound(opened.page, opened.faults);
  } finally {
    await opened.context.close();
    await api.close();
  }
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const sent = (api, method, path) => api.requests.filter((one) => one.method === method && one.path === path);
const tiles = (page) => page.locator('main li[data-capture]');
const viewer = (page) => page.getByRole('dialog');
const shown = (locator) => locator.waitFor({ state: 'visible' });
const gone = (locator) => locator.waitFor({ state: 'detached' });

for (const device of ['phone', 'desktop']) {
  // Several at once: they mostly wait, for polls and for what must not happen too early.
  describe(`on a ${device}`, { concurrency: 3 }, () => {
    it('shows what is playing, who watches where, and counts on from when the position was true', async () => {
      const hourAhead = new Date(Date.now() + HOUR_MS);
      const sessions = [
        session({ title: 'Harbour Lights', subtitle: 'S02E07 — Fog', position_seconds: 60, position_at: hourAhead.toISOString() }),
        session({ title: 'Meridian', source: 'jellyfin', server: 'attic', state: 'paused', position_seconds: 100, user: 'Ben' }),
      ];
      await withPage(device, { state: { sessions, clock_offset_ms: HOUR_MS } }, async (page) => {
        const [first, second] = [page.getByRole('article', { name: 'Harbour Lights' }), page.getByRole('article', { name: 'Meridian' })];
        await shown(first.getByText('S02E07 — Fog'));
        await shown(first.getByText('2013 · Anna · Living room TV'));
        await shown(second.getByText('2013 · Ben · Living room TV · attic'));
        await shown(second.getByText('Paused'));
        const position = async (card) => {
          const [minutes, seconds] = (await card.getByTestId('position').innerText()).split(':').map(Number);
          return minutes * 60 + seconds;
        };
        const at = await eventually(async () => ((await position(first)) > 60 ? position(first) : null), 'the position moves');
        await eventually(async () => (await position(first)) > at, 'the position moves on');
        // Read before the clock, which goes on; half a second for how well the page can know the server's clock.
        const then = await position(first);
        const elapsed = (Date.now() + HOUR_MS - hourAhead.getTime()) / 1000;
        assert.ok(then <= 60 + elapsed + 0.5, 'it does not run ahead');
        assert.equal(await position(second), 100);
        assert.equal(await page.title(), '(2) Now playing · Matinee');
        await assertAccessible(page);
      });
    });

    it('makes a screenshot of the moment of the tap, and shows it', async () => {
      const position_at = new Date(Date.now() + HOUR_MS).toISOString();
      const sessions = [session({ session_id: 'plex-1', position_seconds: 60, position_at })];
      await withPage(device, { state: { sessions, clock_offset_ms: HOUR_MS } }, async (page, api) => {
        // The position moves once the server's clock is known.
        await eventually(async () => (await page.getByTestId('position').innerText()) !== '1:00', 'the clock is known');
        const before = Date.now() + HOUR_MS;
        await button(page, 'Screenshot').click();
        await page.getByRole('status').getByRole('button', { name: 'Screenshot saved' }).click();
        const [{ headers, body }] = sent(api, 'POST', '/api/capture/screenshot');
        assert.equal(headers['content-type'], 'application/json');
        assert.match(headers['idempotency-key'], /^[0-9a-f-]{36}$/);
        const { at, ...rest } = JSON.parse(body);
        assert.deepEqual(rest, { session_id: 'plex-1', offset_seconds: 0 });
        const tapped = Date.parse(at);
        assert.ok(before - 1000 < tapped && tapped < Date.now() + HOUR_MS + 1000, `${at} is the server's time of the tap`);
        const screenshot = viewer(page).getByRole('img', { name: /^Screenshot of The Long Voyage/ });
        await eventually(() => screenshot.evaluate((image) => image.complete && image.naturalWidth > 0), 'the screenshot is shown');
        await assertAccessible(page);
        await page.goBack();
        await gone(viewer(page));
        assert.equal(await tiles(page).count(), 1);
      });
    });

    it('moves the moment back by up to ten seconds', async () => {
      await withPage(device, { state: { sessions: [session()] } }, async (page, api) => {
        const slider = page.getByRole('slider', { name: 'Moment' });
        await slider.focus();
        for (let i = 0; i < 7; i += 1) await slider.press('ArrowLeft');
        await shown(page.getByText('3.5 s ago'));
        await button(page, 'Screenshot').click();
        await shown(page.getByText('Screenshot saved'));
        await button(page, 'Clip').click();
        await button(page, '30 s').click();
        await shown(page.getByText('Making a clip of 30 s…'));
        const bodies = [...sent(api, 'POST', '/api/capture/screenshot'), ...sent(api, 'POST', '/api/capture/clip')];
        assert.deepEqual(bodies.map(({ body }) => JSON.parse(body).offset_seconds), [-3.5, -3.5]);
        await slider.press('Home');
        assert.equal(await slider.inputValue(), '-10');
      });
    });

    it('sends a tap again under the same key when the network fails, and makes one capture', async () => {
      await withPage(device, { state: { sessions: [session()] } }, async (page, api) => {
        const path = '/api/capture/screenshot';
        await shown(button(page, 'Screenshot'));
        api.state.next.push(
          { method: 'POST', path, cut: true },
          { method: 'POST', path, status: 503, problem: { code: 'unavailable', detail: 'Busy.' }, headers: { 'Retry-After': '1' } },
        );
        await button(page, 'Screenshot').click();
        await shown(page.getByText('Screenshot saved'));
        const keys = sent(api, 'POST', path).map(({ headers }) => headers['idempotency-key']);
        assert.equal(keys.length, 3);
        assert.equal(new Set(keys).size, 1);
        assert.equal(new Set(sent(api, 'POST', path).map(({ body }) => body)).size, 1, 'the moment stays that of the tap');
        assert.equal(api.state.captures.length, 1);
      });
    });

    it('says why a screenshot failed', async () => {
      await withPage(device, { state: { sessions: [session()] } }, async (page, api) => {
        await shown(button(page, 'Screenshot'));
        const detail = 'The film is not there: /media/film.mkv. Check the path mapping.';
        api.state.next.push({ method: 'POST', path: '/api/capture/screenshot', status: 422, problem: { code: 'media_error', detail } });
        await button(page, 'Screenshot').click();
        await shown(page.getByRole('alert').getByText(detail));
        await button(page, 'Dismiss').click();
        await gone(page.getByText(detail));
      });
    });

    it('waits for a screenshot that takes long', async () => {
      await withPage(device, { state: { sessions: [session()], screenshot_status: 'pending' } }, async (page, api) => {
        await button(page, 'Screenshot').click();
        await shown(page.getByText('Making the screenshot…'));
        Object.assign(api.state.captures[0], capture({ id: api.state.captures[0].id }));
        await shown(page.getByText('Screenshot saved'));
      });
    });

    it('makes a clip, shows how far it is, says when it is ready, and plays it', async () => {
      await withPage(device, { state: { sessions: [session({ session_id: 'plex-1' })] } }, async (page, api) => {
        await button(page, 'Clip').click();
        const choice = await page.getByText('Precise cut').boundingBox();
        assert.ok(choice.y + choice.height < page.viewportSize().height - 58, 'what opens is in sight, above the tabs');
        await page.getByText('Precise cut').click();
        await button(page, '2 min').click();
        const { body } = await eventually(() => api.requests.find(({ path }) => path === '/api/capture/clip'), 'asked');
        const { at, ...rest } = JSON.parse(body);
        assert.ok(at);
        assert.deepEqual(rest, { session_id: 'plex-1', relative_seconds: -120, precise: true, offset_seconds: 0 });
        const [clip] = api.state.captures;
        clip.progress = 0.25;
        await shown(tiles(page).getByText('25 %'));
        await page.getByRole('link', { name: 'Gallery' }).click();
        clip.progress = 0.75;
        await shown(tiles(page).getByText('75 %'));
        Object.assign(clip, capture({ id: clip.id, capture_type: 'clip' }));
        await page.getByRole('button', { name: 'Clip saved' }).click();
        const video = viewer(page).locator('video');
        await eventually(() => video.evaluate((element) => element.currentTime > 0.3), 'it plays');
        await assertAccessible(page);
      });
    });

    it('shows a clip at once, and its poster when that is there', async () => {
      const clip = capture({ capture_type: 'clip', thumbnail_url: null, updated_at: new Date().toISOString() });
      await withPage(device, { hash: '#gallery', state: { captures: [clip] } }, async (page, api) => {
        await shown(page.getByRole('button', { name: /^Clip of / }));
        assert.equal(await tiles(page).locator('img').count(), 0);
        api.state.captures[0].thumbnail_url = `/api/captures/${clip.id}/thumbnail`;
        await shown(tiles(page).locator('img'));
      });
    });

    it('cancels a running clip', async () => {
      await withPage(device, { hash: '#gallery', state: { captures: [capture({ capture_type: 'clip', status: 'pending' })] } }, async (page, api) => {
        await button(page, 'Cancel').click();
        await shown(page.getByText('Clip cancelled'));
        assert.equal(sent(api, 'POST', `/api/captures/${api.state.captures[0].id}/cancel`).length, 1);
      });
    });

    it('says what cannot be captured and why', async () => {
      const reason = 'Live TV has no file to capture from.';
      const live = session({ title: 'News', capturable: false, not_capturable_reason: reason, duration_seconds: null, thumbnail_url: null });
      await withPage(device, { state: { sessions: [live] } }, async (page) => {
        await shown(page.getByText(reason));
        assert.ok(await button(page, 'Screenshot').isDisabled());
        assert.ok(await button(page, 'Clip').isDisabled());
        await assertAccessible(page);
      });
    });

    it('shows six sessions with long names', async () => {
      const long = 'Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb, Restored '.repeat(2);
      const sessions = Array.from({ length: 6 }, (_, i) =>
        session({ session_id: `emby-${i}`, source: 'emby', server: 'emby', title: i % 2 ? long : 'x'.repeat(90), subtitle: long, user: 'y'.repeat(60) }),
      );
      await withPage(device, { state: { sessions, captures: sampleCaptures(5) } }, async (page) => {
        await shown(page.getByRole('article').nth(5));
        await assertAccessible(page);
      });
    });

    it('says what to do when no media server is set, and when nothing plays', async () => {
      await withPage(device, { state: { media_servers: [] } }, async (page, api) => {
        await shown(page.getByRole('heading', { name: 'No media server yet' }));
        for (const name of ['PLEX_URL', 'JELLYFIN_API_KEY', 'EMBY_URL']) await shown(page.getByText(name));
        await assertAccessible(page);
        api.state.media_servers = [{ name: 'attic', source: 'plex', status: 'up', error: null, last_success_at: null, sessions_without_id: 0 }];
        await page.reload();
        await shown(page.getByRole('heading', { name: 'Nothing is playing' }));
        await shown(page.getByText('Start a film on attic.'));
      });
    });

    it('names a server that is down and how to fix it, a full disk, and the demo', async () => {
      const down = { name: 'jellyfin', source: 'jellyfin', status: 'down', error: 'It refuses the key (401).', last_success_at: null, sessions_without_id: 0 };
      await withPage(device, { state: { sessions: [session()], media_servers: [down], free_bytes: 3e8, demo: true, capture_folder_notice: 'The database is empty.' } }, async (page) => {
        await shown(page.getByText('Captures without a database. The database is empty.'));
        await shown(page.getByText('Jellyfin is down. It refuses the key (401).'));
        await shown(page.getByText('The disk is nearly full.'));
        await shown(page.getByText('This is the demo.'));
        await shown(button(page, 'Screenshot'));
        await assertAccessible(page);
      });
    });

    it('keeps the last data, greyed, while Matinee does not answer, and goes on when it does', async () => {
      await withPage(device, { state: { sessions: [session()] } }, async (page, api) => {
        await shown(button(page, 'Screenshot'));
        api.state.unreachable = true;
        await shown(page.getByText('Matinee does not answer.'));
        assert.ok(await button(page, 'Screenshot').isDisabled());
        await shown(page.getByRole('article', { name: 'The Long Voyage' }));
        api.state.unreachable = false;
        await gone(page.getByText('Matinee does not answer.'));
        await eventually(() => button(page, 'Screenshot').isEnabled(), 'the buttons work again');
      });
    });

    it('says so when it was opened under a name that the server does not allow', async () => {
      await withPage(device, {}, async (page, api) => {
        const detail = 'Matinee does not answer to the name nas.lan. If it is yours, add it to ALLOWED_HOSTS.';
        for (let i = 0; i < 3; i += 1) {
          api.state.next.push({ method: 'GET', path: '/api/sessions', status: 421, problem: { code: 'misdirected', detail } });
        }
        await shown(page.getByText(detail));
      });
    });

    it('shows forty captures as thumbnails, by day, and filters them', async () => {
      await withPage(device, { hash: '#gallery', state: { captures: sampleCaptures(40) } }, async (page, api) => {
        await shown(page.getByText('40 captures'));
        await shown(page.getByRole('heading', { name: 'Today' }));
        assert.equal(await tiles(page).count(), 40);
        await assertAccessible(page);
        await button(page, 'Clips').click();
        await shown(page.getByText('10 clips'));
        assert.equal(await tiles(page).count(), 10);
        await button(page, 'Screenshots').click();
        await shown(page.getByText('30 screenshots'));
        assert.ok(api.requests.some(({ path }) => path.endsWith('/thumbnail')));
        assert.deepEqual(api.requests.filter(({ path }) => path.startsWith('/captures/') || path.endsWith('/file')), []);
      });
    });

    it('loads more as one scrolls, while captures come and go', async () => {
      await withPage(device, { hash: '#gallery', state: { captures: sampleCaptures(300) } }, async (page, api) => {
        await shown(page.getByText('300 captures'));
        assert.equal(await tiles(page).count(), 48);
        const scrollTo = (count) =>
          eventually(async () => {
            await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
            return (await tiles(page).count()) >= count;
          }, `${count} are loaded`);
        await scrollTo(95);
        // One is deleted in the middle of what was loaded, and one is made: the next page begins elsewhere than expected.
        api.state.captures.splice(70, 1);
        api.state.captures.push(capture({ media_title: 'Made elsewhere' }));
        await page.evaluate(() => window.scrollTo(0, 0));
        await shown(page.getByText('Made elsewhere'));
        await scrollTo(300);
        const ids = await tiles(page).evaluateAll((all) => all.map((tile) => tile.dataset.capture));
        assert.deepEqual(new Set(ids), new Set(api.state.captures.map(({ id }) => id)));
        await gone(button(page, 'Load more'));
      });
    });

    it('reads again what an event names, and polls nothing else', async () => {
      await withPage(device, { hash: '#gallery', state: { streaming: true, captures: sampleCaptures(3) } }, async (page, api) => {
        await shown(page.getByText('3 captures'));
        // The page reads everything once more when its stream has opened.
        const polls = () => sent(api, 'GET', '/api/sessions').length;
        await eventually(() => sent(api, 'GET', '/api/events').length === 1 && polls() >= 2, 'the stream is open');
        const before = polls();
        const made = capture({ media_title: 'Made elsewhere' });
        api.state.captures.push(made);
        api.announce('capture_changed', { id: made.id });
        await shown(page.getByText('Made elsewhere'));
        assert.equal(polls(), before);
        api.state.sessions = [session()];
        api.announce('sessions_changed');
        await eventually(async () => (await page.title()) === '(1) Gallery · Matinee', 'the session is counted');
      });
    });

    it('offers a button after a page that could not be loaded', async () => {
      await withPage(device, { hash: '#gallery', state: { captures: sampleCaptures(60) } }, async (page, api) => {
        await shown(page.getByText('60 captures'));
        const refuse = { method: 'GET', path: '/api/captures', status: 500, problem: { code: 'internal', detail: 'A fault.' } };
        api.state.next.push(refuse);
        // The refusal may meet a poll instead, which shows nothing and is repeated; then the next page gets the next one.
        await eventually(async () => {
          if (await page.getByText('A fault.').isVisible()) return true;
          if (api.state.next.length === 0 && (await tiles(page).count()) === 48) api.state.next.push(refuse);
          await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
          return (await tiles(page).count()) === 60;
        }, 'the fault is shown or the page loaded');
        api.state.next.length = 0;  // No refusal is left over for the attempt that must succeed.
        await eventually(async () => {
          if ((await tiles(page).count()) === 60) return true;
          const more = button(page, 'Load more');
          if (await more.isVisible()) await more.click({ timeout: 1000 }).catch(() => {});
          return false;
        }, 'all are loaded');
      });
    });

    it('says why a capture failed, and tries again or deletes it', async () => {
      const message = 'The film is not there: /media/film.mkv. Check the path mapping.';
      const failed = capture({ status: 'failed', error_message: message, error_code: 'media_error' });
      await withPage(device, { hash: '#gallery', state: { captures: [failed] } }, async (page, api) => {
        await shown(page.getByText(message));
        await button(page, 'Retry').click();
        await shown(page.getByText('Waiting…'));
        Object.assign(api.state.captures[0], { status: 'failed', phase: 'failed', error_message: message });
        await shown(page.getByRole('alert').getByText(message));
        await tiles(page).getByRole('button', { name: 'Delete' }).click();
        await shown(page.getByRole('heading', { name: 'No captures yet' }));
        await button(page, 'Undo').click();
        await shown(tiles(page).getByText(message));
        assert.equal(sent(api, 'DELETE', `/api/captures/${failed.id}`).length, 0);
      });
    });

    it('holds a deletion back for six seconds, then does it', async () => {
      const state = { captures: sampleCaptures(1) };
      await withPage(device, { hash: '#gallery', state }, async (page, api) => {
        await tiles(page).getByRole('button').click();
        const start = Date.now();
        await viewer(page).getByRole('button', { name: 'Delete' }).click();
        await gone(viewer(page));
        await shown(button(page, 'Undo'));
        await eventually(() => api.state.captures.length === 0, 'it is deleted');
        const held = Date.now() - start;
        assert.ok(held > 5500, `held for ${held} ms`);
        await gone(button(page, 'Undo'));
        await shown(page.getByText('0 captures'));
      });
    });

    it('does not forget a held deletion when the page is left', async () => {
      await withPage(device, { hash: '#gallery', state: { captures: sampleCaptures(1) } }, async (page, api) => {
        await tiles(page).getByRole('button').click();
        await viewer(page).getByRole('button', { name: 'Delete' }).click();
        await shown(button(page, 'Undo'));
        await page.goto('about:blank');
        await eventually(() => api.state.captures.length === 0, 'it is deleted');
      });
    });

    it('shows a capture again that the server would not delete', async () => {
      const one = capture();
      await withPage(device, { hash: '#gallery', state: { captures: [one] } }, async (page, api) => {
        const problem = { code: 'internal', detail: 'The folder is read-only.' };
        api.state.next.push({ method: 'DELETE', path: `/api/captures/${one.id}`, status: 500, problem });
        await tiles(page).getByRole('button').click();
        await viewer(page).getByRole('button', { name: 'Delete' }).click();
        await shown(page.getByRole('alert').getByText('It could not be deleted. The folder is read-only.'));
        assert.equal(await tiles(page).count(), 1);
      });
    });

    it('copies a link without a secure context', async () => {
      const one = capture();
      await withPage(device, { hash: `#gallery/${one.id}`, state: { captures: [one] } }, async (page) => {
        assert.equal(await page.evaluate(() => window.isSecureContext), false);
        await button(page, 'Copy link').click();
        const field = page.getByRole('textbox', { name: 'Link' });
        assert.equal(await field.inputValue(), new URL(one.file_url, page.url()).href);
        assert.equal(await field.evaluate((input) => input.value.slice(input.selectionStart, input.selectionEnd)), await field.inputValue());
        assert.equal(await button(page, 'Share').count(), 0, 'there is no share sheet here');
      });
    });

    it('opens a capture by its address, also one far down, and says so when it is gone', async () => {
      const captures = sampleCaptures(80);
      const last = captures[79];
      await withPage(device, { hash: `#gallery/${last.id}`, state: { captures } }, async (page, api) => {
        await shown(viewer(page).getByRole('heading', { name: last.media_title }));
        api.state.captures = [];
        await page.reload();
        await shown(viewer(page).getByText('This capture is no longer there.'));
        await button(page, 'Close').click();
        await gone(viewer(page));
      });
    });

    it('works under a base path', async () => {
      const state = { sessions: [session()], captures: sampleCaptures(1) };
      await withPage(device, { basePath: '/matinee', state }, async (page) => {
        await button(page, 'Screenshot').click();
        await page.getByRole('button', { name: 'Screenshot saved' }).click();
        const screenshot = viewer(page).getByRole('img', { name: /^Screenshot of/ });
        await eventually(() => screenshot.evaluate((image) => image.naturalWidth > 0), 'the screenshot is shown');
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
        assert.equal(download.suggestedFilename(), 'The Long Voyage.jpg');
        assert.match(download.url(), /\/matinee\/api\/captures\/[^/]+\/file$/);
      });
    });

    it('has a page about its API that needs nothing from elsewhere', async () => {
      await withPage(device, { hash: 'api/docs/' }, async (page) => {
        await shown(page.getByRole('heading', { name: 'POST /api/capture/screenshot' }));
        await assertAccessible(page);
      });
    });
  });
}

describe('on a phone', () => {
  it('swipes from capture to capture, and down to close', async () => {
    const captures = sampleCaptures(9).filter(({ status }) => status === 'complete');
    await withPage('phone', { hash: '#gallery', state: { captures } }, async (page, _api, { context }) => {
      const title = () => viewer(page).getByRole('heading').innerText();
      await tiles(page).first().getByRole('button').click();
      assert.equal(await title(), captures[0].media_title);
      await swipe(page, context, [320, 400], [80, 410]);
      await eventually(async () => (await title()) === captures[1].media_title, 'the next one');
      await swipe(page, context, [80, 400], [320, 410]);
      await eventually(async () => (await title()) === captures[0].media_title, 'the one before');
      await swipe(page, context, [200, 300], [205, 600]);
      await gone(viewer(page));
    });
  });
});

describe('with a keyboard alone', () => {
  it('captures, looks through the captures, deletes and brings back', async () => {
    const captures = sampleCaptures(12).filter(({ status }) => status === 'complete');
    await withPage('desktop', { state: { sessions: [session()], captures } }, async (page, api) => {
      await shown(button(page, 'Screenshot'));
      await tabTo(page, button(page, 'Screenshot'));
      await page.keyboard.press('Enter');
      await shown(page.getByText('Screenshot saved'));
      await tabTo(page, page.getByRole('button', { name: 'Screenshot saved' }));
      await page.keyboard.press('Enter');
      await shown(viewer(page));
      const title = () => viewer(page).getByRole('heading').innerText();
      const newest = await title();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      await eventually(async () => (await title()) === captures[1].media_title, 'two further');
      await page.keyboard.press('ArrowLeft');
      await eventually(async () => (await title()) === captures[0].media_title, 'one back');
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('d')]);
      assert.equal(download.suggestedFilename(), `${captures[0].media_title}.jpg`);
      await page.keyboard.press('Delete');
      await eventually(async () => (await title()) === captures[1].media_title, 'on to the next');
      await tabTo(page, button(page, 'Undo'));
      await page.keyboard.press('Enter');
      await page.keyboard.press('ArrowLeft');
      await eventually(async () => (await title()) === captures[0].media_title, 'it is back');
      await page.keyboard.press('Escape');
      await gone(viewer(page));
      const tile = tiles(page).nth(2).getByRole('button');
      await tabTo(page, tile);
      await page.keyboard.press('Enter');
      await shown(viewer(page));
      await page.keyboard.press('Escape');
      await gone(viewer(page));
      assert.ok(await tile.evaluate((element) => element === document.activeElement), 'the focus is where it was');
      assert.equal(api.requests.filter(({ method }) => method === 'DELETE').length, 0);
      assert.equal(newest, 'The Long Voyage');
    });
  });
});

describe('the built page', () => {
  it(`weighs at most ${PAGE_BYTES_MAX / 1000} kB gzipped, without the API's page`, () => {
    const files = readdirSync(WEB_DIR, { recursive: false, withFileTypes: true })
      .flatMap((entry) => (entry.isDirectory() ? readdirSync(join(WEB_DIR, entry.name)).map((name) => join(entry.name, name)) : [entry.name]))
      .filter((name) => !name.startsWith('api'));
    const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(WEB_DIR, name))).length, 0);
    assert.ok(files.length > 4);
    assert.ok(bytes <= PAGE_BYTES_MAX, `${bytes} bytes`);
  });

  it('is what the stand-in speaks: every field of the contract, and no other', async () => {
    const api = await startFakeApi();
    try {
      api.state.sessions = [session()];
      api.state.captures = sampleCaptures(3);
      const { schemas } = JSON.parse(readFileSync(join(WEB_DIR, 'api/openapi.json'), 'utf8')).components;
      const ask = async (path) => (await fetch(api.url + path)).json();
      const fields = (value) => Object.keys(value).sort();
      assert.deepEqual(fields(await ask('api/health')), [...schemas.Health.required].sort());
      for (const one of await ask('api/sessions')) assert.deepEqual(fields(one), [...schemas.PlaybackSession.required].sort());
      for (const one of await ask('api/captures')) assert.deepEqual(fields(one), [...schemas.Capture.required].sort());
    } finally {
      await api.close();
    }
  });
});

async function tabTo(page, locator) {
  for (let i = 0; i < 60; i += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('the keyboard does not get there');
}

async function swipe(page, context, [fromX, fromY], [toX, toY]) {
  const session = await context.newCDPSession(page);
  const touch = (type, points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await touch('touchStart', [{ x: fromX, y: fromY }]);
  for (let step = 1; step <= 8; step += 1) {
    await touch('touchMove', [{ x: fromX + ((toX - fromX) * step) / 8, y: fromY + ((toY - fromY) * step) / 8 }]);
  }
  await touch('touchEnd', []);
  await session.detach();
}
