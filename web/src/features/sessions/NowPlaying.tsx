// A view: what is playing, and the latest captures below it.
import { serverName } from '../../lib/serverName';
import { EmptyState } from '../../ui/EmptyState';
import { CaptureTile } from '../captures/CaptureTile';
import { useVisibleCaptures } from '../captures/useVisibleCaptures';
import { DemoNotice, ServerVariables } from '../health/Notices';
import { useHealth } from '../health/useHealth';
import styles from './NowPlaying.module.css';
import { SessionCard } from './SessionCard';
import { useSessions } from './useSessions';

/** One row on a wide screen. */
const LATEST_MAX = 8;

export function NowPlaying() {
  const sessions = useSessions();
  return (
    <>
      {!sessions.isError && <DemoNotice />}
      <section aria-labelledby="now-heading" aria-busy={sessions.isPending}>
        <h1 id="now-heading" className={styles.heading}>
          Now playing
        </h1>
        <Sessions sessions={sessions} />
      </section>
      <LatestCaptures />
    </>
  );
}

function Sessions({ sessions }: { sessions: ReturnType<typeof useSessions> }) {
  if (sessions.data === undefined) {
    return sessions.isError ? null : (
      <div className={styles.cards}>
        <div className={styles.skeleton}>
          <span className="visually-hidden">Loading…</span>
        </div>
      </div>
    );
  }
  if (sessions.data.length === 0) return <NothingPlaying />;
  return (
    <ul className={styles.cards} data-stale={sessions.isError || undefined}>
      {sessions.data.map((session) => (
        <SessionCard key={session.session_id} session={session} stale={sessions.isError} />
      ))}
    </ul>
  );
}

function LatestCaptures() {
  const { captures } = useVisibleCaptures('all');
  if (captures.length === 0) return null;
  return (
    <section aria-labelledby="latest-heading" className={styles.latest}>
      <div className={styles.row}>
        <h2 id="latest-heading">Latest captures</h2>
        <a href="#gallery">See all</a>
      </div>
      <ul className={styles.strip}>
        {captures.slice(0, LATEST_MAX).map((capture) => (
          <CaptureTile key={capture.id} capture={capture} compact />
        ))}
      </ul>
    </section>
  );
}

function NothingPlaying() {
  const { data: health } = useHealth();
  if (health !== undefined && health.media_servers.length === 0 && !health.demo) {
    return (
      <EmptyState icon="server" title="No media server yet">
        <p>
          Set <ServerVariables />, then start Matinee again.
        </p>
        <p>
          <code>matinee doctor</code> checks the connection and says how to fix it. Without a media server,{' '}
          <code>matinee up --demo</code> plays a demo film.
        </p>
      </EmptyState>
    );
  }
  const names = health?.media_servers.map(serverName) ?? [];
  return (
    <EmptyState icon="screen" title="Nothing is playing">
      <p>
        Start a film{names.length > 0 ? ` on ${new Intl.ListFormat('en', { type: 'disjunction' }).format(names)}` : ''}. It appears
        here within a few seconds.
      </p>
    </EmptyState>
  );
}
