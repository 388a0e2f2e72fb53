// The first view: what is playing, and the latest captures below it.
import type { UseQueryResult } from '@tanstack/react-query';
import type { Capture, Health, PlaybackSession } from '../api/types';
import { serverName } from '../lib/server_name';
import { CaptureTile } from '../gallery/tile';
import { Empty } from '../ui/empty';
import { ServerVariables } from '../ui/notices';
import styles from './now_playing.module.css';
import { SessionCard } from './session_card';

/** One row on a wide screen. */
const LATEST_MAX = 8;

interface NowPlayingProps {
  sessions: UseQueryResult<PlaybackSession[]>;
  health: Health | undefined;
  latest: Capture[];
}

export function NowPlaying({ sessions, health, latest }: NowPlayingProps) {
  return (
    <>
      <section aria-labelledby="now-heading" aria-busy={sessions.isPending}>
        <h1 id="now-heading" className={styles.heading}>
          Now playing
        </h1>
        <Sessions sessions={sessions} health={health} />
      </section>
      {latest.length > 0 && (
        <section aria-labelledby="latest-heading" className={styles.latest}>
          <div className={styles.row}>
            <h2 id="latest-heading">Latest captures</h2>
            <a href="#gallery">See all</a>
          </div>
          <ul className={styles.strip}>
            {latest.slice(0, LATEST_MAX).map((capture) => (
              <CaptureTile key={capture.id} capture={capture} compact />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Sessions({ sessions, health }: Pick<NowPlayingProps, 'sessions' | 'health'>) {
  if (sessions.data === undefined) {
    return sessions.isError ? null : (
      <div className={styles.cards}>
        <div className={styles.skeleton}>
          <span className="visually-hidden">Looking…</span>
        </div>
      </div>
    );
  }
  if (sessions.data.length === 0) return <NothingPlaying health={health} />;
  return (
    <ul className={styles.cards} data-stale={sessions.isError || undefined}>
      {sessions.data.map((session) => (
        <SessionCard key={session.session_id} session={session} stale={sessions.isError} />
      ))}
    </ul>
  );
}

function NothingPlaying({ health }: { health: Health | undefined }) {
  if (health !== undefined && health.media_servers.length === 0 && !health.demo) {
    return (
      <Empty icon="server" title="No media server yet">
        <p>
          Tell Matinee where yours is: set <ServerVariables />, then start it again.
        </p>
        <p>
          <code>matinee doctor</code> checks the connection and says how to mend it. Without a media server,{' '}
          <code>matinee up --demo</code> plays a film to try things out with.
        </p>
      </Empty>
    );
  }
  const names = health?.media_servers.map(serverName) ?? [];
  return (
    <Empty icon="screen" title="Nothing is playing">
      <p>
        Start a film{names.length > 0 ? ` on ${new Intl.ListFormat('en', { type: 'disjunction' }).format(names)}` : ''}. It appears
        here within a few seconds.
      </p>
    </Empty>
  );
}
