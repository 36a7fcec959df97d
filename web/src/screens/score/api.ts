import { type Decoder, flag, integer, list, object, optional, text, time } from '../../api/decode';
import type { Centi, EpochMs } from '../../api/types';

export interface Step {
  band: string;
  points_cp: Centi;
}

export interface StatementLine {
  seq: number;
  case_no: string | null;
  decision_no: string | null;
  final_date: string | null;
  rule: string | null;
  legal_basis: string[];
  table_version: string | null;
  class: string;
  severity: string | null;
  plate: string | null;
  occurred_at: EpochMs;
  publicity_end: string | null;
  base_cp: Centi;
  esc_permille: number;
  fleet_n: number;
  k_num: number;
  k_den: number;
  amount_cp: Centi;
  repaired_cp: Centi;
  counted_cp: Centi;
  fate: string;
  fate_seq: number | null;
  with_cp: Centi;
  without_cp: Centi;
  band_without: string;
}

export interface TruckLine {
  plate: string | null;
  deductions: number;
  counted_cp: Centi;
  last_at: EpochMs;
  score_cp: Centi | null;
}

export interface Statement {
  uscc: string;
  name: string;
  cycle: number;
  as_of: EpochMs;
  score_cp: Centi;
  band: string;
  next_above: Step | null;
  next_below: Step | null;
  a_cp: Centi;
  b_cp: Centi;
  c_cp: Centi;
  c_capped_cp: Centi;
  r_cp: Centi;
  haul_relief_cp: Centi;
  adjust_cp: Centi;
  lines: StatementLine[];
  trucks: TruckLine[];
}

const step = optional(object<Step>({ band: text, points_cp: integer }));

export const statement: Decoder<Statement> = object<Statement>({
  uscc: text,
  name: text,
  cycle: integer,
  as_of: time,
  score_cp: integer,
  band: text,
  next_above: step,
  next_below: step,
  a_cp: integer,
  b_cp: integer,
  c_cp: integer,
  c_capped_cp: integer,
  r_cp: integer,
  haul_relief_cp: integer,
  adjust_cp: integer,
  lines: list(
    object<StatementLine>({
      seq: integer,
      case_no: optional(text),
      decision_no: optional(text),
      final_date: optional(text),
      rule: optional(text),
      legal_basis: list(text),
      table_version: optional(text),
      class: text,
      severity: optional(text),
      plate: optional(text),
      occurred_at: time,
      publicity_end: optional(text),
      base_cp: integer,
      esc_permille: integer,
      fleet_n: integer,
      k_num: integer,
      k_den: integer,
      amount_cp: integer,
      repaired_cp: integer,
      counted_cp: integer,
      fate: text,
      fate_seq: optional(integer),
      with_cp: integer,
      without_cp: integer,
      band_without: text,
    }),
  ),
  trucks: list(
    object<TruckLine>({ plate: optional(text), deductions: integer, counted_cp: integer, last_at: time, score_cp: optional(integer) }),
  ),
});

export interface ScoreAt {
  at: EpochMs;
  score_centi: Centi;
}

export interface Standing {
  cycle: number;
  rated: boolean;
  not_rated_because: string | null;
  registered_days_min: number;
  trips_min: number;
  trips: number;
  rank: number | null;
  rated_companies: number;
  trend: ScoreAt[];
}
export const standing: Decoder<Standing> = object<Standing>({
  cycle: integer,
  rated: flag,
  not_rated_because: optional(text),
  registered_days_min: integer,
  trips_min: integer,
  trips: integer,
  rank: optional(integer),
  rated_companies: integer,
  trend: list(object<ScoreAt>({ at: time, score_centi: integer })),
});

export interface Contested {
  score_centi: Centi;
  score_without_contested_centi: Centi;
  contested: number[];
  blocked: boolean;
}
export const contestedDecoder: Decoder<Contested> = object<Contested>({
  score_centi: integer,
  score_without_contested_centi: integer,
  contested: list(integer),
  blocked: flag,
});
