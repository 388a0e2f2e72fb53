// Short messages about what just happened. The newest few are shown; each disappears after a while.
import { Store } from '../lib/store';

export interface Toast {
  id: number;
  tone: 'info' | 'error';
  text: string;
  /** What the message is about: shown beside the text, and opened by tapping it. */
  item?: { id: string; thumbnailUrl: string | null; open: () => void };
}

/** More would cover the page; the oldest makes room. */
const TOASTS_MAX = 3;
const INFO_MS = 5000;
/** Errors say what to do, which takes longer to read. */
const ERROR_MS = 12_000;

export const toasts = new Store<readonly Toast[]>([]);
let nextId = 1;

/** Returns the id that hideToast expects. */
export function showToast(toast: Omit<Toast, 'id'>): number {
  const id = nextId;
  nextId += 1;
  toasts.set([...toasts.get(), { ...toast, id }].slice(-TOASTS_MAX));
  window.setTimeout(() => hideToast(id), toast.tone === 'error' ? ERROR_MS : INFO_MS);
  return id;
}

export function hideToast(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}
