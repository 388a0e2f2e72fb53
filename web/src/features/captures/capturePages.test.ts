import { describe, expect, it } from 'vitest';
import type { Capture } from '../../api/types';
import { cachedPage, FIRST_PAGE, nextPageParam, pageSize, toCaptureList, upsertIntoPages, type CapturePages } from './capturePages';

// A capture that was made at second n; only the fields that the list reads.
const made = (n: number, status: Capture['status'] = 'complete') =>
  ({ id: `id-${n}`, created_at: `2026-02-18T12:00:${String(n).padStart(2, '0')}.000Z`, status }) as Capture;
const page = (from: number, to: number, total: number) => ({
  captures: Array.from({ length: from - to + 1 }, (_, i) => made(from - i)),
  total,
});
const ids = ({ captures }: { captures: Capture[] }) => captures.map(({ id }) => Number(id.slice(3)));

/** Pages as the query keeps them: each with the parameter that was computed from those before it. */
function cacheOf(...pages: CapturePages['pages']): CapturePages {
  return { pages, pageParams: pages.map((_, i) => (i === 0 ? FIRST_PAGE : nextPageParam(pages.slice(0, i))!)) };
}

describe('the next page', () => {
  it('begins where the loaded captures end', () => {
    expect(nextPageParam([page(9, 7, 9), page(6, 5, 9)])).toEqual({ offset: 5, newestId: 'id-9', total: 9 });
  });

  it('does not exist when all are loaded, or when there are none', () => {
    expect(nextPageParam([page(3, 1, 3)])).toBeUndefined();
    expect(nextPageParam([{ captures: [], total: 0 }])).toBeUndefined();
  });

  it('does not exist after an empty page, whatever the total says', () => {
    expect(nextPageParam([page(3, 2, 5), { captures: [], total: 5 }])).toBeUndefined();
  });

  it('is as large as all before it, within the limits of a screen and of the API', () => {
    expect([0, 48, 96, 192, 384, 576].map((offset) => pageSize({ ...FIRST_PAGE, offset }))).toEqual([48, 48, 96, 192, 192, 192]);
  });
});

describe('a cached page', () => {
  const cache = cacheOf(page(9, 7, 9), page(6, 4, 9));

  it('is used while no captures came or went', () => {
    expect(cachedPage(cache, nextPageParam([page(9, 7, 9)])!)).toBe(cache.pages[1]);
  });

  it('is not the first one: that shows whether captures came or went', () => {
    expect(cachedPage(cache, FIRST_PAGE)).toBeUndefined();
  });

  it('is outdated when a capture was made', () => {
    expect(cachedPage(cache, nextPageParam([page(10, 8, 10)])!)).toBeUndefined();
  });

  it('is outdated when a capture was deleted', () => {
    expect(cachedPage(cache, nextPageParam([page(9, 7, 8)])!)).toBeUndefined();
  });

  it('is outdated when one was made and one was deleted', () => {
    expect(cachedPage(cache, nextPageParam([page(10, 8, 9)])!)).toBeUndefined();
  });

  it('is outdated when it was read from a list of another length than the first page', () => {
    expect(cachedPage(cacheOf(page(9, 7, 9), page(6, 4, 8)), nextPageParam([page(9, 7, 9)])!)).toBeUndefined();
  });

  it('does not exist before the first read, or elsewhere in the list', () => {
    expect(cachedPage(undefined, { offset: 3, newestId: 'id-9', total: 9 })).toBeUndefined();
    expect(cachedPage(cache, { offset: 4, newestId: 'id-9', total: 9 })).toBeUndefined();
  });
});

describe('the list', () => {
  it('has each capture once, also when one was made between two pages', () => {
    const list = toCaptureList(cacheOf(page(9, 7, 9), page(7, 5, 10)));
    expect(ids(list)).toEqual([9, 8, 7, 6, 5]);
    expect(list.total).toBe(10);
  });

  it('is empty before the first page', () => {
    expect(toCaptureList({ pages: [], pageParams: [] })).toEqual({ captures: [], total: 0 });
  });
});

describe('one capture', () => {
  it('that is new is shown first, and counted', () => {
    const list = toCaptureList(upsertIntoPages(cacheOf(page(3, 2, 3), page(1, 1, 3)), made(4)));
    expect(ids(list)).toEqual([4, 3, 2, 1]);
    expect(list.total).toBe(4);
  });

  it('may be the first of all', () => {
    expect(toCaptureList(upsertIntoPages(cacheOf({ captures: [], total: 0 }), made(1)))).toEqual({ captures: [made(1)], total: 1 });
  });

  it('that is known is changed in its place', () => {
    const list = toCaptureList(upsertIntoPages(cacheOf(page(3, 2, 3), page(1, 1, 3)), made(1, 'pending')));
    expect(ids(list)).toEqual([3, 2, 1]);
    expect(list.captures[2]?.status).toBe('pending');
    expect(list.total).toBe(3);
  });

  it('that is old and not loaded leaves no gap', () => {
    const cache = cacheOf(page(5, 4, 5));
    expect(upsertIntoPages(cache, made(1))).toBe(cache);
  });

  it('makes the cached pages outdated when it is new', () => {
    const cache = upsertIntoPages(cacheOf(page(3, 2, 3), page(1, 1, 3)), made(4));
    expect(cachedPage(cache, nextPageParam([page(4, 3, 4)])!)).toBeUndefined();
  });
});
