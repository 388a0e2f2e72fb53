import styles from './CountBadge.module.css';

/** A number beside a view's label in the navigation; hidden at 0. `noun` completes it for screen readers. */
export function CountBadge({ count, noun }: { count: number; noun: string }) {
  if (count === 0) return null;
  return (
    <span className={styles.count}>
      {count}
      <span className="visually-hidden"> {noun}</span>
    </span>
  );
}
