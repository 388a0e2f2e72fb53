import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { sessionKeys } from './features/sessions/useSessions';
import { parseRoute } from './router';
import { findView, VIEWS } from './views';

describe('the table of views', () => {
  it('has each address once, of letters that need no escaping', () => {
    const ids = VIEWS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z-]*$/);
  });

  it.each(VIEWS.map((view) => [view.id, view] as const))('is known to the router: #%s', (id, view) => {
    expect(parseRoute(`#${id}/7`)).toEqual({ view: id, itemId: '7' });
    expect(findView(id)).toBe(view);
  });

  it('keeps the addresses of version 0.1.0', () => {
    expect(findView('now').label).toBe('Now playing');
    expect(findView('gallery').label).toBe('Gallery');
    for (const id of ['now', 'gallery']) expect(findView(id).Dialog).toBeDefined();
  });

  it('shows the first view for an address that no view has', () => {
    expect(parseRoute('#elsewhere').view).toBe(VIEWS[0].id);
    expect(findView('elsewhere')).toBe(VIEWS[0]);
  });

  it('has badges with the number of what they count', () => {
    vi.stubGlobal('document', { baseURI: 'http://nas.local/' });
    const client = new QueryClient();
    client.setQueryData(sessionKeys.all, [{}, {}]);
    const { Badge } = findView('now');
    const html = renderToStaticMarkup(<QueryClientProvider client={client}>{Badge && <Badge />}</QueryClientProvider>);
    expect(html.replace(/<[^>]*>/g, '')).toBe('2 playing');
    vi.unstubAllGlobals();
  });
});
