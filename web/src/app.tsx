// The frame of the page: header, the two views, the viewer above them, and messages.
import { useEffect, useRef, useState } from 'react';
import { Gallery } from './gallery/gallery';
import { Viewer } from './gallery/viewer';
import { NowPlaying } from './now_playing/now_playing';
import { announceFinished } from './state/capture_actions';
import { useDeletions } from './state/deletions';
import { isPending, useCaptures, useHealth, useSessions, type Filter } from './state/queries';
import { useRoute } from './state/route';
import styles from './app.module.css';
import { Icon, Mark, type IconName } from './ui/icons';
import { Notices } from './ui/notices';
import { Toasts } from './ui/toasts';
import { apiUrl } from './api/client';

export function App() {
  const route = useRoute();
  const [filter, setFilter] = useState<Filter>('all');
  const health = useHealth();
  const sessions = useSessions();
  const captures = useCaptures('all');
  const { hidden } = useDeletions();
  const main = useRef<HTMLElement>(null);

  const playing = sessions.data?.length ?? 0;
  const visible = (captures.data?.captures ?? []).filter((capture) => !hidden.has(capture.id));
  const making = visible.filter(isPending).length;

  useEffect(() => {
    announceFinished(captures.data?.captures ?? []);
  }, [captures.data]);

  useEffect(() => {
    const title = route.tab === 'gallery' ? 'Gallery' : 'Now playing';
    document.title = `${playing > 0 ? `(${playing}) ` : ''}${title} · Matinee`;
  }, [playing, route.tab]);

  useEffect(() => {
    window.scrollTo(0, 0);
  }, [route.tab]);

  return (
    <>
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className={styles.header}>
        <div className={styles.bar}>
          <a className={styles.brand} href="#now" aria-label="Matinee, now playing">
            <Mark />
            <span>Matinee</span>
          </a>
          <nav className={styles.tabs} aria-label="Views">
            <TabLink href="#now" icon="screen" label="Now playing" count={playing} noun="playing" current={route.tab === 'now'} />
            <TabLink href="#gallery" icon="grid" label="Gallery" count={making} noun="in the making" current={route.tab === 'gallery'} />
          </nav>
        </div>
      </header>
      <main ref={main} tabIndex={-1} className={styles.main}>
        <Notices health={health.data} unreachable={sessions.isError} error={sessions.error} demo={route.tab === 'now'} />
        {route.tab === 'now' ? (
          <NowPlaying sessions={sessions} health={health.data} latest={visible} />
        ) : (
          <Gallery filter={filter} onFilter={setFilter} />
        )}
      </main>
      <footer className={styles.footer}>
        Matinee {health.data?.version} · <a href={apiUrl('docs/').href}>API</a>
      </footer>
      {route.captureId === null ? <Toasts /> : <Viewer id={route.captureId} filter={route.tab === 'now' ? 'all' : filter} />}
    </>
  );
}

interface TabLinkProps {
  href: string;
  icon: IconName;
  label: string;
  count: number;
  noun: string;
  current: boolean;
}

function TabLink({ href, icon, label, count, noun, current }: TabLinkProps) {
  return (
    <a href={href} aria-current={current ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{label}</span>
      {count > 0 && (
        <span className={styles.count}>
          {count}
          <span className="visually-hidden"> {noun}</span>
        </span>
      )}
    </a>
  );
}
