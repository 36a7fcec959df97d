/**
 * Everything the page knows, as one immutable value, and how answers and live events change it.
 * Pure: no network, no clock; the time is passed in.
 */
import type { Problem } from '../api/client';
import type {
  Blacklist, Carrier, CarrierList, Centi, Claim, ClaimEvent, ClaimList, Clue, ClueCounts, ClueList, EpochMs, MapFeatures, Moves, Sight, Truck, TruckList,
} from '../api/types';
import type { StreamState } from './stream';

/** Data that has to be fetched. `stale`: a later fetch failed; the value is the one before. */
export type Loadable<T> =
  | { kind: 'loading' }
  | { kind: 'failed'; problem: Problem }
  | { kind: 'ready'; value: T; stale: Problem | null };

export interface Clues {
  by_id: ReadonlyMap<string, Clue>;
  counts: ClueCounts;
}

/** A score that changed while the page was open. */
export interface ScoreChange {
  by_centi: Centi;
  at: EpochMs;
}

export interface Model {
  stream: StreamState;
  /** When the newest truck data was made, by the service's clock. */
  as_of: EpochMs | null;
  /** The service's clock minus this machine's. */
  clock_offset_ms: number;
  trucks: Loadable<ReadonlyMap<string, Truck>>;
  clues: Loadable<Clues>;
  carriers: Loadable<ReadonlyMap<string, Carrier>>;
  blacklist: Loadable<Blacklist>;
  fences: Loadable<MapFeatures>;
  /** How many trucks there are; of a very big fleet `trucks` holds only the worst, and the map asks for its window. */
  fleet: { total: number; streamed: boolean } | null;
  /** Who works on which clue. */
  claims: Loadable<ReadonlyMap<string, Claim>>;
  score_changes: ReadonlyMap<string, ScoreChange>;
}

export const EMPTY: Model = {
  stream: { kind: 'connecting' },
  as_of: null,
  clock_offset_ms: 0,
  trucks: { kind: 'loading' },
  clues: { kind: 'loading' },
  carriers: { kind: 'loading' },
  blacklist: { kind: 'loading' },
  fences: { kind: 'loading' },
  fleet: null,
  claims: { kind: 'loading' },
  score_changes: new Map(),
};

/** Clues kept in the page; the oldest decided ones are let go first, and never a pending one before them. */
export const CLUES_KEPT_MAX = 1_000;
/** A changed score stays marked this long. */
export const SCORE_CHANGE_SHOWN_MS = 30_000;

export function ready<T>(value: T): Loadable<T> {
  return { kind: 'ready', value, stale: null };
}

/** A fetch failed: what was there before stays, marked; nothing before is a failure shown as such. */
export function failed<T>(before: Loadable<T>, problem: Problem): Loadable<T> {
  return before.kind === 'ready' ? { ...before, stale: problem } : { kind: 'failed', problem };
}

/** All trucks, freshly fetched. */
export function withTruckList(model: Model, list: TruckList, now_ms: EpochMs): Model {
  const trucks = new Map(list.trucks.map((truck) => [truck.plate, truck]));
  return { ...model, trucks: ready(trucks), as_of: list.as_of, clock_offset_ms: list.as_of - now_ms };
}

/** Trucks that changed. A report older than the one shown changes nothing. */
export function withChangedTrucks(model: Model, list: TruckList, now_ms: EpochMs): Model {
  if (model.trucks.kind !== 'ready') return model;
  const trucks = new Map(model.trucks.value);
  for (const truck of list.trucks) {
    const shown = trucks.get(truck.plate)?.last?.time ?? Number.NEGATIVE_INFINITY;
    if (truck.last === null || truck.last.time >= shown) trucks.set(truck.plate, truck);
  }
  return { ...model, trucks: ready(trucks), as_of: Math.max(model.as_of ?? 0, list.as_of), clock_offset_ms: list.as_of - now_ms };
}

