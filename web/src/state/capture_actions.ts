// What the buttons do: make captures, cancel and retry them, and tell the person how it went.
import { cancelCapture, captureClip, captureScreenshot, retryCapture } from '../api/client';
import { ApiError, messageOf } from '../api/errors';
import type { Capture, PlaybackSession } from '../api/types';
import { formatLength } from '../lib/format';
import { randomId } from '../lib/random_id';
import { serverClock } from './client';
import { isPending, putCapture, refreshCaptures } from './queries';
import { hideToast, showToast } from './toasts';

/** Captures that this page started and whose end it announces, with the message that they are being made. */
const awaited = new Map<string, number>();

/** The frame that is on the screen at the moment of the call, moved by `offsetSeconds`. */
export async function takeScreenshot(session: PlaybackSession, offsetSeconds: number): Promise<void> {
  const request = { session_id: session.session_id, offset_seconds: offsetSeconds, ...tapTime() };
  await attempt(async () => {
    const capture = await captureScreenshot(request, randomId());
    await begin(capture, 'Making the screenshot…');
  });
}

/** The last `seconds` before the moment of the call, moved by `offsetSeconds`. */
export async function makeClip(session: PlaybackSession, seconds: number, precise: boolean, offsetSeconds: number): Promise<void> {
  const request = {
    session_id: session.session_id,
    relative_seconds: -seconds,
    precise,
    offset_seconds: offsetSeconds,
    ...tapTime(),
  };
  await attempt(async () => {
    const capture = await captureClip(request, randomId());
    await begin(capture, `Making a clip of ${formatLength(seconds)}…`);
  });
}

export async function cancel(capture: Capture): Promise<void> {
  awaited.delete(capture.id);
  await attempt(async () => putCapture(await cancelCapture(capture.id)));
}

export async function retry(capture: Capture): Promise<void> {
  await attempt(async () => {
    const again = await retryCapture(capture.id);
    await begin(again, 'Trying again…');
  });
}

/** Called with every fresh list: says which awaited captures are over. */
export function announceFinished(captures: readonly Capture[]): void {
  for (const capture of captures) {
    const making = awaited.get(capture.id);
    if (isPending(capture) || making === undefined) continue;
    awaited.delete(capture.id);
    hideToast(making);
    announceEnd(capture);
  }
}

async function begin(capture: Capture, text: string): Promise<void> {
  if (isPending(capture)) {
    awaited.set(capture.id, showToast({ tone: 'info', text }));
  } else {
    announceEnd(capture);
  }
  await putCapture(capture);
}

function announceEnd(capture: Capture): void {
  const what = capture.capture_type === 'screenshot' ? 'Screenshot' : 'Clip';
  if (capture.status === 'complete') showToast({ tone: 'info', text: `${what} saved`, capture });
  else showToast({ tone: 'error', text: capture.error_message ?? `The ${what.toLowerCase()} failed.` });
}

function tapTime(): { at?: string } {
  const at = serverClock.isoTime(Date.now());
  return at === undefined ? {} : { at };
}

async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    showToast({ tone: 'error', text: messageOf(error) });
    // A capture that failed is in the list; so is one that was cancelled or finished elsewhere meanwhile.
    if (error instanceof ApiError) void refreshCaptures();
  }
}
