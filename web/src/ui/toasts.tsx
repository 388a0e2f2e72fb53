// Messages at the bottom: what was captured, what failed, and undo for what was deleted. While a dialog is open the dialog holds
// them, since nothing outside it can be reached then.
import { count } from '../lib/format';
import { deletions, useDeletions } from '../state/deletions';
import { openCapture, useRoute } from '../state/route';
import { hideToast, useToasts, type Toast } from '../state/toasts';
import { Icon } from './icons';
import styles from './toasts.module.css';

export function Toasts() {
  const { captureId } = useRoute();
  // Who looks at a capture knows that it is there.
  const toasts = useToasts().filter((toast) => captureId === null || toast.capture?.id !== captureId);
  const { held } = useDeletions();
  return (
    <div className={styles.toasts}>
      <div role="status" className={styles.list}>
        {toasts.filter((toast) => toast.tone === 'info').map((toast) => <ToastCard key={toast.id} toast={toast} />)}
        {held.length > 0 && (
          <div className={styles.toast}>
            <p className={styles.text}>{held.length === 1 ? 'Deleted' : `${count(held.length, 'capture')} deleted`}</p>
            <button type="button" className={styles.action} onClick={() => deletions.undo()}>
              Undo
            </button>
          </div>
        )}
      </div>
      <div role="alert" className={styles.list}>
        {toasts.filter((toast) => toast.tone === 'error').map((toast) => <ToastCard key={toast.id} toast={toast} />)}
      </div>
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const { capture } = toast;
  if (capture !== undefined) {
    return (
      <button
        type="button"
        className={styles.toast}
        onClick={() => {
          hideToast(toast.id);
          openCapture(capture.id);
        }}
      >
        {capture.thumbnail_url !== null && <img src={capture.thumbnail_url} alt="" width="72" height="40" />}
        <span className={styles.text}>{toast.text}</span>
        <span className={styles.action}>View</span>
      </button>
    );
  }
  return (
    <div className={`${styles.toast} ${toast.tone === 'error' ? styles.error : ''}`}>
      {toast.tone === 'error' && <Icon name="alert" />}
      <p className={styles.text}>{toast.text}</p>
      {toast.tone === 'error' && (
        <button type="button" className={styles.dismiss} onClick={() => hideToast(toast.id)} aria-label="Dismiss">
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
