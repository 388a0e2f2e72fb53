// One capture, large: a dialog over the page. Arrow keys and swipes go to its neighbours, Escape, "back" and a swipe downwards
// close it, Delete deletes, d downloads.
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { downloadUrl } from '../../api/client';
import { ApiError, messageOf } from '../../api/errors';
import type { Capture } from '../../api/types';
import { formatBytes, formatLength, formatPosition, joinFacts } from '../../lib/format';
import { useStore } from '../../lib/store';
import { closeItem } from '../../router';
import { Icon } from '../../ui/Icon';
import { Toasts } from '../../ui/Toasts';
import { retry } from './captureActions';
import { CaptureProgress } from './CaptureProgress';
import { typeLabel } from './captureStatus';
import { CancelButton } from './CaptureTile';
import { deletions } from './deletions';
import { galleryFilter } from './galleryFilter';
import { openCapture } from './openCapture';
import { UndoDelete } from './UndoDelete';
import { useCapture, useCaptures, type Filter } from './useCaptures';
import { useSwipe } from './useSwipe';
import styles from './Viewer.module.css';
import { ViewerActions } from './ViewerActions';

/** The next page is loaded when this few captures remain. */
const LOAD_AHEAD = 3;

/** The viewer over the gallery: steps through what the gallery shows. */
export function GalleryViewer({ id }: { id: string }) {
  return <Viewer id={id} filter={useStore(galleryFilter)} />;
}

/** The viewer over a view that shows the latest captures: steps through all of them. */
export function LatestViewer({ id }: { id: string }) {
  return <Viewer id={id} filter="all" />;
}

function Viewer({ id, filter }: { id: string; filter: Filter }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useCaptures(filter);
  const { hidden } = useStore(deletions.state);
  const captures = (list.data?.captures ?? []).filter(
    (capture) => capture.id === id || (capture.status === 'complete' && !hidden.has(capture.id)),
  );
  const index = captures.findIndex((capture) => capture.id === id);
  const single = useCapture(id, index < 0 && list.data !== undefined);
  const capture = captures[index] ?? single.data;
  const previous = captures[index - 1];
  const next = index < 0 ? undefined : captures[index + 1];

  // Every way out closes the dialog, which changes the address; "back" changes the address, which closes the dialog. Closing
  // returns the focus to the element that had it before; removing the dialog would not.
  const close = () => dialog.current?.close();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  const { hasNextPage, fetchNextPage } = list;
  const nearEnd = index >= 0 && index >= captures.length - LOAD_AHEAD;
  useEffect(() => {
    // A page that fails to load is requested again at the next step.
    if (nearEnd && hasNextPage) void fetchNextPage();
  }, [nearEnd, hasNextPage, fetchNextPage, index]);

  // Deleting goes on to a neighbour, and closes the viewer after the last capture.
  function remove() {
    if (capture === undefined) return;
    deletions.scheduleDelete(capture.id);
    const neighbour = next ?? previous;
    if (neighbour === undefined) close();
    else openCapture(neighbour.id);
  }

  const go = (to: Capture | undefined) => to && openCapture(to.id);

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inMedia = event.target instanceof HTMLVideoElement || event.target instanceof HTMLInputElement;
    if (event.key === 'ArrowLeft' && !inMedia) go(previous);
    else if (event.key === 'ArrowRight' && !inMedia) go(next);
    else if (event.key === 'Delete' && !(event.target instanceof HTMLInputElement)) remove();
    else if (event.key === 'd' && capture?.status === 'complete' && !inMedia) window.location.assign(downloadUrl(capture));
    else return;
    event.preventDefault();
  });
  // On the document: when the button that has the focus is removed, such as Undo, keys no longer reach the dialog.
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  return (
    <dialog
      ref={dialog}
      className={styles.viewer}
      aria-labelledby="viewer-title"
      onClose={(event) => {
        if (!event.currentTarget.open) closeItem();
      }}
    >
      <div className={styles.head}>
        <div className={styles.words}>
          <h2 id="viewer-title">{capture?.media_title ?? 'Capture'}</h2>
          {capture !== undefined && <p>{describe(capture)}</p>}
        </div>
        <button type="button" className={styles.round} onClick={close} aria-label="Close" title="Close (Escape)">
          <Icon name="close" />
        </button>
      </div>
      <Stage capture={capture} error={single.error} onPrevious={() => go(previous)} onNext={() => go(next)} onClose={close}>
        {previous !== undefined && (
          <button
            type="button"
            className={`${styles.round} ${styles.previous}`}
            onClick={() => go(previous)}
            aria-label="Newer capture"
            title="Newer (←)"
          >
            <Icon name="left" />
          </button>
        )}
        {next !== undefined && (
          <button
            type="button"
            className={`${styles.round} ${styles.next}`}
            onClick={() => go(next)}
            aria-label="Older capture"
            title="Older (→)"
          >
            <Icon name="right" />
          </button>
        )}
      </Stage>
      {capture !== undefined && <ViewerActions key={capture.id} capture={capture} onDelete={remove} />}
      <Toasts>
        <UndoDelete />
      </Toasts>
    </dialog>
  );
}

