// Short messages about what just happened. The newest few are shown; each goes after a while.
import { useSyncExternalStore } from 'react';
import type { Capture } from '../api/types';

export interface Toast {
  id: number;
  tone: 'info' | 'error';
  text: string;
  /** Shown beside the text, and opened by tapping it. */
  capture?: Capture;
}

/** More would cover the page; the oldest makes room. */
const TOASTS_MAX = 3;
const INFO_MS = 5000;
/** Errors say what to do, which takes longer to read. */
const ERROR_MS = 12_000;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

export function showToast(toast: Omit<Toast, 'id'>): number {
  const id = nextId;
  nextId += 1;
  publish([...toasts, { ...toast, id }].slice(-TOASTS_MAX));
  window.setTimeout(() => hideToast(id), toast.tone === 'error' ? ERROR_MS : INFO_MS);
  return id;
}

export function hideToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
