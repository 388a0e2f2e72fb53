import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DeleteQueue, UNDO_MS } from './deleteQueue';

const commit = vi.fn<(id: string, leaving: boolean) => Promise<void>>();
const onDeleted = vi.fn<(id: string) => void>();
const onFailed = vi.fn<(id: string, error: unknown) => void>();
let timers: Map<number, { run: () => void; at: number }>;
let now: number;
let queue: DeleteQueue;

beforeEach(() => {
  vi.resetAllMocks();
  commit.mockResolvedValue(undefined);
  timers = new Map();
  now = 0;
  let next = 0;
  queue = new DeleteQueue({
    commit,
    onDeleted,
    onFailed,
    setTimer: (run, ms) => {
      timers.set((next += 1), { run, at: now + ms });
      return next;
    },
    clearTimer: (timer) => void timers.delete(timer),
  });
});

function pass(ms: number): void {
  now += ms;
  for (const [id, timer] of [...timers]) {
    if (timer.at > now) continue;
    timers.delete(id);
    timer.run();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('deleting with undo', () => {
  it('hides the capture at once and sends the request when the time to undo is over', async () => {
    queue.scheduleDelete('a');
    expect(queue.state.get().hidden.has('a')).toBe(true);
    pass(UNDO_MS - 1);
    expect(commit).not.toHaveBeenCalled();
    pass(1);
    expect(commit).toHaveBeenCalledExactlyOnceWith('a', false);
    expect(queue.state.get().scheduled).toEqual([]);
    await settled();
    expect(onDeleted).toHaveBeenCalledWith('a');
    expect(queue.state.get().hidden.has('a')).toBe(true);
  });

  it('brings back everything whose request was not sent', () => {
    queue.scheduleDelete('a');
    pass(UNDO_MS);
    queue.scheduleDelete('b');
    queue.scheduleDelete('c');
    queue.undo();
    pass(UNDO_MS);
    expect(commit).toHaveBeenCalledTimes(1);
    expect([...queue.state.get().hidden]).toEqual(['a']);
  });

  it('sends every request when the page is left', () => {
    queue.scheduleDelete('a');
    queue.scheduleDelete('b');
    queue.flush();
    expect(commit.mock.calls).toEqual([
      ['a', true],
      ['b', true],
    ]);
    pass(UNDO_MS);
    expect(commit).toHaveBeenCalledTimes(2);
  });

  it('shows the capture again when the server would not delete it', async () => {
    const refusal = new Error('read-only');
    commit.mockRejectedValueOnce(refusal);
    queue.scheduleDelete('a');
    pass(UNDO_MS);
    await settled();
    expect(onFailed).toHaveBeenCalledWith('a', refusal);
    expect(queue.state.get().hidden.has('a')).toBe(false);
    queue.scheduleDelete('a');
    pass(UNDO_MS);
    await settled();
    expect(onDeleted).toHaveBeenCalledWith('a');
  });

  it('deletes once however often it is asked', () => {
    queue.scheduleDelete('a');
    queue.scheduleDelete('a');
    pass(UNDO_MS);
    queue.scheduleDelete('a');
    pass(UNDO_MS);
    expect(commit).toHaveBeenCalledTimes(1);
  });

  it('calls its listeners, and returns the same state until something changes', () => {
    const listener = vi.fn();
    const stop = queue.state.subscribe(listener);
    queue.scheduleDelete('a');
    const before = queue.state.get();
    expect(queue.state.get()).toBe(before);
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    queue.undo();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(queue.state.get()).not.toBe(before);
  });
});
