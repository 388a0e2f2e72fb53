// Drives the machine's own Chromium: a phone and a desktop, and what no page may do (break its content security policy, throw,
// ask other hosts for anything).
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

/** Waiting longer than this for something on the page fails the test. */
const TIMEOUT_MS = 20_000;

/**
 * A home server is reached by a name on plain http, which browsers do not count as a secure context: no clipboard, no share sheet,
 * no crypto.randomUUID. 127.0.0.1 would count as one, so the tests go by this name.
 */
export const HOST = 'nas.lan';

const DEVICES = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};

/** `names`: further names of this machine. */
export async function launchBrowser({ names = [] } = {}) {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${[HOST, ...names].map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`,
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error('No Chromium found. Install the package chromium, or set CHROMIUM_PATH.');
}

/** Opens a separate page on a phone or a desktop. `faults` collects what the page did wrong. */
export async function openPage(browser, device, address, options = {}) {
  const url = address.replace('127.0.0.1', HOST);
  const context = await browser.newContext({ ...DEVICES[device], locale: 'en-GB', ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const faults = [];
  const origin = new URL(url).origin;
  page.on('pageerror', (error) => faults.push(`threw: ${error.message}`));
  page.on('console', (message) => {
    // Answers with an error status are logged by the browser; tests that want them ask for them. The policy about openers holds only
    // where the page comes by HTTPS.
    const expected = ['Failed to load resource', 'The Cross-Origin-Opener-Policy header has been ignored'];
    if (message.type() === 'error' && !expected.some((start) => message.text().startsWith(start))) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (/^(http|ws)/.test(request.url()) && !request.url().startsWith(origin)) faults.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, context, faults };
}

/** Nothing was wrong, nothing is wider than the screen, and everything to tap is large enough for a thumb. */
export async function assertSound(page, faults) {
  assert.deepEqual(faults, []);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0, `the page is ${overflow} px too wide`);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('#root :is(button, a[href], input[type=range], [role=switch])')]
      // Links in sentences are as large as their words.
      .filter((element) => element.checkVisibility({ contentVisibilityAuto: true }) && !element.closest('footer, p'))
      .map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
      .filter(({ box }) => box.height < 43.5 || box.width < 43.5)
      .map(({ element, box }) => `${element.textContent || element.id} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
  assert.deepEqual(small, [], 'too small for a thumb');
}

/** No fault that axe knows of; WCAG 2.2 AA and its good practices. */
export async function assertAccessible(page) {
  // Evaluated by the debugger rather than added to the page, whose content security policy has no place for it.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
  assert.deepEqual(violations, []);
}
