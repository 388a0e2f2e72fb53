import { describe, expect, it } from 'vitest';
import type { Capture } from '../api/types';
import { EMPTY_LIST, hasMore, isOutdated, mergeHead, mergeTail, nextOffset, remove, upsert } from './capture_list';

// A capture that was made at second n; only what the list looks at.
const made = (n: number, status: Capture['status'] = 'complete') =>
  ({ id: `id-${n}`, created_at: `2026-02-18T12:00:${String(n).padStart(2, '0')}.000Z`, status }) as Capture;
const newest = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => made(from - i));
const ids = (captures: Capture[]) => captures.map((capture) => Number(capture.id.slice(3)));

describe('the polled head', () => {
  it('is all there is when it is not full', () => {
    const list = mergeHead({ captures: newest(9, 1), total: 9 }, { captures: newest(2, 1), total: 2 }, 4);
    expect(ids(list.captures)).toEqual([2, 1]);
    expect(hasMore(list)).toBe(false);
  });

  it('goes in front of what was known', () => {
    const list = mergeHead({ captures: newest(6, 1), total: 6 }, { captures: newest(8, 5), total: 8 }, 4);
    expect(ids(list.captures)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(hasMore(list)).toBe(false);
  });

  it('brings the changes of what was known', () => {
    const known = { captures: [made(4, 'pending'), ...newest(3, 1)], total: 4 };
    const list = mergeHead(known, { captures: newest(4, 3), total: 4 }, 2);
    expect(list.captures[0]?.status).toBe('complete');
    expect(ids(list.captures)).toEqual([4, 3, 2, 1]);
  });

  it('takes out what was deleted elsewhere within it', () => {
    const list = mergeHead({ captures: newest(6, 1), total: 6 }, { captures: [made(6), made(4), made(3)], total: 5 }, 3);
    expect(ids(list.captures)).toEqual([6, 4, 3, 2, 1]);
    expect(isOutdated(list)).toBe(false);
  });

  it('shows that something was deleted elsewhere below it', () => {
    const list = mergeHead({ captures: newest(6, 1), total: 6 }, { captures: newest(6, 5), total: 5 }, 2);
    expect(isOutdated(list)).toBe(true);
  });

  it('leaves no gap after a long absence', () => {
    const list = mergeHead({ captures: newest(6, 1), total: 6 }, { captures: newest(20, 19), total: 20 }, 2);
    expect(ids(list.captures)).toEqual([20, 19]);
    expect(hasMore(list)).toBe(true);
  });

  it('is the beginning when nothing was known', () => {
    expect(ids(mergeHead(EMPTY_LIST, { captures: newest(3, 2), total: 3 }, 2).captures)).toEqual([3, 2]);
  });
});

describe('an older page', () => {
  it('is asked for with the last known capture in it, and joined there', () => {
    const known = { captures: newest(6, 4), total: 6 };
    expect(nextOffset(known)).toBe(2);
    const list = mergeTail(known, { captures: newest(4, 1), total: 6 });
    expect(ids(list?.captures ?? [])).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it('does not fit when captures came or went meanwhile', () => {
    expect(mergeTail({ captures: newest(6, 4), total: 6 }, { captures: newest(5, 2), total: 7 })).toBeNull();
    expect(mergeTail({ captures: newest(6, 4), total: 6 }, { captures: newest(3, 1), total: 5 })).toBeNull();
    expect(mergeTail({ captures: newest(6, 4), total: 6 }, { captures: [], total: 2 })).toBeNull();
  });

  it('may be the first', () => {
    expect(nextOffset(EMPTY_LIST)).toBe(0);
    expect(ids(mergeTail(EMPTY_LIST, { captures: newest(2, 1), total: 2 })?.captures ?? [])).toEqual([2, 1]);
  });
});

describe('one capture', () => {
  it('that is new takes its place by time', () => {
    const list = upsert({ captures: [made(5), made(3)], total: 2 }, made(4));
    expect(ids(list.captures)).toEqual([5, 4, 3]);
    expect(list.total).toBe(3);
  });

  it('that is known is changed where it is', () => {
    const list = upsert({ captures: [made(5), made(3, 'pending')], total: 2 }, made(3));
    expect(list.captures[1]?.status).toBe('complete');
    expect(list.total).toBe(2);
  });

  it('is taken out once', () => {
    const list = remove(remove({ captures: newest(3, 1), total: 7 }, 'id-2'), 'id-2');
    expect(ids(list.captures)).toEqual([3, 1]);
    expect(list.total).toBe(6);
  });
});
