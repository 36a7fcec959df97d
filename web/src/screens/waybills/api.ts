import { type Decoder, flag, integer, list, members, number, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export const TICKET_STATES = ['draft', 'loaded', 'in_transit', 'arrived', 'accepted', 'rejected', 'closed', 'void'] as const;
export const EXCEPTIONS = ['any', 'overdue', 'diverted', 'unpaired_out', 'quantity_mismatch'] as const;

export interface Ticket {
  number: string;
  plate: string;
  state: string;
  exceptions: string[];
  source: string | null;
  sink: string | null;
  permit: string | null;
  drafted: EpochMs | null;
  departed: EpochMs | null;
  unloaded: EpochMs | null;
  source_gate: boolean;
  sink_gate: boolean;
  declared_m3: number | null;
  weighed_m3: number | null;
  acts: { what: string; at: EpochMs; who: string; detail: string }[];
}
/** Whether it was seen there. */
const seen: Decoder<boolean> = (value) => value !== null && value !== undefined;
const acted: Decoder<Ticket['acts'][number]> = (value, path) => {
  const { what, at, by, reason } = members(value, path);
  return { what: text(what, `${path}.what`), at: time(at, `${path}.at`), who: text(by, `${path}.by`), detail: text(reason, `${path}.reason`) };
};
export const ticket: Decoder<Ticket> = object<Ticket>({
  number: text,
  plate: text,
  state: text,
  exceptions: list(text),
  source: optional(text),
  sink: optional(text),
  permit: optional(text),
  drafted: optional(time),
  departed: optional(time),
  unloaded: optional(time),
  source_gate: seen,
  sink_gate: seen,
  declared_m3: optional(number),
  weighed_m3: optional(number),
  acts: list(acted),
});
export const tickets: Decoder<{ tickets: Ticket[]; total: number | null }> = object<{ tickets: Ticket[]; total: number | null }>({
  tickets: list(ticket),
  total: optional(integer),
});

export interface Tally {
  key: string | null;
  out: number;
  out_m3: number;
  taken: number;
  taken_m3: number;
  under_way: number;
  diverted: number;
  unpaired_out: number;
  balances: boolean;
}
const tally: Decoder<Tally> = object<Tally>({
  key: optional(text),
  out: integer,
  out_m3: number,
  taken: integer,
  taken_m3: number,
  under_way: integer,
  diverted: integer,
  unpaired_out: integer,
  balances: flag,
});
export interface Reconciliation {
  all: Tally;
  permits: Tally[];
  sources: Tally[];
  unpaired_in: { plate: string; sink: string; at: EpochMs }[];
}
export const reconciliation: Decoder<Reconciliation> = object<Reconciliation>({
  all: tally,
  permits: list(tally),
  sources: list(tally),
  unpaired_in: list(object({ plate: text, sink: text, at: time })),
});

export interface Sink {
  site: string;
  name: string;
  district: string | null;
  capacity_m3: number | null;
  filled_m3: number;
  room_m3: number | null;
  loads: number;
  overfilled: boolean;
}
export const sinks: Decoder<{ sinks: Sink[] }> = object<{ sinks: Sink[] }>({
  sinks: list(
    object<Sink>({ site: text, name: text, district: optional(text), capacity_m3: optional(number), filled_m3: number, room_m3: optional(number), loads: integer, overfilled: flag }),
  ),
});

export interface Area {
  district: string | null;
  out: number;
  out_m3: number;
  kept_m3: number;
  astray_m3: number;
  net_m3: number;
}
export const areas: Decoder<{ areas: Area[] }> = object<{ areas: Area[] }>({
  areas: list(object<Area>({ district: optional(text), out: integer, out_m3: number, kept_m3: number, astray_m3: number, net_m3: number })),
});
