// The gallery's headings: captures of one day under one.
import type { Capture } from '../../api/types';
import { formatDay } from '../../lib/format';

export interface DayGroup {
  day: string;
  captures: Capture[];
}

/** Keeps the order; `captures` are newest first. */
export function groupByDay(captures: Capture[], nowMs: number): DayGroup[] {
  const groups: DayGroup[] = [];
  for (const capture of captures) {
    const day = formatDay(capture.created_at, nowMs);
    const last = groups.at(-1);
    if (last?.day === day) last.captures.push(capture);
    else groups.push({ day, captures: [capture] });
  }
  return groups;
}
