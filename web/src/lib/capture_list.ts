// The captures that this page knows of: the newest ones of the server's list, without gaps. The head is polled, older pages are
// added as they are scrolled to, while captures come and go on the server. Pure functions over values.
import type { Capture } from '../api/types';
import type { CapturePage } from '../api/client';

export interface CaptureList {
  /** Newest first, each id once. */
  captures: Capture[];
  /** How many the server has. */
  total: number;
}

export const EMPTY_LIST: CaptureList = { captures: [], total: 0 };

/** Newest first; ids break ties, so that the order is the same everywhere. */
export function compareNewestFirst(a: Capture, b: Capture): number {
  if (a.created_at !== b.created_at) return a.created_at < b.created_at ? 1 : -1;
  if (a.id !== b.id) return a.id < b.id ? 1 : -1;
  return 0;
}

export function hasMore(list: CaptureList): boolean {
  return list.captures.length < list.total;
}

/** More captures are known than there are: some were deleted elsewhere, below the head. The whole range must be read anew. */
export function isOutdated(list: CaptureList): boolean {
  return list.captures.length > list.total;
}

/**
 * Puts the polled head (`page`, asked for with `limit`) in front of what was known. Known captures that the head would show but
 * does not were deleted. When the head does not reach down to anything known, the rest is forgotten rather than left with a gap.
 */
export function mergeHead(known: CaptureList, page: CapturePage, limit: number): CaptureList {
  const oldest = page.captures.at(-1);
  if (oldest === undefined || page.captures.length < limit) return { captures: page.captures, total: page.total };
  const inHead = new Set(page.captures.map((capture) => capture.id));
  const older = known.captures.filter((capture) => !inHead.has(capture.id) && compareNewestFirst(oldest, capture) < 0);
  const meets = known.captures.some((capture) => inHead.has(capture.id));
  return { captures: meets ? [...page.captures, ...older] : page.captures, total: page.total };
}

/** Where to ask for the next page: at the last known capture, so that the answer shows whether the two fit together. */
export function nextOffset(list: CaptureList): number {
  return Math.max(0, list.captures.length - 1);
}

/** Adds a page that was asked for at `nextOffset`. Null when it does not begin where the known captures end. */
export function mergeTail(known: CaptureList, page: CapturePage): CaptureList | null {
  const last = known.captures.at(-1);
  if (last === undefined) return { captures: page.captures, total: page.total };
  if (page.captures[0]?.id !== last.id) return null;
  return { captures: [...known.captures, ...page.captures.slice(1)], total: page.total };
}

/** Puts in one capture, new or changed. */
export function upsert(list: CaptureList, capture: Capture): CaptureList {
  if (list.captures.some((known) => known.id === capture.id)) {
    return { ...list, captures: list.captures.map((known) => (known.id === capture.id ? capture : known)) };
  }
  return { captures: [...list.captures, capture].sort(compareNewestFirst), total: list.total + 1 };
}

export function remove(list: CaptureList, id: string): CaptureList {
  const captures = list.captures.filter((capture) => capture.id !== id);
  return { captures, total: list.total - (list.captures.length - captures.length) };
}
