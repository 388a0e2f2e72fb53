// Reads queries again after an event.
import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Returns a function that reads the queries of a key that are shown again. A request that is running may have been sent before the
 * event, so another one follows it: one for all events that came until then. It is not cancelled, or no request would end while
 * events come faster than answers.
 */
export function refetchAfter(client: QueryClient): (queryKey: QueryKey) => void {
  const waiting = new Set<Query>();
  const refetch = async (query: Query) => {
    if (waiting.has(query)) return;
    if (query.state.fetchStatus !== 'idle') {
      waiting.add(query);
      await query.promise?.catch(() => undefined);
      waiting.delete(query);
    }
    void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
  };
  return (queryKey) => {
    for (const query of client.getQueryCache().findAll({ queryKey, type: 'active' })) void refetch(query);
  };
}
