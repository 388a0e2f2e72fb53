import { describe, expect, it } from 'vitest';
import { EXTRAPOLATION_SECONDS_MAX, playedFraction, positionNow } from './position';

const SEEN = Date.parse('2026-02-18T12:00:00.000Z');
const playing = { state: 'playing', position_seconds: 100, position_at: '2026-02-18T12:00:00.000Z', duration_seconds: 200 } as const;

describe('the position now', () => {
  it('moves on while playing', () => {
    expect(positionNow(playing, SEEN + 2500)).toBe(102.5);
  });

  it('stands still while paused or buffering', () => {
    expect(positionNow({ ...playing, state: 'paused' }, SEEN + 2500)).toBe(100);
    expect(positionNow({ ...playing, state: 'buffering' }, SEEN + 2500)).toBe(100);
  });

  it('stands still when the server clock is not known', () => {
    expect(positionNow(playing, null)).toBe(100);
  });

  it('never runs backwards or past the end', () => {
    expect(positionNow(playing, SEEN - 5000)).toBe(100);
    expect(positionNow({ ...playing, duration_seconds: 101 }, SEEN + 5000)).toBe(101);
  });

  it('does not go on guessing for ever', () => {
    expect(positionNow({ ...playing, duration_seconds: null }, SEEN + 3_600_000)).toBe(100 + EXTRAPOLATION_SECONDS_MAX);
  });

  it('survives a time it cannot read', () => {
    expect(positionNow({ ...playing, position_at: '' }, SEEN)).toBe(100);
  });
});

describe('the played part', () => {
  it('is between nothing and all', () => {
    expect(playedFraction(50, 200)).toBe(0.25);
    expect(playedFraction(300, 200)).toBe(1);
    expect(playedFraction(-1, 200)).toBe(0);
  });

  it('is unknown without a length', () => {
    expect(playedFraction(50, null)).toBeNull();
    expect(playedFraction(50, 0)).toBeNull();
  });
});
