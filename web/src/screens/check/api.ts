/** What the service answers to the check screen. */
import { type Decoder, latitude, list, longitude, number, object, optional, text, time, word } from '../../api/decode';
import type { EpochMs } from '../../api/types';
import { type PermitShown, permitShown } from './offline';

export interface Said {
  code: string;
  zh: string;
  en: string;
}

export interface Last {
  time: EpochMs;
  lat: number;
  lon: number;
  speed_kmh: number | null;
  load: string;
}

export interface Checked {
  plate: string;
  as_of: EpochMs;
  may: 'yes' | 'no' | 'unknown';
  reasons: Said[];
  cautions: Said[];
  carrier: string | null;
  permits: PermitShown[];
  last: Last | null;
  last_m: number | null;
}

const said = object<Said>({ code: text, zh: text, en: text });

export const checked: Decoder<Checked> = object<Checked>({
  plate: text,
  as_of: time,
  may: word(['yes', 'no', 'unknown']),
  reasons: list(said),
  cautions: list(said),
  carrier: optional(text),
  permits: list(permitShown),
  last: optional(object<Last>({ time, lat: latitude, lon: longitude, speed_kmh: optional(number), load: text })),
  last_m: optional(number),
});

export interface Near {
  plate: string;
  carrier_name: string | null;
  away_m: number;
}

export const nearby: Decoder<{ trucks: Near[] }> = object<{ trucks: Near[] }>({
  trucks: list(object<Near>({ plate: text, carrier_name: optional(text), away_m: number })),
});

export const told: Decoder<{ receipt: string }> = object<{ receipt: string }>({ receipt: text });
