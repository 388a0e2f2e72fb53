import { afterEach, expect, it, vi } from 'vitest';
import { openItem, registerViews } from '../../router';
import { openCapture } from './openCapture';

vi.mock(import('../../router'), async (original) => ({ ...(await original()), openItem: vi.fn() }));

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['', 'now'],
  ['#now', 'now'],
  ['#gallery', 'gallery'],
  ['#gallery/b', 'gallery'],
  ['#rooms/7', 'gallery'],
])('opens a capture from "%s" over %s', (hash, view) => {
  registerViews(['now', 'gallery', 'rooms']);
  vi.stubGlobal('window', { location: { hash } });
  openCapture('a');
  expect(openItem).toHaveBeenLastCalledWith('a', view);
});
