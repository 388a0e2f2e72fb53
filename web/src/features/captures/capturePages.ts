// The pages of the list of captures, newest first, as the infinite query keeps them. Pages are addressed by offset, and captures
// come and go on the server between two requests. Pure functions over values.
import type { InfiniteData } from '@tanstack/react-query';
import type { CapturePage } from '../../api/client';
import type { Capture } from '../../api/types';

/** Where a page begins, and which list it belongs to: the newest capture and the total change when captures come or go. */
export interface PageParam {
  offset: number;
  newestId: string | null;
  total: number;
}

export type CapturePages = InfiniteData<CapturePage, PageParam>;

export interface CaptureList {
  /** Newest first, each id once. */
  captures: Capture[];
  /** The number of captures on the server. */
  total: number;
}

export const FIRST_PAGE: PageParam = { offset: 0, newestId: null, total: 0 };

/** Divisible by the usual numbers of columns. */
const PAGE_SIZE_MIN = 48;
/** The API's limit is 200. */
const PAGE_SIZE_MAX = 192;

/** Each page doubles the list, up to a limit, so that a long list takes few requests to read again. */
export function pageSize({ offset }: PageParam): number {
  return Math.min(Math.max(offset, PAGE_SIZE_MIN), PAGE_SIZE_MAX);
}

/** Where the page after `pages` begins; undefined after the last one. */
export function nextPageParam(pages: readonly CapturePage[]): PageParam | undefined {
  const last = pages.at(-1);
  const offset = pages.reduce((sum, page) => sum + page.captures.length, 0);
  if (last === undefined || last.captures.length === 0 || offset >= last.total) return undefined;
  return { offset, newestId: pages[0]?.captures[0]?.id ?? null, total: pages[0]?.total ?? 0 };
}

/** The cached page at `param`, unless captures came or went since it was read. The first page is always read again. */
export function cachedPage(cache: CapturePages | undefined, param: PageParam): CapturePage | undefined {
  if (cache === undefined || param.offset === 0) return undefined;
  const index = cache.pageParams.findIndex(({ offset, newestId }) => offset === param.offset && newestId === param.newestId);
  const page = cache.pages[index];
  return page?.total === param.total ? page : undefined;
}

/** A capture that was made while the pages were read is at the end of one page and at the beginning of the next one: it is kept once. */
export function toCaptureList({ pages }: CapturePages): CaptureList {
  const byId = new Map<string, Capture>();
  for (const capture of pages.flatMap((page) => page.captures)) if (!byId.has(capture.id)) byId.set(capture.id, capture);
  return { captures: [...byId.values()], total: pages.at(-1)?.total ?? 0 };
}

/** Changes a known capture in its place, and puts a new one first. An unknown older one belongs to a page that is not loaded. */
export function upsertIntoPages(cache: CapturePages, capture: Capture): CapturePages {
  const isKnown = cache.pages.some((page) => page.captures.some(({ id }) => id === capture.id));
  if (isKnown) {
    const replace = (known: Capture) => (known.id === capture.id ? capture : known);
    return { ...cache, pages: cache.pages.map((page) => ({ ...page, captures: page.captures.map(replace) })) };
  }
  const [first, ...rest] = cache.pages;
  const newest = first?.captures[0];
  if (first === undefined || (newest !== undefined && capture.created_at < newest.created_at)) return cache;
  const pages = [{ ...first, captures: [capture, ...first.captures] }, ...rest];
  return { ...cache, pages: pages.map((page) => ({ ...page, total: page.total + 1 })) };
}
