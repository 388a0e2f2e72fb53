// Which requests follow events, with a server that the test answers for.
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { refetchAfter } from './refetchAfter';

const KEY = ['captures', 'list'];

let client: QueryClient;
let event: () => void;
let unsubscribe: () => void;
let requests: { signal: AbortSignal; answer: (value: string) => void; fail: () => void }[];

const settled = () => vi.advanceTimersByTimeAsync(0);
const shown = () => client.getQueryData(KEY);
async function answer(value: string): Promise<void> {
  requests.at(-1)!.answer(value);
  await settled();
}

beforeEach(async () => {
  vi.useFakeTimers();
  requests = [];
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const queryFn = ({ signal }: { signal: AbortSignal }) =>
    new Promise<string>((resolve, reject) => requests.push({ signal, answer: resolve, fail: () => reject(new Error('503')) }));
  unsubscribe = new QueryObserver(client, { queryKey: KEY, queryFn }).subscribe(() => undefined);
  const refetch = refetchAfter(client);
  event = () => refetch(['captures']);
  await answer('first');
});
afterEach(() => {
  unsubscribe();
  client.clear();
  vi.useRealTimers();
});

it('reads at once when nothing is being read', async () => {
  event();
  expect(requests).toHaveLength(2);
  await answer('second');
  expect(shown()).toBe('second');
});

it('lets a request end however many events come, and sends one more for all of them', async () => {
  event();
  for (let i = 0; i < 50; i += 1) {
    event();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(requests).toHaveLength(2);
  expect(requests[1]!.signal.aborted).toBe(false);
  await answer('while events come');
  expect(shown()).toBe('while events come');
  expect(requests).toHaveLength(3);
  await answer('after the last event');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(shown()).toBe('after the last event');
  expect(requests).toHaveLength(3);
});

it('reads again after a poll that was running when the event came', async () => {
  void client.refetchQueries({ queryKey: KEY });
  event();
  await answer('of before');
  expect(requests).toHaveLength(3);
  await answer('of after');
  expect(shown()).toBe('of after');
});

it('reads again after a request that failed', async () => {
  event();
  event();
  requests.at(-1)!.fail();
  await settled();
  expect(requests).toHaveLength(3);
});

it('reads nothing that is not shown any more', async () => {
  event();
  event();
  unsubscribe();
  await answer('late');
  event();
  expect(requests).toHaveLength(2);
});
