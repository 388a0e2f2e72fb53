import type { Capture } from '../../api/types';
import { serverClock } from '../../lib/serverClock';

/** A clip's poster frame is made within a fraction of a second; after this time there will be none. */
const POSTER_WAIT_MS = 15_000;

export function isPending(capture: Capture): boolean {
  return capture.status === 'pending';
}

/** Whether the capture will change soon: it is being made, or it is a new clip whose poster frame is not there yet. */
export function isChanging(capture: Capture): boolean {
  if (capture.status !== 'complete' || capture.thumbnail_url !== null) return isPending(capture);
  const serverTime = Date.now() + (serverClock.offset(Date.now()) ?? 0);
  return serverTime - Date.parse(capture.updated_at) < POSTER_WAIT_MS;
}

/** The address of the image of a complete capture's tile: a screenshot without a thumbnail (an imported one) stands for itself. */
export function tileImage(capture: Capture): string | null {
  return capture.thumbnail_url ?? (capture.capture_type === 'screenshot' ? capture.file_url : null);
}

/** "Screenshot" or "Clip". */
export function typeLabel(capture: Capture): string {
  return capture.capture_type === 'screenshot' ? 'Screenshot' : 'Clip';
}
