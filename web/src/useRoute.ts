import { useSyncExternalStore } from 'react';
import { parseRoute, subscribe, type Route } from './router';

/** The view in the address, and the item that is open in it. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}
