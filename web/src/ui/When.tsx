import type { EpochMs } from '../api/types';
import { date, dateTime, minute } from '../format/time';

/** A time in the city, as `2026-11-23 14:03`; hovering and machines get it whole. */
export function When({ at, precise = 'minute' }: { at: EpochMs; precise?: 'day' | 'minute' | 'second' }) {
  const text = precise === 'day' ? date(at) : precise === 'minute' ? minute(at) : dateTime(at);
  return (
    <time className="when" dateTime={new Date(at).toISOString()} title={dateTime(at)}>
      {text}
    </time>
  );
}
