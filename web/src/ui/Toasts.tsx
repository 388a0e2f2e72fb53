// Messages at the bottom: what was captured, what failed, and `children`, such as undo. While a dialog is open the dialog contains
// them, since nothing outside it can be reached then.
import type { ReactNode } from 'react';
import { useStore } from '../lib/store';
import { useRoute } from '../useRoute';
import { Icon } from './Icon';
import styles from './Toasts.module.css';
import { hideToast, toasts, type Toast } from './toastStore';

export function Toasts({ children }: { children?: ReactNode }) {
  const { itemId } = useRoute();
  // A message about the item that is open says nothing new.
  const shown = useStore(toasts).filter(({ item }) => item === undefined || item.id !== itemId);
  return (
    <div className={styles.toasts}>
      <div role="status" className={styles.list}>
        {shown.filter((toast) => toast.tone === 'info').map((toast) => <ToastCard key={toast.id} toast={toast} />)}
        {children}
      </div>
      <div role="alert" className={styles.list}>
        {shown.filter((toast) => toast.tone === 'error').map((toast) => <ToastCard key={toast.id} toast={toast} />)}
      </div>
    </div>
  );
}

/** A message with a button. It stays until its owner removes it. */
export function ActionToast({ text, label, onAction }: { text: string; label: string; onAction: () => void }) {
  return (
    <div className={styles.toast}>
      <p className={styles.text}>{text}</p>
      <button type="button" className={styles.action} onClick={onAction}>
        {label}
      </button>
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const { item } = toast;
  if (item !== undefined) {
    return (
      <button
        type="button"
        className={styles.toast}
        onClick={() => {
          hideToast(toast.id);
          item.open();
        }}
      >
        {item.thumbnailUrl !== null && <img src={item.thumbnailUrl} alt="" width="72" height="40" />}
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
