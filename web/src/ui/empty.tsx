import type { ReactNode } from 'react';
import { Icon, type IconName } from './icons';
import styles from './empty.module.css';

/** Shown where a list would be: what is missing, and what to do. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <div className={styles.empty}>
      <Icon name={icon} />
      <h2>{title}</h2>
      <div className={styles.text}>{children}</div>
    </div>
  );
}
