// One capture in a grid: its thumbnail and what it is of; its progress while it is pending; the reason if it failed.
import type { Capture } from '../../api/types';
import { formatAgeWithinDay, formatLength, formatPosition, spellPosition } from '../../lib/format';
import { useNow } from '../../lib/useNow';
import { Icon } from '../../ui/Icon';
import { cancel, retry } from './captureActions';
import { CaptureProgress } from './CaptureProgress';
import { tileImage, typeLabel } from './captureStatus';
import styles from './CaptureTile.module.css';
import { deletions } from './deletions';
import { openCapture } from './openCapture';

interface TileProps {
  capture: Capture;
  /** Only the thumbnail, without words and buttons below. */
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

function CompleteFrame({ capture }: { capture: Capture }) {
  const image = tileImage(capture);
  const what = `${typeLabel(capture)} of ${capture.media_title} at ${spellPosition(capture.timestamp_seconds)}`;
  return (
    <button type="button" className={styles.frame} onClick={() => openCapture(capture.id)} aria-label={what}>
      {image === null ? (
        <Icon name="clip" className={styles.noImage} />
      ) : (
        <img src={image} alt="" loading="lazy" decoding="async" />
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
    const what = `${typeLabel(capture)} of ${capture.media_title} being made`;
    return (
      <button type="button" className={`${styles.frame} ${styles.pending}`} onClick={() => openCapture(capture.id)} aria-label={what}>
        <CaptureProgress capture={capture} />
      </button>
    );
  }
  return (
    <div className={`${styles.frame} ${styles.pending}`}>
      <CaptureProgress capture={capture} />
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

function FailedFrame({ capture, compact }: { capture: Capture; compact: boolean }) {
  const cancelled = capture.phase === 'cancelled';
  const title = `${typeLabel(capture)} ${cancelled ? 'cancelled' : 'failed'}`;
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
      {/* The viewer shows the whole message. */}
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
          onClick={() => deletions.scheduleDelete(capture.id)}
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
