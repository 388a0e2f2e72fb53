// The address decides which view is shown. Addresses are fragments, "#gallery" and "#gallery/<id>": they work below any BASE_PATH,
// survive a reload, and never reach a server's log.

export interface Route {
  /** A view of the table in views.tsx. */
  view: string;
  /** The item that is open in the view, such as a capture's id. */
  itemId: string | null;
}

let viewIds: readonly string[] = [];

/** Sets the views that exist, once. The first one is the default: an unknown fragment shows it. */
export function registerViews(ids: readonly string[]): void {
  viewIds = ids;
}

export function parseRoute(hash: string): Route {
  const [view = '', itemId = ''] = hash.replace(/^#/, '').split('/', 2);
  return { view: viewIds.includes(view) ? view : (viewIds[0] ?? ''), itemId: itemId === '' ? null : decode(itemId) };
}

export function formatRoute({ view, itemId }: Route): string {
  return itemId === null ? `#${view}` : `#${view}/${encodeURIComponent(itemId)}`;
}

/** Calls `listener` when the address changes, by the browser or by this page. Returns how to stop it. */
export function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  return () => window.removeEventListener('popstate', listener);
}

/** Opens an item in the view that is shown, or in `view`. */
export function openItem(itemId: string, view?: string): void {
  const current = parseRoute(window.location.hash);
  const address = formatRoute({ view: view ?? current.view, itemId });
  // Opening adds a step to the history, so that "back" closes the item. Going on to the next item does not.
  if (current.itemId === null) history.pushState({ opened: true }, '', address);
  else history.replaceState(history.state, '', address);
  publish();
}

export function closeItem(): void {
  const { view, itemId } = parseRoute(window.location.hash);
  if (itemId === null) return;
  const state = history.state as { opened?: boolean } | null;
  if (state?.opened) {
    history.back();
    return;
  }
  history.replaceState(null, '', formatRoute({ view, itemId: null }));
  publish();
}

// Browsers send popstate for "back" and for links, but not for pushState and replaceState.
function publish(): void {
  window.dispatchEvent(new PopStateEvent('popstate', { state: history.state }));
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
