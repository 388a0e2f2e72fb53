import { useQuery } from '@tanstack/react-query';
import { getHealth } from '../../api/client';
import { pollInterval } from '../../lib/polling';
import { serverClock } from '../../lib/serverClock';

export const healthKeys = { all: ['health'] as const };

const POLL_MS = 10_000;
/** While the server does not answer, or its clock is not known. */
const UNKNOWN_POLL_MS = 2500;

/** The state of the server and of its media servers. Each answer is also a measurement of the server's clock. */
export function useHealth() {
  return useQuery({
    queryKey: healthKeys.all,
    queryFn: async ({ signal }) => {
      const { health, sentAt, receivedAt } = await getHealth(signal);
      serverClock.observe(health.time, sentAt, receivedAt);
      return health;
    },
    refetchInterval: ({ state }) =>
      state.status === 'error' || serverClock.offset(Date.now()) === null ? UNKNOWN_POLL_MS : pollInterval(POLL_MS, state),
  });
}
