// Reads captures, and keeps what is shown up to date.
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getCapture, listCaptures } from '../../api/client';
import type { CaptureType } from '../../api/types';
import { pollInterval } from '../../lib/polling';
import { cachedPage, FIRST_PAGE, nextPageParam, pageSize, toCaptureList, type CapturePages } from './capturePages';
import { isChanging } from './captureStatus';

export type Filter = 'all' | CaptureType;

export const captureKeys = {
  all: ['captures'] as const,
  list: (filter: Filter) => ['captures', 'list', filter] as const,
  one: (id: string) => ['captures', 'one', id] as const,
};

const POLL_MS = 5000;
/** While a capture is changing, so that its progress moves. */
const CHANGING_POLL_MS = 1000;

/**
 * All captures as one infinite query. A poll is one request, for the first page. A later page is read again only if captures came
 * or went, which the first page shows, or if a capture on it is changing (an old one that is retried).
 */
export function captureListOptions(filter: Filter) {
  const queryKey = captureKeys.list(filter);
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ client, pageParam, signal }) => {
      const cached = cachedPage(client.getQueryData<CapturePages>(queryKey), pageParam);
      if (cached !== undefined && !cached.captures.some(isChanging)) return cached;
      const type = filter === 'all' ? null : filter;
      return listCaptures({ limit: pageSize(pageParam), offset: pageParam.offset, type }, signal);
    },
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (_last, pages) => nextPageParam(pages),
    select: toCaptureList,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ captures }) => captures.some(isChanging)) ? CHANGING_POLL_MS : pollInterval(POLL_MS, state),
  });
}

export function useCaptures(filter: Filter) {
  return useInfiniteQuery(captureListOptions(filter));
}

/** One capture that may not be in a loaded page, such as one whose address was opened. */
export function useCapture(id: string, enabled: boolean) {
  return useQuery({
    queryKey: captureKeys.one(id),
    queryFn: ({ signal }) => getCapture(id, signal),
    enabled,
    refetchInterval: ({ state }) => (state.data && isChanging(state.data) ? CHANGING_POLL_MS : false),
  });
}
