// Computes the present position of a playback session from the last one that the server reported.
import type { PlaybackSession } from '../../api/types';

/** After this long without an update the position is not extrapolated further. */
export const EXTRAPOLATION_SECONDS_MAX = 60;

type Playback = Pick<PlaybackSession, 'state' | 'position_seconds' | 'position_at' | 'duration_seconds'>;

/** Seconds from the start of the media; `serverNowMs` is the server's clock, null when it is not known. */
export function positionNow(session: Playback, serverNowMs: number | null): number {
  const elapsed = elapsedSeconds(session, serverNowMs);
  const position = Math.max(0, session.position_seconds + elapsed);
  return session.duration_seconds === null ? position : Math.min(position, session.duration_seconds);
}

function elapsedSeconds(session: Playback, serverNowMs: number | null): number {
  if (session.state !== 'playing' || serverNowMs === null) return 0;
  const since = (serverNowMs - Date.parse(session.position_at)) / 1000;
  if (Number.isNaN(since)) return 0;
  return Math.min(Math.max(since, 0), EXTRAPOLATION_SECONDS_MAX);
}

/** How much has been played, 0 to 1; null when the duration is not known. */
export function playedFraction(positionSeconds: number, durationSeconds: number | null): number | null {
  if (durationSeconds === null || durationSeconds <= 0) return null;
  return Math.min(Math.max(positionSeconds / durationSeconds, 0), 1);
}
