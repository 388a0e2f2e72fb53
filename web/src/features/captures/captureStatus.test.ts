import { describe, expect, it } from 'vitest';
import type { Capture } from '../../api/types';
import { tileImage } from './captureStatus';

const capture = (fields: Partial<Capture>) => ({ capture_type: 'screenshot', file_url: '/f', thumbnail_url: null, ...fields }) as Capture;

describe('tileImage', () => {
  it('is the thumbnail', () => {
    expect(tileImage(capture({ thumbnail_url: '/t' }))).toBe('/t');
    expect(tileImage(capture({ capture_type: 'clip', thumbnail_url: '/t' }))).toBe('/t');
  });

  it('is the screenshot itself if it has none, and nothing for a clip', () => {
    expect(tileImage(capture({}))).toBe('/f');
    expect(tileImage(capture({ capture_type: 'clip' }))).toBeNull();
  });
});
