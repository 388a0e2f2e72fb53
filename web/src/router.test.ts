import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeItem, formatRoute, openItem, parseRoute, registerViews, subscribe } from './router';

/** A browser's address and history, as far as the router uses them. */
class FakeWindow extends EventTarget {
  entries: { state: unknown; hash: string }[];

  constructor(hash: string) {
    super();
    this.entries = [{ state: null, hash }];
  }

  get top() {
    return this.entries.at(-1)!;
  }

  readonly location = Object.defineProperty({ hash: '' }, 'hash', { get: () => this.top.hash });

  readonly history = Object.defineProperty(
    {
      state: null,
      pushState: (state: unknown, _title: string, hash: string) => this.entries.push({ state, hash }),
      replaceState: (state: unknown, _title: string, hash: string) => this.entries.splice(-1, 1, { state, hash }),
      back: () => {
        this.entries.pop();
        this.dispatchEvent(new Event('popstate'));
      },
    },
    'state',
    { get: () => this.top.state },
  );
}

let browser: FakeWindow;

function openAddress(hash: string): void {
  browser = new FakeWindow(hash);
  vi.stubGlobal('window', browser);
  vi.stubGlobal('history', browser.history);
  vi.stubGlobal('PopStateEvent', Event);
}

const addresses = () => browser.entries.map(({ hash }) => hash);

beforeEach(() => {
  registerViews(['now', 'gallery']);
  openAddress('#gallery');
});
afterEach(() => vi.unstubAllGlobals());

describe('the view in the address', () => {
  it.each([
    ['', { view: 'now', itemId: null }],
    ['#now', { view: 'now', itemId: null }],
    ['#gallery', { view: 'gallery', itemId: null }],
    ['#gallery/', { view: 'gallery', itemId: null }],
    ['#gallery/abc', { view: 'gallery', itemId: 'abc' }],
    ['#now/abc', { view: 'now', itemId: 'abc' }],
    ['#elsewhere', { view: 'now', itemId: null }],
    ['#constructor', { view: 'now', itemId: null }],
    ['#gallery/%E0%A4%A', { view: 'gallery', itemId: null }],
  ])('of %s is understood', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it('is read as it was written', () => {
    const route = { view: 'gallery', itemId: 'a/b c' };
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it('may be any view that is registered', () => {
    registerViews(['now', 'gallery', 'rooms']);
    expect(parseRoute('#rooms/7')).toEqual({ view: 'rooms', itemId: '7' });
  });
});

describe('an open item', () => {
  it('is one step of the history, however many are looked at', () => {
    openItem('a');
    openItem('b');
    openItem('c');
    expect(addresses()).toEqual(['#gallery', '#gallery/c']);
  });

  it('closes to where it was opened', () => {
    openItem('a');
    openItem('b');
    closeItem();
    expect(addresses()).toEqual(['#gallery']);
  });

  it('closes to its view when the page was opened at it', () => {
    openAddress('#gallery/a');
    closeItem();
    expect(addresses()).toEqual(['#gallery']);
  });

  it('may be in another view than the one that is shown', () => {
    openAddress('#now');
    openItem('a', 'gallery');
    expect(addresses()).toEqual(['#now', '#gallery/a']);
  });

  it('opens in the default view when the address names no view', () => {
    openAddress('');
    openItem('a');
    expect(addresses()).toEqual(['', '#now/a']);
  });

  it('is closed once', () => {
    closeItem();
    expect(addresses()).toEqual(['#gallery']);
  });

  it('is published, opened and closed, until the listener stops', () => {
    const listener = vi.fn();
    const stop = subscribe(listener);
    openItem('a');
    expect(listener).toHaveBeenCalledTimes(1);
    closeItem();
    expect(listener).toHaveBeenCalledTimes(2);
    stop();
    openItem('b');
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
