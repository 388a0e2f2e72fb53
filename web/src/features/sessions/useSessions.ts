import { useQuery } from '@tanstack/react-query';
import { listSessions } from '../../api/client';
import { pollInterval } from '../../lib/polling';

export const sessionKeys = { all: ['sessions'] as const };

const POLL_MS = 2500;

/** What is playing now. */
export function useSessions() {
  return useQuery({
    queryKey: sessionKeys.all,
    queryFn: ({ signal }) => listSessions(signal),
    refetchInterval: ({ state }) => pollInterval(POLL_MS, state),
  });
}
