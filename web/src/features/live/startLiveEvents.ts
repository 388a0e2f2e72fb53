import { apiUrl } from '../../api/client';
import { queryClient } from '../../lib/queryClient';
import { LiveEvents } from './liveEvents';
import { refetchAfter } from './refetchAfter';

/** Follows the server's events from now on. */
export function startLiveEvents(): void {
  const events = new LiveEvents(refetchAfter(queryClient), () => new EventSource(apiUrl('events')));
  const update = () => events.setVisible(document.visibilityState === 'visible');
  document.addEventListener('visibilitychange', update);
  update();
}
