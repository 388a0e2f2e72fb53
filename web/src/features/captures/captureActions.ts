// What the buttons do: make captures, cancel and retry them, and show how it went.
import { cancelCapture, captureClip, captureScreenshot, retryCapture } from '../../api/client';
import { ApiError, messageOf } from '../../api/errors';
import type { Capture, PlaybackSession } from '../../api/types';
import { formatLength } from '../../lib/format';
import { randomId } from '../../lib/randomId';
import { serverClock } from '../../lib/serverClock';
import { hideToast, showToast } from '../../ui/toastStore';
import { refreshCaptures, upsertCapture } from './captureCache';
import { isPending, typeLabel } from './captureStatus';
import { openCapture } from './openCapture';

/** Captures that this page started and whose end it announces, with the id of the message that they are being made. */
const awaited = new Map<string, number>();

/** Captures the frame that is on the screen at the moment of the call, moved by `offsetSeconds`. */
export async function takeScreenshot(session: PlaybackSession, offsetSeconds: number): Promise<void> {
  const request = { session_id: session.session_id, offset_seconds: offsetSeconds, ...tapTime() };
  await reportErrors(async () => {
    const capture = await captureScreenshot(request, randomId());
    await begin(capture, 'Making the screenshot…');
  });
}

/** Captures the last `seconds` before the moment of the call, moved by `offsetSeconds`. */
export async function makeClip(session: PlaybackSession, seconds: number, precise: boolean, offsetSeconds: number): Promise<void> {
  const request = {
    session_id: session.session_id,
    relative_seconds: -seconds,
    precise,
    offset_seconds: offsetSeconds,
    ...tapTime(),
  };
  await reportErrors(async () => {
    const capture = await captureClip(request, randomId());
    await begin(capture, `Making a clip of ${formatLength(seconds)}…`);
  });
}

export async function cancel(capture: Capture): Promise<void> {
  awaited.delete(capture.id);
  await reportErrors(async () => upsertCapture(await cancelCapture(capture.id)));
}

export async function retry(capture: Capture): Promise<void> {
  await reportErrors(async () => begin(await retryCapture(capture.id), 'Trying again…'));
}

/** Announces the awaited captures that are finished. Called with every new list. */
export function announceFinished(captures: readonly Capture[]): void {
  for (const capture of captures) {
    const progressToast = awaited.get(capture.id);
    if (isPending(capture) || progressToast === undefined) continue;
    awaited.delete(capture.id);
    hideToast(progressToast);
    announceEnd(capture);
  }
}

async function begin(capture: Capture, text: string): Promise<void> {
  if (isPending(capture)) {
    awaited.set(capture.id, showToast({ tone: 'info', text }));
  } else {
    announceEnd(capture);
  }
  await upsertCapture(capture);
}

function announceEnd(capture: Capture): void {
  const type = typeLabel(capture);
  if (capture.status === 'complete') {
    const item = { id: capture.id, thumbnailUrl: capture.thumbnail_url, open: () => openCapture(capture.id) };
    showToast({ tone: 'info', text: `${type} saved`, item });
  } else {
    showToast({ tone: 'error', text: capture.error_message ?? `The ${type.toLowerCase()} failed.` });
  }
}

function tapTime(): { at?: string } {
  const at = serverClock.isoTime(Date.now());
  return at === undefined ? {} : { at };
}

async function reportErrors(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    showToast({ tone: 'error', text: messageOf(error) });
    // The list shows a capture that failed, or that was cancelled or finished elsewhere in the meantime.
    if (error instanceof ApiError) void refreshCaptures();
  }
}
