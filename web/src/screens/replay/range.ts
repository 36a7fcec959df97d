/** Stretches of time as people ask for them, in the city's time. Pure. */
import type { EpochMs } from '../../api/types';
import { dateTime } from '../../format/time';

export const PRESETS = ['hour', 'today', 'yesterday', 'day'] as const;
export type Preset = (typeof PRESETS)[number];
export interface Range {
  from: EpochMs;
  to: EpochMs;
}

/** Asia/Shanghai has had no summer time since 1991. */
const OFFSET = '+08:00';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const RANGE_MS_MAX = 31 * DAY_MS;

export function presetRange(preset: Preset, now_ms: EpochMs): Range {
  const midnight = Date.parse(`${dateTime(now_ms).slice(0, 10)}T00:00:00${OFFSET}`);
  switch (preset) {
    case 'hour':
      return { from: now_ms - HOUR_MS, to: now_ms };
    case 'today':
      return { from: midnight, to: now_ms };
    case 'yesterday':
      return { from: midnight - DAY_MS, to: midnight - 1000 };
    case 'day':
      return { from: now_ms - DAY_MS, to: now_ms };
  }
}

/** The local day a moment lies in. */
export function dayOf(at: EpochMs): Range {
  const from = Date.parse(`${dateTime(at).slice(0, 10)}T00:00:00${OFFSET}`);
  return { from, to: from + DAY_MS - 1000 };
}

/** For `<input type="datetime-local">`. */
export function toInput(at: EpochMs): string {
  return dateTime(at).replace(' ', 'T');
}

/** From `<input type="datetime-local">`; `null` of an unfinished one. */
export function fromInput(value: string): EpochMs | null {
  const ms = Date.parse(`${value.length === 16 ? `${value}:00` : value}${OFFSET}`);
  return Number.isNaN(ms) ? null : ms;
}

/** A range that can be asked for, or `null`. */
export function validRange(from: EpochMs | null, to: EpochMs | null): Range | null {
  if (from === null || to === null || from >= to || to - from > RANGE_MS_MAX) return null;
  return { from, to };
}
