// The view in the address as React state. Opening the viewer adds a step to the history, so that "back" closes it.
import { useSyncExternalStore } from 'react';
import { formatRoute, parseRoute, type Route } from '../lib/route';

const listeners = new Set<() => void>();
window.addEventListener('popstate', publish);

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return parseRoute(hash);
}

/** Opens a capture, from the tab that is shown. */
export function openCapture(id: string): void {
  const { tab, captureId } = parseRoute(window.location.hash);
  const address = formatRoute({ tab, captureId: id });
  // From one capture to the next is no step: "back" leaves the viewer.
  if (captureId === null) history.pushState({ opened: true }, '', address);
  else history.replaceState(history.state, '', address);
  publish();
}

export function closeCapture(): void {
  if (parseRoute(window.location.hash).captureId === null) return;
  const state = history.state as { opened?: boolean } | null;
  if (state?.opened) {
    history.back();
    return;
  }
  const { tab } = parseRoute(window.location.hash);
  history.replaceState(null, '', formatRoute({ tab, captureId: null }));
  publish();
}

function publish(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
