// What there is one of on the page: the cache of server data, and the measure of the server's clock.
import { QueryClient } from '@tanstack/react-query';
import { ServerClock } from '../lib/clock';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Everything is polled, so the next poll is the retry.
      retry: false,
      // A home network without internet counts as offline for some browsers; Matinee is there all the same.
      networkMode: 'always',
    },
  },
});

export const serverClock = new ServerClock();
