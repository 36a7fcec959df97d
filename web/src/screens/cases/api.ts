import { type Decoder, flag, integer, list, members, object, optional, text, time, word } from '../../api/decode';
import { AUTHORITIES, type Authority, type EpochMs } from '../../api/types';
import { type TrailLine, trailDecoder } from '../../office/parts';

export const CASE_STATES = ['under_review', 'confirmed', 'decided', 'reconsidered', 'final', 'rejected', 'revoked'] as const;
export type CaseState = (typeof CASE_STATES)[number];

export interface CaseDecision {
  number: string;
  date: string;
  served: string;
  content: string;
}

export interface HandOver {
  from: Authority;
  to: Authority;
  reason: string;
  at: EpochMs;
  by: string;
  received: EpochMs | null;
  executed: string | null;
  answer: string | null;
}

export interface CaseFile {
  number: string;
  source: string;
  clue: string | null;
  authority: Authority;
  rule: string;
  plate: string;
  uscc: string | null;
  occurred_at: EpochMs;
  occurred_until: EpochMs;
  filed: EpochMs;
  officers: string[];
  fact: string;
  state: CaseState;
  counts_on: string;
  decision: CaseDecision | null;
  final_date: string | null;
  ledger_seq: number | null;
  points_centi: number | null;
  hand_over: HandOver | null;
  end_reason: string | null;
}

/** When it was answered and what. */
const answered: Decoder<string> = (value, path) => (Array.isArray(value) ? text(value[1], `${path}[1]`) : text(value, path));

export const caseFile: Decoder<CaseFile> = object<CaseFile>({
  number: text,
  source: text,
  clue: optional(text),
  authority: word(AUTHORITIES),
  rule: text,
  plate: text,
  uscc: optional(text),
  occurred_at: time,
  occurred_until: time,
  filed: time,
  officers: list(text),
  fact: text,
  state: word(CASE_STATES),
  counts_on: text,
  decision: optional(object<CaseDecision>({ number: text, date: text, served: text, content: text })),
  final_date: optional(text),
  ledger_seq: optional(integer),
  points_centi: optional(integer),
  hand_over: optional(
    object<HandOver>({
      from: word(AUTHORITIES),
      to: word(AUTHORITIES),
      reason: text,
      at: time,
      by: text,
      received: optional(time),
      executed: optional(text),
      answer: optional(answered),
    }),
  ),
  end_reason: optional(text),
});

export interface CaseList {
  cases: CaseFile[];
  /** What to ask on with: `before` or `cursor`. */
  next: string | null;
}

/** The place to ask on from, by whichever name the service calls it. */
export const caseList: Decoder<CaseList> = (value, path) => {
  const source = members(value, path);
  const next = source['next_cursor'] ?? source['next'];
  return {
    cases: list(caseFile)(source['cases'], `${path}.cases`),
    next: typeof next === 'number' || typeof next === 'string' ? String(next) : null,
  };
};

export interface CaseView {
  case: CaseFile;
  contestable_until: string | null;
  trail: TrailLine[];
}
export const caseView: Decoder<CaseView> = object<CaseView>({ case: caseFile, contestable_until: optional(text), trail: trailDecoder });

export interface Clock {
  step: string;
  step_zh: string;
  step_en: string;
  basis: string;
  kind: string;
  subject: string;
  owed_by: string;
  due: string;
  overdue: boolean;
  provisional: boolean;
  working_days_left: number;
}
export interface Clocks {
  as_of: string;
  overdue: number;
  clocks: Clock[];
}
export const clocks: Decoder<Clocks> = object<Clocks>({
  as_of: text,
  overdue: integer,
  clocks: list(
    object<Clock>({
      step: text,
      step_zh: text,
      step_en: text,
      basis: text,
      kind: text,
      subject: text,
      owed_by: text,
      due: text,
      overdue: flag,
      provisional: flag,
      working_days_left: integer,
    }),
  ),
});

export interface ImportRow {
  line: number;
  outcome: string;
  decision_no: string;
  case_no: string | null;
  reason: string | null;
  reason_zh: string | null;
}
export interface Imported {
  dry_run: boolean;
  stored: number;
  duplicate: number;
  rejected: number;
  rows: ImportRow[];
}
export const imported: Decoder<Imported> = object<Imported>({
  dry_run: flag,
  stored: integer,
  duplicate: integer,
  rejected: integer,
  rows: list(
    object<ImportRow>({ line: integer, outcome: text, decision_no: text, case_no: optional(text), reason: optional(text), reason_zh: optional(text) }),
  ),
});
