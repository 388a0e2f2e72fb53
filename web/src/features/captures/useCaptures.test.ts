// The list of captures as the library keeps it, against a server whose captures come and go.
import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { getCapture, listCaptures } from '../../api/client';
import type { Capture } from '../../api/types';
import { toCaptureList, type CaptureList } from './capturePages';
import { captureKeys, captureListOptions } from './useCaptures';

vi.mock('../../api/client', () => ({ listCaptures: vi.fn(), getCapture: vi.fn() }));

let server: Capture[];
let client: QueryClient;
let observer: ReturnType<typeof observe>;
let stop: () => void;

const made = (n: number, fields: Partial<Capture> = {}) =>
  ({
    id: `id-${n}`,
    created_at: new Date(Date.UTC(2026, 1, 18) + n * 1000).toISOString(),
    updated_at: '2026-02-18T12:00:00.000Z',
    status: 'complete',
    thumbnail_url: '/t',
    ...fields,
  }) as Capture;

function observe() {
  return new InfiniteQueryObserver(client, captureListOptions('all'));
}

beforeEach(() => {
  server = Array.from({ length: 500 }, (_, i) => made(500 - i));
  vi.mocked(listCaptures).mockImplementation(async ({ limit, offset }) => ({
    captures: server.slice(offset, offset + limit),
    total: server.length,
  }));
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  observer = observe();
  stop = observer.subscribe(() => undefined);
});
afterEach(() => {
  stop();
  client.clear();
  vi.mocked(listCaptures).mockReset();
});

const offsets = () => vi.mocked(listCaptures).mock.calls.map(([{ offset }]) => offset);
const list = () => observer.getCurrentResult();
const captures = () => (list().data as CaptureList).captures;

async function load(pages: number): Promise<void> {
  await vi.waitFor(() => expect(list().data).toBeDefined());
  for (let i = 1; i < pages; i += 1) await observer.fetchNextPage();
  vi.mocked(listCaptures).mockClear();
}

/** A poll; whatever it leads to is over when it resolves. */
const poll = () => client.refetchQueries({ queryKey: captureKeys.list('all') });

describe('scrolling', () => {
  it('loads all captures, each once, in few requests', async () => {
    await load(1);
    while (list().hasNextPage) await observer.fetchNextPage();
    expect(captures()).toEqual(server);
    expect(offsets()).toEqual([48, 96, 192, 384]);
  });

  it('shows no capture twice when one was made since the last page', async () => {
    await load(2);
    server.unshift(made(501));
    await observer.fetchNextPage();
    expect(new Set(captures().map(({ id }) => id)).size).toBe(captures().length);
    await poll();
    expect(captures()).toEqual(server.slice(0, captures().length));
  });

  it('leaves no gap for longer than one poll when one was deleted since the last page', async () => {
    await load(2);
    server.splice(20, 1);
    await observer.fetchNextPage();
    await poll();
    expect(captures()).toEqual(server.slice(0, captures().length));
  });

  it('keeps what is loaded when a page fails, and reports that page', async () => {
    await load(2);
    vi.mocked(listCaptures).mockRejectedValueOnce(new Error('A fault.'));
    await observer.fetchNextPage();
    expect(captures()).toHaveLength(96);
    expect(list()).toMatchObject({ isFetchNextPageError: true, isRefetchError: false });
    await observer.fetchNextPage();
    expect(captures()).toHaveLength(192);
    expect(list().isError).toBe(false);
  });
});

describe('a poll', () => {
  it('is one request, however much is loaded, and keeps every unchanged capture the same object', async () => {
    await load(4);
    const before = captures();
    await poll();
    expect(offsets()).toEqual([0]);
    expect(captures()).toBe(before);
  });

  it('brings the changes of the newest captures', async () => {
    await load(3);
    server[0] = made(500, { status: 'failed' });
    await poll();
    expect(offsets()).toEqual([0]);
    expect(captures()[0]?.status).toBe('failed');
  });

  it('reads a later page again while a capture on it is pending', async () => {
    await load(3);
    server[100] = made(400, { status: 'pending' });
    client.setQueryData(captureKeys.list('all'), (cache: { pages: { captures: Capture[] }[] }) => {
      cache.pages[2]!.captures[4] = server[100]!;
      return { ...cache };
    });
    await poll();
    expect(offsets()).toEqual([0, 96]);
    server[100] = made(400);
    await poll();
    expect(captures()[100]?.status).toBe('complete');
    vi.mocked(listCaptures).mockClear();
    await poll();
    expect(offsets()).toEqual([0]);
  });

  it.each([
    ['made', () => void server.unshift(made(501))],
    ['deleted among the newest', () => void server.splice(3, 1)],
    ['deleted far down', () => void server.splice(150, 1)],
    ['deleted far down while another is made', () => void (server.splice(150, 1), server.unshift(made(501)))],
    ['deleted at the top, and another one made', () => void server.splice(0, 1, made(501))],
    ['deleted, all of them', () => void server.splice(0)],
  ])('reads the loaded pages again when captures were %s', async (_what, change) => {
    await load(3);
    change();
    await poll();
    expect(captures()).toEqual(server.slice(0, captures().length));
    expect(captures().length).toBe(Math.min(192, server.length));
    expect(offsets().length).toBeLessThanOrEqual(3);
  });

  it('reads the pages again at the next one when a capture was made between the requests of the last one', async () => {
    await load(3);
    server.splice(10, 1);
    vi.mocked(listCaptures).mockImplementationOnce(async ({ limit, offset }) => {
      const answer = { captures: server.slice(offset, offset + limit), total: server.length };
      server.splice(20, 1);
      return answer;
    });
    await poll();
    await poll();
    expect(captures()).toEqual(server.slice(0, captures().length));
  });
});

describe('the keys of the queries', () => {
  it('let an event refresh every list and every single capture at once', async () => {
    await load(1);
    client.setQueryData(captureKeys.one('id-1'), made(1));
    await client.invalidateQueries({ queryKey: captureKeys.all });
    expect(offsets()).toEqual([0]);
    expect(client.getQueryState(captureKeys.one('id-1'))?.isInvalidated).toBe(true);
    expect(getCapture).not.toHaveBeenCalled();
    expect(toCaptureList(client.getQueryData(captureKeys.list('all'))!).captures).toHaveLength(48);
  });
});
