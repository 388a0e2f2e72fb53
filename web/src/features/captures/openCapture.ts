import { openItem, parseRoute } from '../../router';

/** The views whose dialog is the viewer. */
const VIEWS_WITH_VIEWER = ['now', 'gallery'];

/** Opens a capture over the view that is shown; over the gallery where that view cannot show one. */
export function openCapture(id: string): void {
  const { view } = parseRoute(window.location.hash);
  openItem(id, VIEWS_WITH_VIEWER.includes(view) ? view : 'gallery');
}
