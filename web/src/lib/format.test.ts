import { describe, expect, it } from 'vitest';
import { count, formatAge, formatAgeWithinDay, formatBytes, formatDay, formatLength, formatMoment, formatPosition, joinFacts, spellPosition } from './format';

describe('numbers as people read them', () => {
  it.each([
    [0, '0:00'],
    [59.99, '0:59'],
    [245, '4:05'],
    [3723, '1:02:03'],
    [36000, '10:00:00'],
    [-3, '0:00'],
    [Number.NaN, '0:00'],
  ])('shows the position %s as %s', (seconds, text) => {
    expect(formatPosition(seconds)).toBe(text);
  });

  it.each([
    [0, '0 seconds'],
    [61, '1 minute 1 second'],
    [3600, '1 hour'],
    [7384, '2 hours 3 minutes 4 seconds'],
  ])('spells the position %s as %s', (seconds, text) => {
    expect(spellPosition(seconds)).toBe(text);
  });

  it.each([
    [0.5, '0.5 s'],
    [9.96, '10 s'],
    [32.96, '33 s'],
    [59.6, '1 min'],
    [60, '1 min'],
    [125.2, '2 min 5 s'],
  ])('shows the length %s as %s', (seconds, text) => {
    expect(formatLength(seconds)).toBe(text);
  });

  it.each([
    [12, '12 B'],
    [245_000, '245 kB'],
    [999_600, '1.0 MB'],
    [12_345_678, '12 MB'],
    [3_200_000_000, '3.2 GB'],
  ])('shows %s bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('says how far back a moment lies', () => {
    expect(formatMoment(0)).toBe('Now');
    expect(formatMoment(-3.5)).toBe('3.5 s ago');
  });

  it('joins the facts that there are', () => {
    expect(joinFacts([2013, null, 'Anna', ''])).toBe('2013\u00a0· Anna');
    expect(joinFacts([])).toBe('');
  });

  it('counts with the right plural', () => {
    expect(count(1, 'capture')).toBe('1 capture');
    expect(count(0, 'capture')).toBe('0 captures');
  });
});

describe('times of day', () => {
  const now = new Date(2026, 1, 18, 12, 0, 0).getTime();
  const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

  it('says how long ago', () => {
    expect(formatAge(ago(0.5), now)).toBe('just now');
    expect(formatAge(ago(-1), now)).toBe('just now');
    expect(formatAge(ago(5), now)).toBe('5 min ago');
    expect(formatAge(ago(180), now)).toBe('3 h ago');
    expect(formatAge(ago(3 * 24 * 60), now)).toBe('3 days ago');
    expect(formatAge('?', now)).toBe('');
  });

  it('says the time of day where the heading says the day', () => {
    expect(formatAgeWithinDay(ago(5), now)).toBe('5 min ago');
    expect(formatAgeWithinDay(ago(30 * 60 + 5), now)).toMatch(/5:55/);
    expect(formatAgeWithinDay('?', now)).toBe('');
  });

  it('names the days by the calendar, not by hours', () => {
    expect(formatDay(ago(11 * 60), now)).toBe('Today');
    expect(formatDay(ago(13 * 60), now)).toBe('Yesterday');
    expect(formatDay(ago(37 * 60), now)).toContain('2026');
    expect(formatDay('?', now)).toBe('Undated');
  });
});
