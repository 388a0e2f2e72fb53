// What is wrong right now and what to do about it, above both views.
import type { ReactNode } from 'react';
import { ApiError } from '../api/errors';
import type { Health, MediaServerHealth } from '../api/types';
import { formatAge, formatBytes } from '../lib/format';
import { serverName } from '../lib/server_name';
import { useNow } from '../state/use_now';
import { Icon, type IconName } from './icons';
import styles from './notices.module.css';

interface NoticesProps {
  health: Health | undefined;
  unreachable: boolean;
  error: Error | null;
  /** Whether to explain the demo, where this is one. */
  demo: boolean;
}

export function Notices({ health, unreachable, error, demo }: NoticesProps) {
  const down = health?.media_servers.filter((server) => server.status === 'down') ?? [];
  const full = health !== undefined && health.free_bytes < health.min_free_bytes;
  return (
    <div className={styles.notices} role="status">
      {unreachable && (
        <Notice icon="offline" tone="error" title="Matinee does not answer">
          {error instanceof ApiError ? error.message : 'Check that it runs and that this device is on its network.'} Trying again…
        </Notice>
      )}
      {!unreachable && down.map((server) => <ServerDown key={server.name} server={server} />)}
      {!unreachable && full && (
        <Notice icon="alert" tone="error" title="The disk is nearly full">
          {formatBytes(health.free_bytes)} are free, and captures are refused below {formatBytes(health.min_free_bytes)}. Delete
          captures that are not needed, or make room where they are kept.
        </Notice>
      )}
      {!unreachable && demo && health?.demo && (
        <Notice icon="play" tone="info" title="This is the demo">
          Matinee plays a film of its own making. To see yours, set <ServerVariables />, then start it again.
        </Notice>
      )}
    </div>
  );
}

/** The settings that name a media server. */
export function ServerVariables() {
  return (
    <>
      <code>PLEX_URL</code> and <code>PLEX_TOKEN</code>, <code>JELLYFIN_URL</code> and <code>JELLYFIN_API_KEY</code>, or{' '}
      <code>EMBY_URL</code> and <code>EMBY_API_KEY</code>
    </>
  );
}

function ServerDown({ server }: { server: MediaServerHealth }) {
  const now = useNow(30_000);
  return (
    <Notice icon="server" tone="error" title={`${serverName(server)} is down`}>
      {server.error ?? 'It does not answer.'}
      {server.last_success_at !== null && ` It last answered ${formatAge(server.last_success_at, now)}.`}
    </Notice>
  );
}

function Notice({ icon, tone, title, children }: { icon: IconName; tone: 'info' | 'error'; title: string; children: ReactNode }) {
  return (
    <div className={`${styles.notice} ${styles[tone]}`}>
      <Icon name={icon} />
      <p>
        <strong>{title}.</strong> {children}
      </p>
    </div>
  );
}
