// Swipes of one finger. Fingers on a video's controls, and on a page that is zoomed in, are not swipes.
import { useRef, type PointerEvent } from 'react';

const DISTANCE_PX_MIN = 50;
/** The strip at the bottom of a video where browsers draw the seek bar. */
const CONTROLS_PX = 90;

interface SwipeHandlers {
  onLeft: () => void;
  onRight: () => void;
  onDown: () => void;
}

export function useSwipe({ onLeft, onRight, onDown }: SwipeHandlers) {
  const start = useRef<{ id: number; x: number; y: number } | null>(null);

  function onPointerDown(event: PointerEvent) {
    start.current = null;
    if (event.pointerType !== 'touch' || !event.isPrimary || isZoomed() || isOnControls(event)) return;
    start.current = { id: event.pointerId, x: event.clientX, y: event.clientY };
  }

  function onPointerUp(event: PointerEvent) {
    const from = start.current;
    start.current = null;
    if (from === null || from.id !== event.pointerId || isZoomed()) return;
    const dx = event.clientX - from.x;
    const dy = event.clientY - from.y;
    if (Math.abs(dx) >= DISTANCE_PX_MIN && Math.abs(dx) > 1.5 * Math.abs(dy)) (dx < 0 ? onLeft : onRight)();
    else if (dy >= 2 * DISTANCE_PX_MIN && dy > 1.5 * Math.abs(dx)) onDown();
  }

  return { onPointerDown, onPointerUp, onPointerCancel: () => (start.current = null) };
}

function isZoomed(): boolean {
  return (window.visualViewport?.scale ?? 1) > 1.01;
}

function isOnControls(event: PointerEvent): boolean {
  if (!(event.target instanceof HTMLVideoElement)) return false;
  return event.clientY > event.target.getBoundingClientRect().bottom - CONTROLS_PX;
}
