/** Which alerts are listed, in what order, and where they lie. Pure. */
import type { Claim, Clue, MapFeature, Severity } from '../../api/types';
import { positionsOf } from '../../map/features';

export const WHOSE = ['all', 'free', 'mine'] as const;
export type Whose = (typeof WHOSE)[number];
export const ORDERS = ['severity', 'age', 'area'] as const;
export type Order = (typeof ORDERS)[number];

const SEVERITY_ORDER: Record<Severity, number> = { serious: 0, general: 1, minor: 2 };

/** A site or zone by which people name a place. */
export interface Landmark {
  name: string;
  lat: number;
  lon: number;
}

/** Middles of sites and zones. */
export function landmarksOf(fences: readonly MapFeature[]): Landmark[] {
  return fences.flatMap((fence) => {
    if (fence.layer !== 'site' && fence.layer !== 'zone') return [];
    const positions = [...positionsOf({ features: [fence] })];
    if (positions.length === 0) return [];
    const sum = positions.reduce(([a, b], [lon, lat]) => [a + lon, b + lat] as const, [0, 0] as const);
    return [{ name: fence.name, lon: sum[0] / positions.length, lat: sum[1] / positions.length }];
  });
}

/** The landmark nearest to a clue; `null` without any. */
export function areaOf(clue: Pick<Clue, 'lat' | 'lon'>, landmarks: readonly Landmark[]): string | null {
  const narrow = Math.cos((clue.lat * Math.PI) / 180);
  let nearest: string | null = null;
  let least = Infinity;
  for (const { name, lat, lon } of landmarks) {
    const distance = (lat - clue.lat) ** 2 + ((lon - clue.lon) * narrow) ** 2;
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

export interface Alert {
  clue: Clue;
  area: string | null;
  claim: Claim | null;
}

/** Pending clues that fit, in the order asked for; the id settles a tie, so that rows never jump. */
export function queue(
  clues: Iterable<Clue>,
  claims: ReadonlyMap<string, Claim>,
  landmarks: readonly Landmark[],
  asked: { whose: Whose; order: Order; area: string | null; me: string },
): Alert[] {
  const alerts: Alert[] = [];
  for (const clue of clues) {
    if (clue.state !== 'pending') continue;
    const claim = claims.get(clue.id) ?? null;
    if (asked.whose === 'free' && claim !== null) continue;
    if (asked.whose === 'mine' && claim?.by !== asked.me) continue;
    const area = areaOf(clue, landmarks);
    if (asked.area !== null && area !== asked.area) continue;
    alerts.push({ clue, area, claim });
  }
  const by: Record<Order, (a: Alert, b: Alert) => number> = {
    severity: (a, b) => SEVERITY_ORDER[a.clue.severity] - SEVERITY_ORDER[b.clue.severity],
    age: () => 0,
    area: (a, b) => (a.area ?? '').localeCompare(b.area ?? '', 'zh-CN'),
  };
  return alerts.sort((a, b) => by[asked.order](a, b) || a.clue.opened_at - b.clue.opened_at || (a.clue.id < b.clue.id ? -1 : 1));
}
