// The page's one cache of server data. It stops polling while the page is hidden.
import { QueryClient } from '@tanstack/react-query';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Everything is polled, so the next poll is the retry.
      retry: false,
      // Some browsers report a home network without internet access as offline.
      networkMode: 'always',
    },
  },
});
