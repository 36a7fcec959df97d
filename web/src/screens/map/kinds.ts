/** What trucks are looked for by, and in which order they are listed. Pure; the service sorts a very big fleet the same way. */
import { type Kind, KINDS, type Truck } from '../../api/types';
import { plateMatches } from '../../format/plate';

const OF_RULE: Readonly<Record<string, Kind>> = {
  'UW-01': 'no_permit',
  'UW-02': 'no_permit',
  'UW-05': 'no_permit',
  'DP-01': 'no_permit',
  'DP-02': 'no_permit',
  'RT-01': 'off_route',
  'RT-02': 'off_route',
  'RT-03': 'off_route',
  'TR-02': 'speeding',
  'SE-01': 'uncovered',
};
const RANK = Object.fromEntries(KINDS.map((kind, i) => [kind, i])) as Record<Kind, number>;

/** The gravest of a truck's pending clues, else how it stands. */
export function kindOf({ state, rules }: Pick<Truck, 'state' | 'rules'>): Kind {
  let kind: Kind = state === 'offline' ? 'offline' : state === 'silent' ? 'silent' : 'normal';
  for (const rule of rules) {
    const of_rule = OF_RULE[rule.slice(0, 5)] ?? 'other';
    if (RANK[of_rule] < RANK[kind]) kind = of_rule;
  }
  return kind;
}

export function countsOf(trucks: Iterable<Truck>): Record<Kind, number> {
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (const truck of trucks) counts[kindOf(truck)] += 1;
  return counts;
}

/** Trucks that fit, the worst first, each kind by plate. */
export function worstFirst(trucks: Iterable<Truck>, kind: Kind | null, typed: string): Truck[] {
  const fitting: { truck: Truck; rank: number }[] = [];
  for (const truck of trucks) {
    const of_truck = kindOf(truck);
    if ((kind === null || kind === of_truck) && plateMatches(truck.plate, typed)) fitting.push({ truck, rank: RANK[of_truck] });
  }
  fitting.sort((a, b) => a.rank - b.rank || (a.truck.plate < b.truck.plate ? -1 : 1));
  return fitting.map(({ truck }) => truck);
}
