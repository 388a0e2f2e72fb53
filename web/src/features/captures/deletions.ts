// The page's one delete queue.
import { deleteCapture } from '../../api/client';
import { messageOf } from '../../api/errors';
import { showToast } from '../../ui/toastStore';
import { removeCapture } from './captureCache';
import { DeleteQueue } from './deleteQueue';

export const deletions = new DeleteQueue({
  commit: deleteCapture,
  onDeleted: removeCapture,
  onFailed: (_id, error) => showToast({ tone: 'error', text: `It could not be deleted. ${messageOf(error)}` }),
  setTimer: (run, ms) => window.setTimeout(run, ms),
  clearTimer: (timer) => window.clearTimeout(timer),
});
