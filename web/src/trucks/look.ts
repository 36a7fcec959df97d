/** How a truck is shown: which shape and colour, and whether what is known of it is old. Pure. */
import type { EpochMs, Truck, TruckState } from '../api/types';

/** A report older than this is greyed: moving trucks report every 10 s, parked ones every 60 s. */
export const STALE_AFTER_S = 120;
/** Below this speed a course is noise, and the truck is drawn without a direction. */
export const COURSE_FROM_KMH = 2;

/** Seconds since the truck's newest report, by the service's clock; `null` when there is none. */
export function ageSeconds(truck: Truck, now_ms: EpochMs): number | null {
  return truck.last === null ? null : Math.max(0, (now_ms - truck.last.time) / 1000);
}

export function isStale(truck: Truck, now_ms: EpochMs): boolean {
  const age_s = ageSeconds(truck, now_ms);
  return age_s !== null && age_s > STALE_AFTER_S;
}

/** One shape per state, so that no state is told by colour alone. */
export type Shape = TruckState | 'stale';

export function shapeOf(truck: Truck, now_ms: EpochMs): Shape {
  if (truck.state === 'normal' && isStale(truck, now_ms)) return 'stale';
  return truck.state;
}

/** Course in degrees, where one is known and means something. */
export function directionOf(truck: Truck): number | null {
  const last = truck.last;
  if (last === null || last.fix === 'none' || last.course_deg === null) return null;
  return (last.speed_kmh ?? 0) >= COURSE_FROM_KMH ? last.course_deg : null;
}

export const STATE_COLOUR: Record<Shape, string> = {
  clue: '#b3261e',
  normal: '#0b5cad',
  offline: '#56606b',
  stale: '#56606b',
  silent: '#56606b',
};

/** Worst first: trucks with a clue, then those not heard of, then the normal; each by plate. */
const STATE_ORDER: Record<TruckState, number> = { clue: 0, offline: 1, silent: 2, normal: 3 };
export function worstFirst(a: Truck, b: Truck): number {
  return STATE_ORDER[a.state] - STATE_ORDER[b.state] || (a.plate < b.plate ? -1 : a.plate > b.plate ? 1 : 0);
}
