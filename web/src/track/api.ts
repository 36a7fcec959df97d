/** A stretch of a truck's history, as the review and the replay draw it. */
import { type Decoder, flag, integer, latitude, list, longitude, number, object, optional, time, word } from '../api/decode';
import { type EpochMs, FIXES, type FixKind, LIDS, type Lid, type Load, LOADS } from '../api/types';

export interface Fix {
  time: EpochMs;
  lat: number;
  lon: number;
  speed_kmh: number | null;
  course_deg: number | null;
  fix: FixKind | null;
  load: Load | null;
  lid: Lid | null;
}
export interface History {
  from: EpochMs;
  to: EpochMs;
  /** Fixes in the stretch before any was left out. */
  fixes: number;
  truncated: boolean;
  /** Newer reports may be missing. */
  behind: boolean;
  points: Fix[];
}
export const history: Decoder<History> = object<History>({
  from: time,
  to: time,
  fixes: integer,
  truncated: flag,
  behind: flag,
  points: list(
    object<Fix>({
      time,
      lat: latitude,
      lon: longitude,
      speed_kmh: optional(number),
      course_deg: optional(number),
      fix: optional(word(FIXES)),
      load: optional(word(LOADS)),
      lid: optional(word(LIDS)),
    }),
  ),
});

/** The address of a stretch; with `simplify_m` fixes on a straight line are left out. */
export function historyPath(plate: string, from: EpochMs, to: EpochMs, simplify_m: number | null = null): string {
  const query = new URLSearchParams({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    fields: 'speed_kmh,course_deg,fix,load,lid',
  });
  if (simplify_m !== null) query.set('simplify_m', String(simplify_m));
  return `/api/v1/trucks/${encodeURIComponent(plate)}/history?${query.toString()}`;
}
