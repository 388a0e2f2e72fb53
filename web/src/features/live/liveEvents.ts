// Follows the server's events and reads the queries that they concern again. The stream is open while the page is visible: browsers
// allow six connections to a host, which pages in the background must not occupy.
import type { QueryKey } from '@tanstack/react-query';
import { streamOpen } from '../../lib/polling';
import { captureKeys } from '../captures/useCaptures';
import { healthKeys } from '../health/useHealth';
import { sessionKeys } from '../sessions/useSessions';

interface Topic {
  keys: readonly QueryKey[];
  /** When to read again after the event. Events that come in between are covered by it. */
  delaysMs: readonly number[];
}

const SOON = [100];
/** The API pods learn of the change at the same time, and nginx may answer from its cache for two seconds. */
const SOON_AND_UNCACHED = [300, 2300];

export const TOPICS: Record<string, Topic> = {
  capture_changed: { keys: [captureKeys.all], delaysMs: SOON },
  sessions_changed: { keys: [sessionKeys.all], delaysMs: SOON_AND_UNCACHED },
  media_servers_changed: { keys: [healthKeys.all, sessionKeys.all], delaysMs: SOON_AND_UNCACHED },
  /** Events may have been missed. */
  resync: { keys: [captureKeys.all, healthKeys.all, sessionKeys.all], delaysMs: SOON_AND_UNCACHED },
};

/** EventSource reconnects by itself, unless the answer was an error. */
const RETRY_MS_MIN = 5_000;
const RETRY_MS_MAX = 60_000;

/** What of EventSource is used. */
export type EventStream = Pick<EventSource, 'addEventListener' | 'close' | 'readyState'>;
const CLOSED = 2;

export class LiveEvents {
  private stream: EventStream | null = null;
  private retryMs = RETRY_MS_MIN;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly scheduled = new Set<string>();

  constructor(
    private readonly refetch: (queryKey: QueryKey) => void,
    private readonly connect: () => EventStream,
  ) {}

  /** Opens the stream while the page is visible. */
  setVisible(visible: boolean): void {
    if (!visible) this.close();
    else if (this.stream === null) this.open();
  }

  private open(): void {
    const stream = this.connect();
    this.stream = stream;
    let opened = false;
    stream.addEventListener('open', () => {
      if (stream !== this.stream) return;
      this.retryMs = RETRY_MS_MIN;
      streamOpen.set(true);
      // What changed between the last poll and the first event. Later, the server sends what was missed.
      if (!opened) this.refetchAll();
      opened = true;
    });
    stream.addEventListener('error', () => {
      if (stream !== this.stream) return;
      this.setClosed();
      if (stream.readyState === CLOSED) this.reopenLater();
    });
    for (const [name, topic] of Object.entries(TOPICS)) {
      stream.addEventListener(name, () => stream === this.stream && this.schedule(name, topic));
    }
  }

  private close(): void {
    clearTimeout(this.retry);
    this.stream?.close();
    this.stream = null;
    streamOpen.set(false);
  }

  /** Reads everything again, so that the next poll comes after the shorter interval. */
  private setClosed(): void {
    if (!streamOpen.get()) return;
    streamOpen.set(false);
    this.refetchAll();
  }

  private reopenLater(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
  }

  private schedule(name: string, { keys, delaysMs }: Topic): void {
    for (const delayMs of delaysMs) {
      const id = `${name} ${delayMs}`;
      if (this.scheduled.has(id)) continue;
      this.scheduled.add(id);
      setTimeout(() => {
        this.scheduled.delete(id);
        keys.forEach(this.refetch);
      }, delayMs);
    }
  }

  private refetchAll(): void {
    TOPICS.resync!.keys.forEach(this.refetch);
  }
}
