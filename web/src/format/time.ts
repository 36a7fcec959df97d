/** Times as people in the city read them: Asia/Shanghai, 24 hours, whatever the machine is set to. */
import type { EpochMs } from '../api/types';

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

function split(ms: EpochMs): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(ms).map((part) => [part.type, part.value]));
}

/** `14:03:22` */
export function clock(ms: EpochMs): string {
  const p = split(ms);
  return `${p['hour']}:${p['minute']}:${p['second']}`;
}

/** `2026-11-23` */
export function date(ms: EpochMs): string {
  const p = split(ms);
  return `${p['year']}-${p['month']}-${p['day']}`;
}

/** `2026-11-23 14:03:22` */
export function dateTime(ms: EpochMs): string {
  return `${date(ms)} ${clock(ms)}`;
}

/** `2026-11-23 14:03` */
export function minute(ms: EpochMs): string {
  return dateTime(ms).slice(0, 16);
}

/** From when to when; the second date only when it is another day. */
export function span(start: EpochMs, end: EpochMs): string {
  if (start === end) return dateTime(start);
  return `${dateTime(start)} – ${date(start) === date(end) ? clock(end) : dateTime(end)}`;
}
