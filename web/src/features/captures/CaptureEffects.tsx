import { useEffect } from 'react';
import { announceFinished } from './captureActions';
import { deletions } from './deletions';
import { useCaptures } from './useCaptures';

/** What captures do whichever view is shown: finished ones are announced, and leaving the page sends the scheduled deletions. */
export function CaptureEffects() {
  const { data } = useCaptures('all');
  useEffect(() => announceFinished(data?.captures ?? []), [data]);
  useEffect(() => {
    const flush = () => deletions.flush();
    window.addEventListener('pagehide', flush);
    return () => window.removeEventListener('pagehide', flush);
  }, []);
  return null;
}
