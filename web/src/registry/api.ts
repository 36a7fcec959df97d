/** The registers as the service gives them, and the acts on them. */
import { send } from '../api/client';
import { type Decoder, flag, integer, list, members, number, object, optional, text, word } from '../api/decode';

export const REGISTERS = ['carriers', 'trucks', 'sites', 'zones', 'routes', 'permits', 'limits'] as const;
export type RegisterName = (typeof REGISTERS)[number];

/** A record as JSON: members of a table, or a GeoJSON feature. */
export type RecordBody = Record<string, unknown>;

export interface RecordRow {
  id: string;
  name: string;
  carrier_name: string | null;
  state: 'in_force' | 'upcoming' | 'withdrawn';
  since: string | null;
  changes: string | null;
  tag: string;
  record: RecordBody;
}

export interface Records {
  records: RecordRow[];
  next: string | null;
  total: number;
}

export interface RecordVersion {
  from: string | null;
  record: RecordBody | null;
  made: string | null;
  by: string | null;
  reason: string | null;
}

const row_shape = {
  id: text,
  name: text,
  carrier_name: optional(text),
  state: word(['in_force', 'upcoming', 'withdrawn']),
  since: optional(text),
  changes: optional(text),
  tag: text,
  record: members,
};
export const recordRow: Decoder<RecordRow> = object<RecordRow>(row_shape);
export const records: Decoder<Records> = object<Records>({ records: list(recordRow), next: optional(text), total: integer });
const recordVersion = object<RecordVersion>({
  from: optional(text),
  record: optional(members),
  made: optional(text),
  by: optional(text),
  reason: optional(text),
});
export interface RecordDetail extends RecordRow {
  versions: RecordVersion[];
}
export const recordDetail: Decoder<RecordDetail> = object<RecordDetail>({ ...row_shape, versions: list(recordVersion) });

export interface Overview {
  registers: { register: string; records: number }[];
  version: number;
  sources: number;
  sinks: number;
}
export const overview: Decoder<Overview> = object<Overview>({
  registers: list(object<{ register: string; records: number }>({ register: text, records: integer })),
  version: integer,
  sources: integer,
  sinks: integer,
});

export interface Stored {
  version: number | null;
  in_force: string;
  id: string;
  tag: string | null;
  warnings: string[];
}
export const stored: Decoder<Stored> = object<Stored>({
  version: optional(integer),
  in_force: text,
  id: text,
  tag: optional(text),
  warnings: list(text),
});

export function registerPath(register: string, id?: string): string {
  return `/api/v1/registers/${register}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
}

/** The properties of a feature, or the record itself. */
export function membersOf(record: RecordBody): RecordBody {
  const properties = record['properties'];
  return typeof properties === 'object' && properties !== null ? (properties as RecordBody) : record;
}

export interface Wish {
  valid_from: string;
  reason: string;
}

/** Creates a record (`tag` null), or changes the one of that tag. */
export function putRecord(register: string, id: string, record: RecordBody, tag: string | null, { valid_from, reason }: Wish): Promise<Stored> {
  const body = { record, valid_from: valid_from === '' ? null : valid_from, reason };
  return tag === null
    ? send('POST', registerPath(register), body, stored)
    : send('PUT', registerPath(register, id), body, stored, { 'If-Match': `"${tag}"` });
}

/** Takes a record out. */
export function withdrawRecord(register: string, id: string, tag: string, { valid_from, reason }: Wish): Promise<Stored> {
  const query = new URLSearchParams({ reason });
  if (valid_from !== '') query.set('valid_from', valid_from);
  return send('DELETE', `${registerPath(register, id)}?${query.toString()}`, null, stored, { 'If-Match': `"${tag}"` });
}

export interface PermitRow {
  number: string;
  carrier_uscc: string;
  carrier_name: string;
  state: string;
  state_zh: string;
  state_en: string;
  days_left: number | null;
  valid_from: string;
  valid_to: string;
  trucks: string[];
  legs: Leg[];
  waste_class: string;
  volume_m3: number;
  used_m3: number;
  hours_zh: string;
  hours_en: string;
}
export interface Leg {
  source: string;
  source_name: string;
  sink: string;
  sink_name: string;
  route: string | null;
  route_name: string | null;
}
const leg = object<Leg>({
  source: text,
  source_name: text,
  sink: text,
  sink_name: text,
  route: optional(text),
  route_name: optional(text),
});
const permit_shape = {
  number: text,
  carrier_uscc: text,
  carrier_name: text,
  state: text,
  state_zh: text,
  state_en: text,
  days_left: optional(integer),
  valid_from: text,
  valid_to: text,
  trucks: list(text),
  legs: list(leg),
  waste_class: text,
  volume_m3: number,
  used_m3: number,
  hours_zh: text,
  hours_en: text,
};
const permitRow = object<PermitRow>(permit_shape);
export interface Permits {
  permits: PermitRow[];
  next: string | null;
  total: number;
}
export const permits: Decoder<Permits> = object<Permits>({ permits: list(permitRow), next: optional(text), total: integer });

export interface PermitDay {
  date: string;
  allowed: [string, string][];
  state: string;
}
const span: Decoder<[string, string]> = (value, path) => {
  const [from = '', to = ''] = list(text)(value, path);
  return [from, to];
};
const permitDay = object<PermitDay>({ date: text, allowed: list(span), state: text });
export interface PermitDetail extends PermitRow {
  terms_zh: string;
  terms_en: string;
  month: string;
  days: PermitDay[];
  tag: string | null;
  record: RecordBody;
  features: RecordBody[];
  check_path: string;
}
export const permitDetail: Decoder<PermitDetail> = object<PermitDetail>({
  ...permit_shape,
  terms_zh: text,
  terms_en: text,
  month: text,
  days: list(permitDay),
  tag: optional(text),
  record: members,
  features: list(members),
  check_path: text,
});

export interface Example {
  plate: string;
  start: string;
}
export interface TrialRule {
  rule: string;
  name_zh: string;
  name_en: string;
  raised: number;
  withdrawn: number;
  examples_raised: Example[];
  examples_withdrawn: Example[];
}
export interface Trial {
  id: string;
  state: 'running' | 'done' | 'cancelled' | 'failed';
  from: string;
  until: string;
  done: number;
  total: number;
  raised: number | null;
  withdrawn: number | null;
  is_behind: boolean;
  rules: TrialRule[];
  failure: string | null;
}
const example = object<Example>({ plate: text, start: text });
export const trial: Decoder<Trial> = object<Trial>({
  id: text,
  state: word(['running', 'done', 'cancelled', 'failed']),
  from: text,
  until: text,
  done: integer,
  total: integer,
  raised: optional(integer),
  withdrawn: optional(integer),
  is_behind: flag,
  rules: list(
    object<TrialRule>({
      rule: text,
      name_zh: text,
      name_en: text,
      raised: integer,
      withdrawn: integer,
      examples_raised: list(example),
      examples_withdrawn: list(example),
    }),
  ),
  failure: optional(text),
});
