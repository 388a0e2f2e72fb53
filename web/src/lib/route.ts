// Which view is shown: a fragment of the address, so that "back" closes the viewer and a reload stays where it was.
// "#now", "#gallery", and with a capture open "#now/<id>", "#gallery/<id>".
export type Tab = 'now' | 'gallery';

export interface Route {
  tab: Tab;
  captureId: string | null;
}

export function parseRoute(hash: string): Route {
  const [tab = '', id = ''] = hash.replace(/^#/, '').split('/', 2);
  return { tab: tab === 'gallery' ? 'gallery' : 'now', captureId: id === '' ? null : decode(id) };
}

export function formatRoute(route: Route): string {
  return route.captureId === null ? `#${route.tab}` : `#${route.tab}/${encodeURIComponent(route.captureId)}`;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
