// Numbers as people read them.

/** A position in a media file: 4:05, 1:02:03. Cut, not rounded, as players show it. */
export function formatPosition(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** A position in a media file for a screen reader: "1 hour 2 minutes 3 seconds". */
export function spellPosition(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const parts = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor((whole % 3600) / 60), 'minute'],
    [whole % 60, 'second'],
  ] as const;
  const said = parts.filter(([count], i) => count > 0 || (i === 2 && whole === 0));
  return said.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' ');
}

/** A length of time: 10 s, 1 min, 2 min 5 s. */
export function formatLength(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 10 && !Number.isInteger(seconds)) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return rest === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${rest} s`;
}

/** A file's size: 245 kB, 12.3 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** How far back the moment lies: "Now", "3.5 s ago". */
export function formatMoment(offsetSeconds: number): string {
  return offsetSeconds === 0 ? 'Now' : `${Math.abs(offsetSeconds)} s ago`;
}

/** How long ago: "just now", "5 min ago", "3 h ago", "2 days ago". */
export function formatAge(iso: string, nowMs: number): string {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return '';
  const minutes = Math.floor((nowMs - then) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${count(Math.floor(minutes / (24 * 60)), 'day')} ago`;
}

/** How long ago where that is hours, else the time of day; for lists that have the day as their heading. */
export function formatAgeWithinDay(iso: string, nowMs: number): string {
  const then = Date.parse(iso);
  if (nowMs - then < 12 * 3_600_000) return formatAge(iso, nowMs);
  return Number.isNaN(then) ? '' : new Date(then).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** "Today", "Yesterday", or the date, in this device's time zone. */
export function formatDay(iso: string, nowMs: number): string {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return 'Undated';
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  // Rounded, since a day is 23 or 25 hours long when the clocks change.
  const days = Math.round((midnight(new Date(nowMs)) - midnight(then)) / 86_400_000);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return then.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** Facts side by side, "2013 · Anna · TV", without those that are missing. A line never begins with the dot. */
export function joinFacts(facts: readonly (string | number | null)[]): string {
  return facts.filter((fact) => fact !== null && fact !== '').join('\u00a0· ');
}

/** "1 capture", "3 captures". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
