// The client of the event stream, against a stream that the test drives.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pollInterval, streamOpen } from '../../lib/polling';
import { LiveEvents, type EventStream } from './liveEvents';

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

class FakeStream {
  readyState = CONNECTING;
  closed = false;
  private readonly listeners = new Map<string, () => void>();

  addEventListener(name: string, listener: () => void): void {
    this.listeners.set(name, listener);
  }
  close(): void {
    this.closed = true;
  }
  open(): void {
    this.readyState = OPEN;
    this.send('open');
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.send('error');
  }
  send(name: string): void {
    this.listeners.get(name)?.();
  }
}

let streams: FakeStream[];
let refetched: string[];
let events: LiveEvents;

const stream = () => streams.at(-1)!;
/** The first words of the keys that were read again since the last call. */
const taken = () => refetched.splice(0).sort();

beforeEach(() => {
  vi.useFakeTimers();
  streams = [];
  refetched = [];
  events = new LiveEvents(
    (queryKey) => refetched.push(String(queryKey[0])),
    () => {
      streams.push(new FakeStream());
      return stream() as unknown as EventStream;
    },
  );
  events.setVisible(true);
});
afterEach(() => {
  events.setVisible(false);
  vi.useRealTimers();
});

function opened(): void {
  stream().open();
  taken();
}

describe('an event', () => {
  it('refreshes the captures once for all changes of a moment', () => {
    opened();
    for (let i = 0; i < 100; i += 1) stream().send('capture_changed');
    expect(taken()).toEqual([]);
    vi.advanceTimersByTime(150);
    expect(taken()).toEqual(['captures']);
    stream().send('capture_changed');
    vi.advanceTimersByTime(10_000);
    expect(taken()).toEqual(['captures']);
  });

  it('refreshes the sessions, and again when no cache has them any more', () => {
    opened();
    stream().send('sessions_changed');
    vi.advanceTimersByTime(500);
    expect(taken()).toEqual(['sessions']);
    vi.advanceTimersByTime(2000);
    expect(taken()).toEqual(['sessions']);
  });

  it('of a media server refreshes the health and the sessions', () => {
    opened();
    stream().send('media_servers_changed');
    vi.advanceTimersByTime(500);
    expect(taken()).toEqual(['health', 'sessions']);
  });

  it('that says events were missed refreshes everything', () => {
    opened();
    stream().send('resync');
    vi.advanceTimersByTime(500);
    expect(taken()).toEqual(['captures', 'health', 'sessions']);
  });
});

describe('polls', () => {
  const ok = { status: 'success' };

  it('slow down while the stream is open, and return to their interval when it is closed', () => {
    expect(pollInterval(2500, ok)).toBe(2500);
    opened();
    expect(pollInterval(2500, ok)).toBe(30_000);
    expect(pollInterval(60_000, ok)).toBe(60_000);
    stream().fail(CONNECTING);
    expect(pollInterval(2500, ok)).toBe(2500);
  });

  it('do not slow down for a query that failed', () => {
    opened();
    expect(pollInterval(2500, { status: 'error' })).toBe(2500);
  });
});

describe('the stream', () => {
  it('refreshes everything at its first opening, and not when EventSource has reconnected', () => {
    stream().open();
    expect(taken()).toEqual(['captures', 'health', 'sessions']);
    stream().fail(CONNECTING);
    taken();
    stream().open();
    expect(taken()).toEqual([]);
    expect(streams).toHaveLength(1);
    expect(streamOpen.get()).toBe(true);
  });

  it('refreshes everything when it closes, so that polling begins at once', () => {
    opened();
    stream().fail(CONNECTING);
    expect(taken()).toEqual(['captures', 'health', 'sessions']);
    stream().fail(CONNECTING);
    expect(taken()).toEqual([]);
  });

  it('is opened again after an error answer, later each time', () => {
    stream().fail(CLOSED);
    vi.advanceTimersByTime(4999);
    expect(streams).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(streams).toHaveLength(2);
    stream().fail(CLOSED);
    vi.advanceTimersByTime(9999);
    expect(streams).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(streams).toHaveLength(3);
    for (let i = 0; i < 10; i += 1) {
      stream().fail(CLOSED);
      vi.advanceTimersByTime(60_000);
    }
    expect(streams).toHaveLength(13);
    opened();
    stream().fail(CLOSED);
    vi.advanceTimersByTime(5000);
    expect(streams).toHaveLength(14);
  });

  it('is closed while the page is hidden', () => {
    opened();
    const first = stream();
    events.setVisible(false);
    expect(first.closed).toBe(true);
    expect(streamOpen.get()).toBe(false);
    events.setVisible(true);
    events.setVisible(true);
    expect(streams).toHaveLength(2);
    first.send('open');
    expect(streamOpen.get()).toBe(false);
  });

  it('is not opened by a retry while the page is hidden', () => {
    stream().fail(CLOSED);
    events.setVisible(false);
    vi.advanceTimersByTime(60_000);
    expect(streams).toHaveLength(1);
  });
});
