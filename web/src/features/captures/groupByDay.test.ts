import { expect, it } from 'vitest';
import type { Capture } from '../../api/types';
import { groupByDay } from './groupByDay';

it('puts the captures of one day under one heading', () => {
  const now = new Date(2026, 1, 18, 12).getTime();
  const hoursAgo = (h: number) => ({ id: String(h), created_at: new Date(now - h * 3_600_000).toISOString() }) as Capture;
  const groups = groupByDay([hoursAgo(0), hoursAgo(1), hoursAgo(14), hoursAgo(60)], now);
  expect(groups.map((group) => [group.day, group.captures.map((capture) => capture.id)]).slice(0, 2)).toEqual([
    ['Today', ['0', '1']],
    ['Yesterday', ['14']],
  ]);
  expect(groups[2]?.captures).toHaveLength(1);
  expect(groupByDay([], now)).toEqual([]);
});
