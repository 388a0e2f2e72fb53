// The table of views. A view is a folder in features/ and a line here. `React.lazy(() => import(…))` needs no import above, and
// keeps a large view out of the first download.
import * as React from 'react';
import { Gallery } from './features/captures/Gallery';
import { GalleryViewer, LatestViewer } from './features/captures/Viewer';
import { PendingBadge } from './features/captures/PendingBadge';
import { NowPlaying } from './features/sessions/NowPlaying';
import { PlayingBadge } from './features/sessions/PlayingBadge';
import { registerViews } from './router';
import type { IconName } from './ui/Icon';

export interface View {
  /** The fragment of its address. */
  id: string;
  /** Its name in the navigation and in the window's title. */
  label: string;
  icon: IconName;
  inNavigation: boolean;
  Component: React.ComponentType;
  /** A dialog over the view that shows one item, at "#<view>/<id>". */
  Dialog?: React.ComponentType<{ id: string }>;
  /** A number beside its label. */
  Badge?: React.ComponentType;
}

/** The first one is the default. */
export const VIEWS: readonly [View, ...View[]] = [
  { id: 'now', label: 'Now playing', icon: 'screen', inNavigation: true, Component: NowPlaying, Dialog: LatestViewer, Badge: PlayingBadge },
  { id: 'gallery', label: 'Gallery', icon: 'grid', inNavigation: true, Component: Gallery, Dialog: GalleryViewer, Badge: PendingBadge },
];

registerViews(VIEWS.map(({ id }) => id));

export function findView(id: string): View {
  return VIEWS.find((view) => view.id === id) ?? VIEWS[0];
}
