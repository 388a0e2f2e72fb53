// How often queries are polled. While the event stream is open, polls only find changes without an event.
import { Store } from './store';

/** Whether the server announces changes now; see features/live. */
export const streamOpen = new Store(false);

const STREAMING_POLL_MS = 30_000;

/** Returns the interval of a query that needs `ms` without events. One that failed is polled as often as without them. */
export function pollInterval(ms: number, { status }: { status: string }): number {
  return streamOpen.get() && status !== 'error' ? Math.max(ms, STREAMING_POLL_MS) : ms;
}
