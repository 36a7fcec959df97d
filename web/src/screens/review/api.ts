/** What a clue is decided by, fetched ahead: the next item is there before it is asked for. */
import { useEffect, useState } from 'react';
import { asProblem, get } from '../../api/client';
import { type Decoder, flag, integer, list, number, object, optional, text, time } from '../../api/decode';
import { type Clue, clueWithHistory, type ClueWithHistory, type EpochMs } from '../../api/types';
import { failed, type Loadable, ready } from '../../live/model';
import { type History, history, historyPath } from '../../track/api';

export interface RuleText {
  code: string;
  name_zh: string;
  name_en: string;
  version: string;
  valid_from: string;
  valid_to: string | null;
  legal_basis: string[];
  source: string;
  evidence_zh: string[];
  evidence_en: string[];
  note_zh: string;
  note_en: string;
}
export interface PermitText {
  number: string;
  carrier: string;
  trucks: number;
  has_this_truck: boolean;
  legs: { source: string; sink: string; route: string | null }[];
  waste_class: string;
  volume_m3: number;
  valid_from: EpochMs;
  valid_until: EpochMs;
  hours: { days: string[]; from: string; to: string }[];
  held: boolean;
  zone_passes: string[];
}
export interface Review {
  clue: ClueWithHistory;
  rule: RuleText | null;
  permit: PermitText | null;
}
export const review: Decoder<Review> = object<Review>({
  clue: clueWithHistory,
  rule: optional(
    object<RuleText>({
      code: text,
      name_zh: text,
      name_en: text,
      version: text,
      valid_from: text,
      valid_to: optional(text),
      legal_basis: list(text),
      source: text,
      evidence_zh: list(text),
      evidence_en: list(text),
      note_zh: text,
      note_en: text,
    }),
  ),
  permit: optional(
    object<PermitText>({
      number: text,
      carrier: text,
      trucks: integer,
      has_this_truck: flag,
      legs: list(object({ source: text, sink: text, route: optional(text) })),
      waste_class: text,
      volume_m3: number,
      valid_from: time,
      valid_until: time,
      hours: list(object({ days: list(text), from: text, to: text })),
      held: flag,
      zone_passes: list(text),
    }),
  ),
});
export const colleagues = object<{ names: string[] }>({ names: list(text) });

/** How much of the track is shown before and after the finding. */
const AROUND_MS = 3 * 60_000;

export interface Item {
  review: Review;
  track: History;
}
interface Kept {
  /** Of which state of the clue this is. */
  version: string;
  data: Loadable<Item>;
  waiting: Promise<void>;
}
/** Items kept; the oldest go first. */
const KEPT_MAX = 24;
const kept = new Map<string, Kept>();

function versionOf({ id, state, start, end }: Clue): string {
  return `${id} ${state} ${start} ${end}`;
}

/** The stretch of time an item shows. */
export function stretchOf(clue: Clue): { from: EpochMs; to: EpochMs } {
  return { from: clue.start - AROUND_MS, to: Math.max(clue.end, clue.start) + AROUND_MS };
}

/** Fetches an item, unless it is there or under way. */
export function preload(clue: Clue): Kept {
  const version = versionOf(clue);
  const known = kept.get(clue.id);
  if (known?.version === version && known.data.kind !== 'failed') return known;
  const { from, to } = stretchOf(clue);
  const entry: Kept = { version, data: { kind: 'loading' }, waiting: Promise.resolve() };
  entry.waiting = Promise.all([
    get(`/api/v1/clues/${encodeURIComponent(clue.id)}/review`, review),
    get(historyPath(clue.plate, from, to), history),
  ]).then(
    ([of_clue, track]) => void (entry.data = ready({ review: of_clue, track })),
    (thrown: unknown) => void (entry.data = failed({ kind: 'loading' }, asProblem(thrown))),
  );
  kept.delete(clue.id);
  kept.set(clue.id, entry);
  for (const id of kept.keys()) {
    if (kept.size <= KEPT_MAX) break;
    kept.delete(id);
  }
  return entry;
}

/** An item; those in `ahead` are fetched after it. The second value tries again. */
export function useItem(clue: Clue | null, ahead: readonly Clue[]): [Loadable<Item>, () => void] {
  const [, redraw] = useState(0);
  const version = clue === null ? '' : versionOf(clue);
  const known = clue === null ? undefined : kept.get(clue.id);
  const data: Loadable<Item> = known !== undefined && known.version === version ? known.data : { kind: 'loading' };
  useEffect(() => {
    if (clue === null) return;
    let gone = false;
    const entry = preload(clue);
    void entry.waiting.then(() => {
      if (!gone) redraw((n) => n + 1);
    });
    return () => {
      gone = true;
    };
  }, [version]);
  const next = ahead.map(versionOf).join('|');
  useEffect(() => {
    for (const other of ahead) preload(other);
  }, [next]);
  const retry = () => {
    if (clue === null) return;
    kept.delete(clue.id);
    void preload(clue).waiting.then(() => redraw((n) => n + 1));
    redraw((n) => n + 1);
  };
  return [data, retry];
}
