// The page's one delete queue: what is hidden, undo, and telling the server when the page is left.
import { useSyncExternalStore } from 'react';
import { deleteCapture } from '../api/client';
import { messageOf } from '../api/errors';
import { DeleteQueue } from '../lib/delete_queue';
import { dropCapture } from './queries';
import { showToast } from './toasts';

export const deletions = new DeleteQueue({
  commit: deleteCapture,
  onDeleted: (id) => void dropCapture(id),
  onFailed: (_id, error) => showToast({ tone: 'error', text: `It could not be deleted. ${messageOf(error)}` }),
  setTimer: (run, ms) => window.setTimeout(run, ms),
  clearTimer: (timer) => window.clearTimeout(timer),
});

window.addEventListener('pagehide', () => deletions.flush());

export function useDeletions() {
  return useSyncExternalStore(deletions.subscribe, deletions.snapshot);
}
