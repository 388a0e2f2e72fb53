import { CountBadge } from '../../ui/CountBadge';
import { useSessions } from './useSessions';

/** How many playback sessions there are. */
export function PlayingBadge() {
  const { data } = useSessions();
  return <CountBadge count={data?.length ?? 0} noun="playing" />;
}
