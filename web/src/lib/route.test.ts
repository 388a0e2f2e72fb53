import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute } from './route';

describe('the view in the address', () => {
  it.each([
    ['', { tab: 'now', captureId: null }],
    ['#now', { tab: 'now', captureId: null }],
    ['#gallery', { tab: 'gallery', captureId: null }],
    ['#gallery/abc', { tab: 'gallery', captureId: 'abc' }],
    ['#now/abc', { tab: 'now', captureId: 'abc' }],
    ['#elsewhere', { tab: 'now', captureId: null }],
    ['#gallery/%E0%A4%A', { tab: 'gallery', captureId: null }],
  ] as const)('of %s is understood', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it('reads what it writes', () => {
    const route = { tab: 'gallery', captureId: 'a/b c' } as const;
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });
});
