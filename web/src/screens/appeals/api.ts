import { type Decoder, flag, integer, list, members, object, optional, text, time, word } from '../../api/decode';
import { AUTHORITIES, type Authority, type EpochMs } from '../../api/types';
import { type TrailLine, trailDecoder } from '../../office/parts';

export const APPEAL_STATES = ['open', 'upheld', 'rejected', 'withdrawn'] as const;
export type AppealState = (typeof APPEAL_STATES)[number];
export const APPEAL_KINDS = ['objection', 'repair'] as const;
export type AppealKind = (typeof APPEAL_KINDS)[number];

export type Target = { kind: 'entry'; seq: number; case_no: string } | { kind: 'file'; number: string };
const target: Decoder<Target> = (value, path) => {
  const source = members(value, path);
  if (source['kind'] === 'file') return { kind: 'file', number: text(source['number'], `${path}.number`) };
  return { kind: 'entry', seq: integer(source['seq'], `${path}.seq`), case_no: text(source['case_no'], `${path}.case_no`) };
};

export interface AppealDecision {
  at: EpochMs;
  by: string;
  number: string | null;
  reason: string;
  late: boolean;
  ledger_seq: number | null;
}

export interface Appeal {
  number: string;
  kind: AppealKind;
  target: Target;
  uscc: string;
  authority: Authority;
  lodged: EpochMs;
  lodged_by: string;
  grounds: string;
  state: AppealState;
  step: string;
  due: string;
  provisional: boolean;
  source_asked: { source: string; at: EpochMs; by: string; answer_by: string } | null;
  decision: AppealDecision | null;
}
export const appeal: Decoder<Appeal> = object<Appeal>({
  number: text,
  kind: word(APPEAL_KINDS),
  target,
  uscc: text,
  authority: word(AUTHORITIES),
  lodged: time,
  lodged_by: text,
  grounds: text,
  state: word(APPEAL_STATES),
  step: text,
  due: text,
  provisional: flag,
  source_asked: optional(object({ source: text, at: time, by: text, answer_by: text })),
  decision: optional(object<AppealDecision>({ at: time, by: text, number: optional(text), reason: text, late: flag, ledger_seq: optional(integer) })),
});

export interface AppealList {
  appeals: Appeal[];
}
export const appealList: Decoder<AppealList> = object<AppealList>({ appeals: list(appeal) });

export interface AppealView {
  appeal: Appeal;
  trail: TrailLine[];
}
export const appealView: Decoder<AppealView> = object<AppealView>({ appeal, trail: trailDecoder });

/** What has been typed of an appeal and is kept by the service. */
export interface Draft {
  kind: AppealKind;
  entry: number | null;
  listing: string | null;
  grounds: string;
  files: string[];
}
export interface Kept {
  draft: Draft | null;
  saved: EpochMs | null;
}
export const kept: Decoder<Kept> = object<Kept>({
  draft: optional(object<Draft>({ kind: word(APPEAL_KINDS), entry: optional(integer), listing: optional(text), grounds: text, files: list(text) })),
  saved: optional(time),
});
