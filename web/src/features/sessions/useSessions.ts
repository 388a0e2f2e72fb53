import { useQuery } from '@tanstack/react-query';
import { listSessions } from '../../api/client';

export const sessionKeys = { all: ['sessions'] as const };

const POLL_MS = 2500;

/** What is playing now. */
export function useSessions() {
  return useQuery({
    queryKey: sessionKeys.all,
    queryFn: ({ signal }) => listSessions(signal),
    refetchInterval: POLL_MS,
  });
}
