// The server's data, kept fresh while the page is visible (the library stops polling in hidden tabs).
import { useQuery } from '@tanstack/react-query';
import { getCapture, getHealth, listCaptures, listSessions } from '../api/client';
import type { Capture, CaptureType } from '../api/types';
import {
  EMPTY_LIST,
  hasMore,
  isOutdated,
  mergeHead,
  mergeTail,
  nextOffset,
  remove,
  upsert,
  type CaptureList,
} from '../lib/capture_list';
import { queryClient, serverClock } from './client';

export type Filter = 'all' | CaptureType;

const SESSIONS_POLL_MS = 2500;
const HEALTH_POLL_MS = 10_000;
const UNKNOWN_POLL_MS = 2500;
const CAPTURES_POLL_MS = 5000;
/** While something is being made, so that its progress moves. */
const PENDING_POLL_MS = 1000;
/** A poster takes a fraction of a second; after this there is none to come. */
const POSTER_WAIT_MS = 15_000;
/** A page of the gallery; divisible by the usual numbers of columns. */
export const PAGE_SIZE = 48;
/** The most that the server gives at once. */
const LIMIT_MAX = 200;
/** Pending captures below the head (old ones that are tried again) that are asked for one by one. */
const OLD_PENDING_MAX = 8;

export function useHealth() {
  return useQuery({
    queryKey: ['health'],
    queryFn: async ({ signal }) => {
      const { health, sentAt, receivedAt } = await getHealth(signal);
      serverClock.observe(health.time, sentAt, receivedAt);
      return health;
    },
    // Sooner while there is no answer, or none that was quick enough to tell the server's time by.
    refetchInterval: ({ state }) =>
      state.status === 'error' || serverClock.offset(Date.now()) === null ? UNKNOWN_POLL_MS : HEALTH_POLL_MS,
  });
}

export function useSessions() {
  return useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => listSessions(signal),
    refetchInterval: SESSIONS_POLL_MS,
  });
}

export function useCaptures(filter: Filter) {
  return useQuery({
    queryKey: listKey(filter),
    queryFn: ({ signal }) => pollList(filter, signal),
    refetchInterval: (query) => (query.state.data?.captures.some(isChanging) ? PENDING_POLL_MS : CAPTURES_POLL_MS),
  });
}

/** One capture that may not be in any list, such as one whose address was opened. */
export function useCapture(id: string, enabled: boolean) {
  return useQuery({
    queryKey: ['capture', id],
    queryFn: ({ signal }) => getCapture(id, signal),
    enabled,
    refetchInterval: (query) => (query.state.data && isChanging(query.state.data) ? PENDING_POLL_MS : false),
  });
}

export function isPending(capture: Capture): boolean {
  return capture.status === 'pending';
}

/** Whether it is worth asking again soon: a clip's poster comes a moment after the clip. */
function isChanging(capture: Capture): boolean {
  if (capture.status !== 'complete' || capture.thumbnail_url !== null) return isPending(capture);
  const serverTime = Date.now() + (serverClock.offset(Date.now()) ?? 0);
  return serverTime - Date.parse(capture.updated_at) < POSTER_WAIT_MS;
}

/** Adds the next page to a list; resolves when it is there. */
export async function loadMore(filter: Filter): Promise<void> {
  const known = queryClient.getQueryData<CaptureList>(listKey(filter));
  if (known === undefined || !hasMore(known)) return;
  const page = await listCaptures({ limit: PAGE_SIZE, offset: nextOffset(known), type: typeOf(filter) });
  const current = queryClient.getQueryData<CaptureList>(listKey(filter)) ?? EMPTY_LIST;
  const merged = mergeTail(current, page) ?? (await readRange(filter, current.captures.length + PAGE_SIZE));
  queryClient.setQueryData(listKey(filter), merged);
}

/** Shows a new or changed capture at once, without waiting for the next poll. */
export async function putCapture(capture: Capture): Promise<void> {
  // A poll that was asked before the change would take it back for a moment.
  await queryClient.cancelQueries({ queryKey: ['captures'] });
  queryClient.setQueryData<Capture>(['capture', capture.id], capture);
  for (const filter of ['all', capture.capture_type] as const) {
    queryClient.setQueryData<CaptureList>(listKey(filter), (list) => list && upsert(list, capture));
  }
  void refreshCaptures();
}

export async function dropCapture(id: string): Promise<void> {
  await queryClient.cancelQueries({ queryKey: ['captures'] });
  for (const filter of ['all', 'screenshot', 'clip'] as const) {
    queryClient.setQueryData<CaptureList>(listKey(filter), (list) => list && remove(list, id));
  }
  void refreshCaptures();
}

export function refreshCaptures(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ['captures'] });
}

async function pollList(filter: Filter, signal: AbortSignal): Promise<CaptureList> {
  const head = await listCaptures({ limit: PAGE_SIZE, offset: 0, type: typeOf(filter) }, signal);
  const before = queryClient.getQueryData<CaptureList>(listKey(filter)) ?? EMPTY_LIST;
  const old = before.captures.filter((capture) => isPending(capture) && !head.captures.some((new_) => new_.id === capture.id));
  const changed = await Promise.allSettled(old.slice(0, OLD_PENDING_MAX).map((capture) => getCapture(capture.id, signal)));
  const known = queryClient.getQueryData<CaptureList>(listKey(filter)) ?? EMPTY_LIST;
  let list = mergeHead(known, head, PAGE_SIZE);
  for (const one of changed) {
    if (one.status === 'fulfilled' && list.captures.some((capture) => capture.id === one.value.id)) list = upsert(list, one.value);
  }
  return isOutdated(list) ? readRange(filter, list.captures.length, signal) : list;
}

/** Reads the newest `count` captures anew. */
async function readRange(filter: Filter, count: number, signal?: AbortSignal): Promise<CaptureList> {
  let list = EMPTY_LIST;
  do {
    const limit = Math.min(LIMIT_MAX, count - nextOffset(list));
    const page = await listCaptures({ limit, offset: nextOffset(list), type: typeOf(filter) }, signal);
    const merged = mergeTail(list, page);
    if (merged === null || merged.captures.length === list.captures.length) return merged ?? list;
    list = merged;
  } while (list.captures.length < count && hasMore(list));
  return list;
}

function listKey(filter: Filter) {
  return ['captures', filter] as const;
}

function typeOf(filter: Filter): CaptureType | null {
  return filter === 'all' ? null : filter;
}
