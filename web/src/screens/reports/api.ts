import { type Decoder, flag, integer, list, object, optional, text } from '../../api/decode';

export interface Counts {
  hauls: number;
  clues: number;
  pending: number;
  confirmed: number;
  rejected: number;
  points_centi: number;
}
const shape = { hauls: integer, clues: integer, pending: integer, confirmed: integer, rejected: integer, points_centi: integer };

export interface Row extends Counts {
  key: string;
  name: string;
}
export interface DaySeen extends Counts {
  day: string;
  trucks: number;
  trucks_online: number;
  data: string;
}
export interface Statistics {
  from: string;
  to: string;
  total: Counts;
  days: DaySeen[];
  rows: Row[];
}
export const statistics: Decoder<Statistics> = object<Statistics>({
  from: text,
  to: text,
  total: object<Counts>(shape),
  days: list(object<DaySeen>({ ...shape, day: text, trucks: integer, trucks_online: integer, data: text })),
  rows: list(object<Row>({ ...shape, key: text, name: text })),
});

export interface Ranked {
  rank: number | null;
  key: string;
  name: string;
  value_cp: number | null;
  period_cp: number;
  deductions: number;
  trucks: number;
  hauls: number;
  clean_e4: number | null;
  online_e4: number | null;
  paired_e4: number | null;
}
export interface Ranking {
  period: string;
  is_over: boolean;
  ranked: Ranked[];
  not_rated: Ranked[];
}
const ranked = list(
  object<Ranked>({
    rank: optional(integer),
    key: text,
    name: text,
    value_cp: optional(integer),
    period_cp: integer,
    deductions: integer,
    trucks: integer,
    hauls: integer,
    clean_e4: optional(integer),
    online_e4: optional(integer),
    paired_e4: optional(integer),
  }),
);
export const ranking: Decoder<Ranking> = object<Ranking>({ period: text, is_over: flag, ranked, not_rated: ranked });