/** Trucks that only drove on. One that the page does not hold is passed over: its whole row came or will come. */
export function withMoves(model: Model, { moves, as_of }: Moves, now_ms: EpochMs): Model {
  if (model.trucks.kind !== 'ready') return model;
  const trucks = new Map(model.trucks.value);
  for (const [plate, time, lon, lat, speed_kmh, course_deg] of moves) {
    const truck = trucks.get(plate);
    if (truck?.last == null || time < truck.last.time) continue;
    trucks.set(plate, { ...truck, last: { ...truck.last, time, lon, lat, speed_kmh, course_deg } });
  }
  return { ...model, trucks: ready(trucks), as_of: Math.max(model.as_of ?? 0, as_of), clock_offset_ms: as_of - now_ms };
}

/** How big the fleet is, and of one that is not streamed the worst trucks. */
export function withFleet(model: Model, { total, streamed, listed, as_of }: Sight, now_ms: EpochMs): Model {
  const next = { ...model, fleet: { total, streamed } };
  return streamed ? next : withTruckList(next, { trucks: listed, as_of }, now_ms);
}

/** The claims that hold, freshly fetched. */
export function withClaims(model: Model, { claims }: ClaimList): Model {
  return { ...model, claims: ready(new Map(claims.map((claim) => [claim.clue, claim]))) };
}

/** A clue was claimed, handed over or given back. */
export function withClaim(model: Model, { clue, claim }: ClaimEvent): Model {
  if (model.claims.kind !== 'ready') return model;
  const claims = new Map(model.claims.value);
  if (claim === null) claims.delete(clue);
  else claims.set(clue, claim);
  return { ...model, claims: ready(claims) };
}

/** Clues freshly fetched: the pending ones and the newest of all. The counts are the service's. */
export function withClueLists(model: Model, pending: ClueList, newest: ClueList): Model {
  const by_id = new Map([...newest.clues, ...pending.clues].map((clue) => [clue.id, clue]));
  return { ...model, clues: ready({ by_id: bounded(by_id), counts: newest.counts }) };
}

/** One clue was opened, amended, decided or withdrawn. */
export function withClue(model: Model, clue: Clue): Model {
  if (model.clues.kind !== 'ready') return model;
  const before = model.clues.value.by_id.get(clue.id);
  const counts = { ...model.clues.value.counts };
  if (before !== undefined) counts[before.state] = Math.max(0, counts[before.state] - 1);
  counts[clue.state] += 1;
  const by_id = new Map(model.clues.value.by_id).set(clue.id, clue);
  // A decision ends the claim.
  const freed = clue.state === 'pending' ? model : withClaim(model, { clue: clue.id, claim: null });
  return { ...freed, clues: ready({ by_id: bounded(by_id), counts }) };
}

function bounded(by_id: Map<string, Clue>): Map<string, Clue> {
  if (by_id.size <= CLUES_KEPT_MAX) return by_id;
  const oldest_decided_last = [...by_id.values()].sort(
    (a, b) => Number(b.state === 'pending') - Number(a.state === 'pending') || b.opened_at - a.opened_at,
  );
  return new Map(oldest_decided_last.slice(0, CLUES_KEPT_MAX).map((clue) => [clue.id, clue]));
}

/** All carriers, freshly fetched; scores that differ from those shown count as changes. */
export function withCarrierList(model: Model, list: CarrierList, now_ms: EpochMs): Model {
  const carriers = new Map(list.carriers.map((carrier) => [carrier.uscc, carrier]));
  return { ...model, carriers: ready(carriers), score_changes: changes(model, list.carriers, now_ms) };
}

/** One carrier's row changed. */
export function withCarrier(model: Model, carrier: Carrier, now_ms: EpochMs): Model {
  if (model.carriers.kind !== 'ready') return model;
  const carriers = new Map(model.carriers.value).set(carrier.uscc, carrier);
  return { ...model, carriers: ready(carriers), score_changes: changes(model, [carrier], now_ms) };
}

function changes(model: Model, rows: Carrier[], now_ms: EpochMs): ReadonlyMap<string, ScoreChange> {
  if (model.carriers.kind !== 'ready') return model.score_changes;
  const result = new Map([...model.score_changes].filter(([, c]) => now_ms - c.at < SCORE_CHANGE_SHOWN_MS));
  for (const row of rows) {
    const before = model.carriers.value.get(row.uscc);
    if (before !== undefined && before.score_centi !== row.score_centi) {
      result.set(row.uscc, { by_centi: row.score_centi - before.score_centi, at: now_ms });
    }
  }
  return result;
}
