// How far before the tap the moment lies: people need a second or two to reach their phone.
import { useId, type CSSProperties } from 'react';
import { formatMoment } from '../../lib/format';
import styles from './MomentSlider.module.css';

const EARLIEST_SECONDS = -10;
const STEP_SECONDS = 0.5;

export function MomentSlider({ value, onChange }: { value: number; onChange: (offsetSeconds: number) => void }) {
  const id = useId();
  const style = { '--back': `${(value / EARLIEST_SECONDS) * 100}%` } as CSSProperties;
  return (
    <div className={styles.moment}>
      <label htmlFor={id}>Moment</label>
      <input
        id={id}
        type="range"
        min={EARLIEST_SECONDS}
        max={0}
        step={STEP_SECONDS}
        value={value}
        style={style}
        aria-valuetext={formatMoment(value)}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <output htmlFor={id} className={value === 0 ? undefined : styles.changed}>
        {formatMoment(value)}
      </output>
    </div>
  );
}
