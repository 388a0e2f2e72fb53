// One playback session: what plays, who watches where, how far it is, and the buttons to capture it.
import { useId, useState } from 'react';
import type { PlaybackSession } from '../../api/types';
import { formatPosition, joinFacts, spellPosition } from '../../lib/format';
import { serverClock } from '../../lib/serverClock';
import { SOURCE_NAMES } from '../../lib/serverName';
import { useNow } from '../../lib/useNow';
import { Icon } from '../../ui/Icon';
import { makeClip, takeScreenshot } from '../captures/captureActions';
import { ClipPanel } from './ClipPanel';
import { MomentSlider } from './MomentSlider';
import { playedFraction, positionNow } from './position';
import styles from './SessionCard.module.css';

export function SessionCard({ session, stale }: { session: PlaybackSession; stale: boolean }) {
  const titleId = useId();
  const [shots, setShots] = useState(0);
  const { title, subtitle } = session;
  return (
    <li className={styles.frame}>
      <article className={styles.card} aria-labelledby={titleId}>
        <Thumbnail key={session.thumbnail_url} session={session} shots={shots} />
        <div className={styles.body}>
          <div className={styles.words}>
            <h2 id={titleId} className={styles.title} title={title}>
              {title}
            </h2>
            {subtitle && (
              <p className={styles.subtitle} title={subtitle}>
                {subtitle}
              </p>
            )}
            <p className={styles.about}>{aboutLine(session)}</p>
          </div>
          <Progress session={session} />
          {session.capturable ? (
            <CaptureControls session={session} stale={stale} onShot={() => setShots(shots + 1)} />
          ) : (
            <NotCapturable reason={session.not_capturable_reason} />
          )}
        </div>
      </article>
    </li>
  );
}

/** "2013 · Anna · Living room TV · Plex attic": the year, who, where, and the media server where its name says more than its type. */
function aboutLine({ year, user, player, server, source }: PlaybackSession): string {
  return joinFacts([year, user, player, server.toLowerCase() === source ? null : server]);
}

function Thumbnail({ session, shots }: { session: PlaybackSession; shots: number }) {
  const [failed, setFailed] = useState(false);
  const url = failed ? null : session.thumbnail_url || null;
  return (
    <div className={styles.thumbnail}>
      {url === null ? (
        <Icon name="screen" className={styles.noImage} />
      ) : (
        <>
          {/* Posters are upright and stills are wide: the whole image is shown, over a blurred copy that fills the frame. */}
          <img className={styles.backdrop} src={url} alt="" aria-hidden="true" />
          <img className={styles.still} src={url} alt="" onError={() => setFailed(true)} />
        </>
      )}
      {shots > 0 && <span key={shots} className={styles.flash} />}
      <span className={styles.badge}>
        <span className={`${styles.dot} ${styles[session.source]}`} />
        {SOURCE_NAMES[session.source]}
      </span>
      {session.state !== 'playing' && (
        <span className={`${styles.badge} ${styles.state}`}>
          {session.state === 'paused' && <Icon name="pause" />}
          {session.state === 'paused' ? 'Paused' : 'Buffering'}
        </span>
      )}
    </div>
  );
}

function Progress({ session }: { session: PlaybackSession }) {
  const now = useNow(1000, session.state === 'playing');
  const offset = serverClock.offset(now);
  const position = positionNow(session, offset === null ? null : now + offset);
  const fraction = playedFraction(position, session.duration_seconds);
  return (
    <div className={styles.progress}>
      {fraction !== null && (
        <div
          className={styles.track}
          role="progressbar"
          aria-label="Played"
          aria-valuenow={Math.round(fraction * 100)}
          aria-valuetext={`${spellPosition(position)} of ${spellPosition(session.duration_seconds ?? 0)}`}
        >
          <div style={{ transform: `scaleX(${fraction})` }} />
        </div>
      )}
      <div className={styles.times}>
        <span data-testid="position">{formatPosition(position)}</span>
        {session.duration_seconds !== null && <span>{formatPosition(session.duration_seconds)}</span>}
      </div>
    </div>
  );
}

function NotCapturable({ reason }: { reason: string | null }) {
  const reasonId = useId();
  return (
    <>
      <p id={reasonId} className={styles.reason}>
        <Icon name="alert" />
        {reason ?? 'This cannot be captured.'}
      </p>
      <div className={styles.buttons}>
        <button type="button" className="button button-primary" disabled aria-describedby={reasonId}>
          <Icon name="camera" /> Screenshot
        </button>
        <button type="button" className="button" disabled aria-describedby={reasonId}>
          <Icon name="clip" /> Clip
        </button>
      </div>
    </>
  );
}

interface CaptureControlsProps {
  session: PlaybackSession;
  stale: boolean;
  onShot: () => void;
}

function CaptureControls({ session, stale, onShot }: CaptureControlsProps) {
  const [offsetSeconds, setOffsetSeconds] = useState(0);
  const [clipOpen, setClipOpen] = useState(false);
  const [running, setRunning] = useState(0);
  const panelId = useId();

  // Each tap captures a different moment, so the button stays enabled while a screenshot is being made.
  async function screenshot() {
    navigator.vibrate?.(12);
    onShot();
    setRunning((n) => n + 1);
    await takeScreenshot(session, offsetSeconds);
    setRunning((n) => n - 1);
  }

  function clip(seconds: number, precise: boolean) {
    navigator.vibrate?.(12);
    setClipOpen(false);
    void makeClip(session, seconds, precise, offsetSeconds);
  }

  return (
    <div className={styles.controls}>
      <MomentSlider value={offsetSeconds} onChange={setOffsetSeconds} />
      <div className={styles.buttons}>
        <button
          type="button"
          className="button button-primary"
          onClick={() => void screenshot()}
          disabled={stale}
          aria-busy={running > 0}
        >
          {running > 0 ? <span className={styles.spinner} /> : <Icon name="camera" />} Screenshot
        </button>
        <button
          type="button"
          className="button"
          onClick={() => setClipOpen(!clipOpen)}
          disabled={stale}
          aria-expanded={clipOpen}
          aria-controls={panelId}
        >
          <Icon name="clip" /> Clip
          <Icon name="down" className={clipOpen ? styles.turned : styles.chevron} />
        </button>
      </div>
      <div id={panelId} hidden={!clipOpen}>
        <ClipPanel open={clipOpen} onClip={clip} disabled={stale} />
      </div>
    </div>
  );
}
