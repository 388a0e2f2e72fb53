import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DeleteQueue, UNDO_MS } from './delete_queue';

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
  it('hides the capture at once and tells the server only when the time to undo is over', async () => {
    queue.hold('a');
    expect(queue.snapshot().hidden.has('a')).toBe(true);
    pass(UNDO_MS - 1);
    expect(commit).not.toHaveBeenCalled();
    pass(1);
    expect(commit).toHaveBeenCalledExactlyOnceWith('a', false);
    expect(queue.snapshot().held).toEqual([]);
    await settled();
    expect(onDeleted).toHaveBeenCalledWith('a');
    expect(queue.snapshot().hidden.has('a')).toBe(true);
  });

  it('brings everything back that was not told yet', () => {
    queue.hold('a');
    pass(UNDO_MS);
    queue.hold('b');
    queue.hold('c');
    queue.undo();
    pass(UNDO_MS);
    expect(commit).toHaveBeenCalledTimes(1);
    expect([...queue.snapshot().hidden]).toEqual(['a']);
  });

  it('tells the server everything when the page is left', () => {
    queue.hold('a');
    queue.hold('b');
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
    queue.hold('a');
    pass(UNDO_MS);
    await settled();
    expect(onFailed).toHaveBeenCalledWith('a', refusal);
    expect(queue.snapshot().hidden.has('a')).toBe(false);
    queue.hold('a');
    pass(UNDO_MS);
    await settled();
    expect(onDeleted).toHaveBeenCalledWith('a');
  });

  it('deletes once however often it is asked', () => {
    queue.hold('a');
    queue.hold('a');
    pass(UNDO_MS);
    queue.hold('a');
    pass(UNDO_MS);
    expect(commit).toHaveBeenCalledTimes(1);
  });

  it('tells its listeners, and hands out the same snapshot until something changes', () => {
    const listener = vi.fn();
    const stop = queue.subscribe(listener);
    queue.hold('a');
    const snapshot = queue.snapshot();
    expect(queue.snapshot()).toBe(snapshot);
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    queue.undo();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(queue.snapshot()).not.toBe(snapshot);
  });
});
