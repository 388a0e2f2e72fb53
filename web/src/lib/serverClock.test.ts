import { describe, expect, it } from 'vitest';
import { SAMPLE_AGE_MS_MAX, ServerClock } from './serverClock';

const NOON = Date.parse('2026-02-18T12:00:00.000Z');
const iso = (ms: number) => new Date(ms).toISOString();

describe('the server clock', () => {
  it('is unknown before the first answer', () => {
    expect(new ServerClock().offset(NOON)).toBeNull();
    expect(new ServerClock().isoTime(NOON)).toBeUndefined();
  });

  it('takes the middle of the round trip for the moment the server looked at its clock', () => {
    const clock = new ServerClock();
    clock.observe(iso(NOON + 5020), NOON, NOON + 40);
    expect(clock.offset(NOON + 40)).toBe(5000);
    expect(clock.isoTime(NOON + 1000)).toBe(iso(NOON + 6000));
  });

  it('believes the quickest round trip', () => {
    const clock = new ServerClock();
    clock.observe(iso(NOON + 100), NOON, NOON + 800);
    clock.observe(iso(NOON + 1010), NOON + 1000, NOON + 1020);
    clock.observe(iso(NOON + 2100), NOON + 2000, NOON + 2600);
    expect(clock.offset(NOON + 3000)).toBe(0);
  });

  it('does not time a tap by a round trip of more than a second', () => {
    const clock = new ServerClock();
    clock.observe(iso(NOON), NOON, NOON + 1001);
    expect(clock.offset(NOON + 1001)).toBeNull();
  });

  it('forgets what it knew when the device clock was set', () => {
    const clock = new ServerClock();
    clock.observe(iso(NOON), NOON, NOON + 2);
    clock.observe(iso(NOON + 10_000), NOON - 3_590_000, NOON - 3_590_000 + 100);
    expect(clock.offset(NOON - 3_589_000)).toBe(3_599_950);
  });

  it('does not trust an old measurement', () => {
    const clock = new ServerClock();
    clock.observe(iso(NOON), NOON, NOON);
    expect(clock.offset(NOON + SAMPLE_AGE_MS_MAX)).toBe(0);
    expect(clock.offset(NOON + SAMPLE_AGE_MS_MAX + 1)).toBeNull();
  });

  it('ignores a time it cannot read', () => {
    const clock = new ServerClock();
    clock.observe('soon', NOON, NOON);
    expect(clock.offset(NOON)).toBeNull();
  });
});
