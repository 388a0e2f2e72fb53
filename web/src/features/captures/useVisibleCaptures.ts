import { useStore } from '../../lib/store';
import { deletions } from './deletions';
import { useCaptures, type Filter } from './useCaptures';

/** The loaded captures without those that are being deleted, how many there are on the server, and their query. */
export function useVisibleCaptures(filter: Filter) {
  const query = useCaptures(filter);
  const { hidden } = useStore(deletions.state);
  const loaded = query.data?.captures ?? [];
  const captures = loaded.filter(({ id }) => !hidden.has(id));
  return { query, captures, total: (query.data?.total ?? 0) - (loaded.length - captures.length) };
}
