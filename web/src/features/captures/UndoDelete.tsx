import { count } from '../../lib/format';
import { useStore } from '../../lib/store';
import { ActionToast } from '../../ui/Toasts';
import { deletions } from './deletions';

/** A message with Undo, while a deletion can be undone. */
export function UndoDelete() {
  const { scheduled } = useStore(deletions.state);
  if (scheduled.length === 0) return null;
  const text = scheduled.length === 1 ? 'Deleted' : `${count(scheduled.length, 'capture')} deleted`;
  return <ActionToast text={text} label="Undo" onAction={() => deletions.undo()} />;
}