/** "Screenshot at 30:32 · 1920 × 1080 · 245 kB · Wed 18 Feb, 12:00" */
function describe(capture: Capture): string {
  const length = capture.duration_seconds === null ? '' : `${formatLength(capture.duration_seconds)} `;
  const type = capture.capture_type === 'screenshot' ? 'Screenshot' : `${length}clip`;
  const made = new Date(capture.created_at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return joinFacts([
    `${type} at ${formatPosition(capture.timestamp_seconds)}`,
    capture.width === null || capture.height === null ? null : `${capture.width} × ${capture.height}`,
    capture.file_size_bytes > 0 ? formatBytes(capture.file_size_bytes) : null,
    made,
  ]);
}

interface StageProps {
  capture: Capture | undefined;
  error: Error | null;
  onPrevious: () => void;
  onNext: () => void;
  onClose: () => void;
  children: React.ReactNode;
}

function Stage({ capture, error, onPrevious, onNext, onClose, children }: StageProps) {
  const swipe = useSwipe({ onLeft: onNext, onRight: onPrevious, onDown: onClose });
  return (
    <div className={styles.stage} {...swipe}>
      {capture === undefined ? <NoCapture error={error} /> : <Content key={`${capture.id} ${capture.status}`} capture={capture} />}
      {children}
    </div>
  );
}

function NoCapture({ error }: { error: Error | null }) {
  if (error === null) return <p className={styles.note}>Loading…</p>;
  const gone = error instanceof ApiError && error.status === 404;
  return <p className={styles.note}>{gone ? 'This capture is no longer there. It may have been deleted.' : messageOf(error)}</p>;
}

function Content({ capture }: { capture: Capture }) {
  const [failed, setFailed] = useState(false);
  if (capture.status === 'pending') {
    return (
      <div className={styles.note}>
        <CaptureProgress capture={capture} />
        <CancelButton capture={capture} />
      </div>
    );
  }
  if (capture.status === 'failed') {
    return (
      <div className={styles.note}>
        <Icon name="alert" />
        <p>{capture.error_message ?? `The ${typeLabel(capture).toLowerCase()} failed.`}</p>
        <button type="button" className="button" onClick={() => void retry(capture)}>
          <Icon name="retry" /> Retry
        </button>
      </div>
    );
  }
  if (failed) {
    return (
      <p className={styles.note}>
        {capture.capture_type === 'clip'
          ? 'This browser cannot play the clip. Download it to play it elsewhere.'
          : 'The image cannot be loaded.'}
      </p>
    );
  }
  if (capture.capture_type === 'clip') {
    return (
      <video
        src={capture.file_url}
        poster={capture.thumbnail_url ?? undefined}
        controls
        playsInline
        autoPlay
        preload="metadata"
        onError={() => setFailed(true)}
        aria-label={`Clip of ${capture.media_title}`}
      />
    );
  }
  return <ScreenshotImage capture={capture} onError={() => setFailed(true)} />;
}

/** The thumbnail is shown at once; the full image covers it when it has loaded. */
function ScreenshotImage({ capture, onError }: { capture: Capture; onError: () => void }) {
  const what = `Screenshot of ${capture.media_title} at ${formatPosition(capture.timestamp_seconds)}`;
  const size = { width: capture.width ?? undefined, height: capture.height ?? undefined };
  return (
    <div className={styles.image}>
      {capture.thumbnail_url !== null && <img src={capture.thumbnail_url} alt="" {...size} />}
      <img src={capture.file_url} alt={what} draggable={false} onError={onError} {...size} />
    </div>
  );
}
