import { CountBadge } from '../../ui/CountBadge';
import { isPending } from './captureStatus';
import { useVisibleCaptures } from './useVisibleCaptures';

/** How many captures are being made. */
export function PendingBadge() {
  const { captures } = useVisibleCaptures('all');
  return <CountBadge count={captures.filter(isPending).length} noun="being made" />;
}
