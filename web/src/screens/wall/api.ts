/** What the service answers to the wall screen. */
import { type Decoder, integer, list, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export interface Alert {
  id: string;
  rule: string;
  rule_name_zh: string;
  rule_name_en: string;
  severity: string;
  plate: string;
  start: EpochMs;
}

export interface Wall {
  online: number;
  trucks: number;
  hauls_today: number;
  pending: number;
  tips: number;
  listed: number;
  alerts: Alert[];
  newest_report: EpochMs | null;
  as_of: EpochMs;
}

export const wall: Decoder<Wall> = object<Wall>({
  online: integer,
  trucks: integer,
  hauls_today: integer,
  pending: integer,
  tips: integer,
  listed: integer,
  alerts: list(object<Alert>({ id: text, rule: text, rule_name_zh: text, rule_name_en: text, severity: text, plate: text, start: time })),
  newest_report: optional(time),
  as_of: time,
});
