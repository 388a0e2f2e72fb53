// What opens below "Clip": how long, and whether the cut must be exact. A tap on a length makes the clip.
import { useEffect, useId, useRef, useState } from 'react';
import { formatLength } from '../../lib/format';
import styles from './ClipPanel.module.css';

const LENGTHS_SECONDS = [10, 30, 60, 120, 300];

interface ClipPanelProps {
  open: boolean;
  onClip: (seconds: number, precise: boolean) => void;
  disabled: boolean;
}

export function ClipPanel({ open, onClip, disabled }: ClipPanelProps) {
  const [precise, setPrecise] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  // On a phone it opens below the visible part of the page.
  useEffect(() => {
    if (open) panel.current?.scrollIntoView({ block: 'nearest' });
  }, [open]);
  const headingId = useId();
  const hintId = useId();
  return (
    <div ref={panel} className={styles.panel}>
      <p id={headingId} className={styles.heading}>
        Save the last…
      </p>
      <div className={styles.lengths} role="group" aria-labelledby={headingId}>
        {LENGTHS_SECONDS.map((seconds) => (
          <button key={seconds} type="button" className={styles.length} disabled={disabled} onClick={() => onClip(seconds, precise)}>
            {formatLength(seconds)}
          </button>
        ))}
      </div>
      <label className={styles.precise}>
        <input
          type="checkbox"
          role="switch"
          checked={precise}
          aria-describedby={hintId}
          onChange={(event) => setPrecise(event.target.checked)}
        />
        <span className={styles.switch} aria-hidden="true" />
        <span>
          Precise cut
          <small id={hintId}>{precise ? 'Begins on the exact frame. Takes longer.' : 'Quick copy; may begin a few seconds earlier.'}</small>
        </span>
      </label>
    </div>
  );
}
