// Writes to the cache of captures what this page changed itself, so that it shows before the next poll.
import type { Capture } from '../../api/types';
import { queryClient } from '../../lib/queryClient';
import { upsertIntoPages, type CapturePages } from './capturePages';
import { captureKeys } from './useCaptures';

/** Shows a new or changed capture at once. */
export async function upsertCapture(capture: Capture): Promise<void> {
  // The answer to a request that was sent before the change would undo it for a moment.
  await queryClient.cancelQueries({ queryKey: captureKeys.all });
  queryClient.setQueryData<Capture>(captureKeys.one(capture.id), capture);
  for (const filter of ['all', capture.capture_type] as const) {
    queryClient.setQueryData<CapturePages>(captureKeys.list(filter), (cache) => cache && upsertIntoPages(cache, capture));
  }
  void refreshCaptures();
}

/** Forgets a deleted capture. The lists are read again; until then it is hidden as one that is being deleted. */
export function removeCapture(id: string): void {
  queryClient.removeQueries({ queryKey: captureKeys.one(id) });
  void refreshCaptures();
}

export function refreshCaptures(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: captureKeys.all });
}
