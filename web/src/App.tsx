// The frame of the page: header with the navigation, the view that the address names, its dialog, and messages.
import { Suspense, useEffect, useRef } from 'react';
import styles from './App.module.css';
import { apiUrl } from './api/client';
import { CaptureEffects } from './features/captures/CaptureEffects';
import { UndoDelete } from './features/captures/UndoDelete';
import { Notices } from './features/health/Notices';
import { useHealth } from './features/health/useHealth';
import { useSessions } from './features/sessions/useSessions';
import { formatRoute } from './router';
import { Icon, Mark } from './ui/Icon';
import { Toasts } from './ui/Toasts';
import { useRoute } from './useRoute';
import { findView, VIEWS, type View } from './views';

export function App() {
  const { view: viewId, itemId } = useRoute();
  const { Component, Dialog, label } = findView(viewId);
  const health = useHealth();
  const sessions = useSessions();
  const main = useRef<HTMLElement>(null);
  const playing = sessions.data?.length ?? 0;

  useEffect(() => {
    document.title = `${playing > 0 ? `(${playing}) ` : ''}${label} · Matinee`;
  }, [playing, label]);

  useEffect(() => {
    window.scrollTo(0, 0);
  }, [viewId]);

  return (
    <>
      <button type="button" className="skip-link" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className={styles.header}>
        <div className={styles.bar}>
          <a className={styles.brand} href={addressOf(VIEWS[0])} aria-label={`Matinee, ${VIEWS[0].label.toLowerCase()}`}>
            <Mark />
            <span>Matinee</span>
          </a>
          <nav className={styles.tabs} aria-label="Views">
            {VIEWS.filter(({ inNavigation }) => inNavigation).map((view) => (
              <ViewLink key={view.id} view={view} current={view.id === viewId} />
            ))}
          </nav>
        </div>
      </header>
      <main ref={main} tabIndex={-1} className={styles.main}>
        <Notices health={health.data} unreachable={sessions.error} />
        <Suspense>
          <Component />
        </Suspense>
      </main>
      <footer className={styles.footer}>
        Matinee {health.data?.version} · <a href={apiUrl('docs/').href}>API</a>
      </footer>
      <CaptureEffects />
      {/* A dialog shows the messages itself: nothing outside it can be reached while it is open. */}
      {Dialog !== undefined && itemId !== null ? (
        <Dialog id={itemId} />
      ) : (
        <Toasts>
          <UndoDelete />
        </Toasts>
      )}
    </>
  );
}

function ViewLink({ view, current }: { view: View; current: boolean }) {
  return (
    <a href={addressOf(view)} aria-current={current ? 'page' : undefined}>
      <Icon name={view.icon} />
      <span>{view.label}</span>
      {view.Badge && <view.Badge />}
    </a>
  );
}

function addressOf(view: View): string {
  return formatRoute({ view: view.id, itemId: null });
}
