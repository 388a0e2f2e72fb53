// One capture in a grid: its small picture and what it is of; while it is made, how far it is; when it failed, why.
import type { Capture } from '../api/types';
import { formatAgeWithinDay, formatLength, formatPosition, spellPosition } from '../lib/format';
import { cancel, retry } from '../state/capture_actions';
import { deletions } from '../state/deletions';
import { openCapture } from '../state/route';
import { useNow } from '../state/use_now';
import { Icon } from '../ui/icons';
import styles from './tile.module.css';

interface TileProps {
  capture: Capture;
  /** The picture alone, without words and buttons below. */
  compact?: boolean;
}

export function CaptureTile({ capture, compact = false }: TileProps) {
  return (
    <li className={`${styles.tile} ${compact ? styles.compact : ''}`} data-capture={capture.id} data-status={capture.status}>
      {capture.status === 'complete' && <CompleteFrame capture={capture} />}
      {capture.status === 'pending' && <PendingFrame capture={capture} compact={compact} />}
      {capture.status === 'failed' && <FailedFrame capture={capture} compact={compact} />}
      {!compact && <Caption capture={capture} />}
    </li>
  );
}

export function kindOf(capture: Capture): string {
  return capture.capture_type === 'screenshot' ? 'Screenshot' : 'Clip';
}

function CompleteFrame({ capture }: { capture: Capture }) {
  const what = `${kindOf(capture)} of ${capture.media_title} at ${spellPosition(capture.timestamp_seconds)}`;
  return (
    <button type="button" className={styles.frame} onClick={() => openCapture(capture.id)} aria-label={what}>
      {capture.thumbnail_url === null ? (
        <Icon name="clip" className={styles.noPicture} />
      ) : (
        <img src={capture.thumbnail_url} alt="" loading="lazy" decoding="async" />
      )}
      {capture.capture_type === 'clip' && (
        <span className={styles.length}>
          <Icon name="play" />
          {formatLength(capture.duration_seconds ?? 0)}
        </span>
      )}
    </button>
  );
}

function PendingFrame({ capture, compact }: { capture: Capture; compact: boolean }) {
  if (compact) {
    const what = `${kindOf(capture)} of ${capture.media_title} in the making`;
    return (
      <button type="button" className={`${styles.frame} ${styles.making}`} onClick={() => openCapture(capture.id)} aria-label={what}>
        <MakingProgress capture={capture} />
      </button>
    );
  }
  return (
    <div className={`${styles.frame} ${styles.making}`}>
      <MakingProgress capture={capture} />
      <CancelButton capture={capture} />
    </div>
  );
}

export function CancelButton({ capture }: { capture: Capture }) {
  return (
    <button type="button" className="button button-small" onClick={() => void cancel(capture)}>
      Cancel
    </button>
  );
}

/** How far a capture in the making is, in words and as a bar. */
export function MakingProgress({ capture }: { capture: Capture }) {
  const { phase, progress } = capture;
  const percent = progress === null ? null : Math.round(progress * 100);
  const words = { queued: 'Waiting…', retrying: 'Trying again…', running: percent === null ? 'Working…' : `${percent} %` };
  return (
    <div className={styles.progress}>
      <p>{words[phase as keyof typeof words] ?? 'Working…'}</p>
      <div
        className={styles.track}
        role="progressbar"
        aria-label={`${kindOf(capture)} of ${capture.media_title}`}
        aria-valuenow={percent ?? undefined}
      >
        <div className={percent === null ? styles.waiting : undefined} style={{ transform: `scaleX(${progress ?? 0.3})` }} />
      </div>
    </div>
  );
}

function FailedFrame({ capture, compact }: { capture: Capture; compact: boolean }) {
  const cancelled = capture.phase === 'cancelled';
  const title = `${kindOf(capture)} ${cancelled ? 'cancelled' : 'failed'}`;
  if (compact) {
    return (
      <button type="button" className={`${styles.frame} ${styles.failed}`} onClick={() => openCapture(capture.id)}>
        <Icon name={cancelled ? 'close' : 'alert'} />
        {title}
      </button>
    );
  }
  return (
    <div className={`${styles.frame} ${styles.failed}`}>
      {/* What does not fit here is in the viewer. */}
      <button type="button" className={styles.message} onClick={() => openCapture(capture.id)}>
        <strong>{title}</strong> <span>{cancelled ? null : capture.error_message}</span>
      </button>
      <div className={styles.actions}>
        <button type="button" className="button button-small" onClick={() => void retry(capture)}>
          <Icon name="retry" /> Retry
        </button>
        <button
          type="button"
          className="button button-small button-delete"
          onClick={() => deletions.hold(capture.id)}
          aria-label="Delete"
          title="Delete"
        >
          <Icon name="trash" />
        </button>
      </div>
    </div>
  );
}

function Caption({ capture }: { capture: Capture }) {
  const now = useNow(60_000);
  return (
    <div className={styles.caption}>
      <p className={styles.title} title={capture.media_title}>
        {capture.media_title}
      </p>
      <p className={styles.meta}>
        {formatPosition(capture.timestamp_seconds)} · {formatAgeWithinDay(capture.created_at, now)}
      </p>
    </div>
  );
}
