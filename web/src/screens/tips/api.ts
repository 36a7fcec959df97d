/** What the service answers about reports by the public and by officers on the street. */
import { type Decoder, integer, latitude, list, longitude, number, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export interface Tip {
  receipt: string;
  origin: string;
  told_by: string | null;
  what: string;
  what_zh: string;
  what_en: string;
  rule: string | null;
  plate_text: string;
  plate: string | null;
  carrier_name: string | null;
  place: string;
  lat: number | null;
  lon: number | null;
  occurred_at: EpochMs;
  received_at: EpochMs;
  text: string;
  photos: number;
  state: string;
  taken_by: string | null;
  end: { by: string; reason: string; case_no: string | null } | null;
}

const TIP = {
  receipt: text,
  origin: text,
  told_by: optional(text),
  what: text,
  what_zh: text,
  what_en: text,
  rule: optional(text),
  plate_text: text,
  plate: optional(text),
  carrier_name: optional(text),
  place: text,
  lat: optional(latitude),
  lon: optional(longitude),
  occurred_at: time,
  received_at: time,
  text,
  photos: integer,
  state: text,
  taken_by: optional(text),
  end: optional(object<{ by: string; reason: string; case_no: string | null }>({ by: text, reason: text, case_no: optional(text) })),
};

export interface Sighting {
  verdict: string;
  nearest_m: number | null;
  nearest_at: EpochMs | null;
  then_at: EpochMs | null;
  then_m: number | null;
}

export interface TipDetail extends Tip {
  contact: string | null;
  sighting: Sighting | null;
}

export const tipDetail: Decoder<TipDetail> = object<TipDetail>({
  ...TIP,
  contact: optional(text),
  sighting: optional(
    object<Sighting>({ verdict: text, nearest_m: optional(number), nearest_at: optional(time), then_at: optional(time), then_m: optional(number) }),
  ),
});

export interface TipList {
  tips: Tip[];
  next: number | null;
  received: number;
  taken: number;
}

export const tipList: Decoder<TipList> = object<TipList>({
  tips: list(object<Tip>(TIP)),
  next: optional(integer),
  received: integer,
  taken: integer,
});

export const filedCase: Decoder<{ case: { number: string } }> = object<{ case: { number: string } }>({ case: object<{ number: string }>({ number: text }) });
