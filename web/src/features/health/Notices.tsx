// What is wrong right now and what to do about it, above every view.
import type { ReactNode } from 'react';
import { ApiError } from '../../api/errors';
import type { Health, MediaServerHealth } from '../../api/types';
import { formatAge, formatBytes } from '../../lib/format';
import { serverName } from '../../lib/serverName';
import { useNow } from '../../lib/useNow';
import { Icon, type IconName } from '../../ui/Icon';
import styles from './Notices.module.css';
import { useHealth } from './useHealth';

interface NoticesProps {
  health: Health | undefined;
  /** The error of the last request, if it failed. */
  unreachable: Error | null;
}

export function Notices({ health, unreachable }: NoticesProps) {
  const down = health?.media_servers.filter((server) => server.status === 'down') ?? [];
  const full = health !== undefined && health.free_bytes < health.min_free_bytes;
  return (
    <div className={styles.notices} role="status">
      {unreachable !== null && (
        <Notice icon="offline" tone="error" title="Matinee does not answer">
          {unreachable instanceof ApiError ? unreachable.message : 'Check that it runs and that this device is on its network.'} Trying again…
        </Notice>
      )}
      {unreachable === null && down.map((server) => <ServerDown key={server.name} server={server} />)}
      {unreachable === null && full && (
        <Notice icon="alert" tone="error" title="The disk is nearly full">
          {formatBytes(health.free_bytes)} are free, and captures are refused below {formatBytes(health.min_free_bytes)}. Delete
          captures that are not needed, or free space where they are kept.
        </Notice>
      )}
      {unreachable === null && health?.capture_folder_notice && (
        <Notice icon="alert" tone="error" title="Captures without a database">
          {health.capture_folder_notice}
        </Notice>
      )}
    </div>
  );
}

/** Explains the demo, where this is one. */
export function DemoNotice() {
  const { data: health } = useHealth();
  return (
    <div className={styles.notices} role="status">
      {health?.demo && (
        <Notice icon="play" tone="info" title="This is the demo">
          Matinee plays a demo film. To see your media server, set <ServerVariables />, then start Matinee again.
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
