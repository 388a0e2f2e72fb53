// The page's icons, drawn on a 24 × 24 grid in the text's colour. They decorate; the words beside them say what they mean.
import type { ReactNode } from 'react';

export type IconName = keyof typeof SHAPES;

const SHAPES = {
  camera: (
    <>
      <path d="M4 8h3l1.6-2.4h6.8L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z" />
      <circle cx="12" cy="13.2" r="3.4" />
    </>
  ),
  clip: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="1.5" />
      <path d="M7.5 5v14M16.5 5v14M3 9.7h4.5M3 14.3h4.5M16.5 9.7H21M16.5 14.3H21" />
    </>
  ),
  screen: (
    <>
      <rect x="3" y="4.5" width="18" height="12.5" rx="1.5" />
      <path d="M8.5 20.5h7M12 17v3.5M10.5 8.2v5l4.2-2.5Z" />
    </>
  ),
  grid: (
    <>
      <rect x="3.5" y="3.5" width="7" height="7" rx="1.2" />
      <rect x="13.5" y="3.5" width="7" height="7" rx="1.2" />
      <rect x="3.5" y="13.5" width="7" height="7" rx="1.2" />
      <rect x="13.5" y="13.5" width="7" height="7" rx="1.2" />
    </>
  ),
  play: <path d="M8 5.5v13l10.5-6.5Z" fill="currentColor" />,
  pause: <path d="M8.5 6v12M15.5 6v12" />,
  download: <path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M4.5 19.5h15" />,
  link: (
    <path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.6-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.6 5.7l1.3-1.3" />
  ),
  share: <path d="M12 15V3.5m0 0L8 7.5m4-4 4 4M7 11H5.5v9h13v-9H17" />,
  trash: <path d="M4.5 6.5h15M9.5 6.5V4h5v2.5M6.5 6.5l.8 13h9.4l.8-13M10.2 10v6M13.8 10v6" />,
  close: <path d="m5.5 5.5 13 13M18.5 5.5l-13 13" />,
  left: <path d="m14.5 5-7 7 7 7" />,
  right: <path d="m9.5 5 7 7-7 7" />,
  down: <path d="m6 9.5 6 6 6-6" />,
  retry: <path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9m0-5v5h-5" />,
  alert: <path d="M12 9.5v5M12 17.4v.2M12 3.8 2.8 20h18.4Z" />,
  server: (
    <>
      <rect x="3.5" y="4" width="17" height="6.5" rx="1.5" />
      <rect x="3.5" y="13.5" width="17" height="6.5" rx="1.5" />
      <path d="M7 7.3h.1M7 16.7h.1" />
    </>
  ),
  offline: <path d="M3 3.5l18 17M5 12.5a10 10 0 0 1 4-2.4M2.5 9a14 14 0 0 1 4-2.5M19 12.5a10 10 0 0 0-5.2-2.8M21.5 9A14 14 0 0 0 11 5.6M8.5 16a5 5 0 0 1 6.6-.3M12 19.5v.1" />,
} satisfies Record<string, ReactNode>;

export function Icon({ name, className }: { name: IconName; className?: string | undefined }) {
  return (
    <svg className={`icon ${className ?? ''}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {SHAPES[name]}
    </svg>
  );
}

/** The product's mark: a viewfinder around what is playing. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M4 11V6.5A2.5 2.5 0 0 1 6.5 4H11M21 4h4.5A2.5 2.5 0 0 1 28 6.5V11M28 21v4.5a2.5 2.5 0 0 1-2.5 2.5H21M11 28H6.5A2.5 2.5 0 0 1 4 25.5V21" />
      <path d="M12.5 10v12l10-6Z" className="mark-play" />
    </svg>
  );
}
