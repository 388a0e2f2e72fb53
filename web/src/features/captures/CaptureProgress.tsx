import type { Capture } from '../../api/types';
import styles from './CaptureProgress.module.css';
import { typeLabel } from './captureStatus';

/** The progress of a pending capture, in words and as a bar. */
export function CaptureProgress({ capture }: { capture: Capture }) {
  const { phase, progress } = capture;
  const percent = progress === null ? null : Math.round(progress * 100);
  const words = { queued: 'Waiting…', retrying: 'Trying again…', running: percent === null ? 'Working…' : `${percent} %` };
  return (
    <div className={styles.progress}>
      <p>{words[phase as keyof typeof words] ?? 'Working…'}</p>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={`${typeLabel(capture)} of ${capture.media_title}`}
        aria-valuenow={percent ?? undefined}
      >
        <div className={percent === null ? styles.unknown : undefined} style={{ transform: `scaleX(${progress ?? 0.3})` }} />
      </div>
    </div>
  );
}
