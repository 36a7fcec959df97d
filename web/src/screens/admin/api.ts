/** People, the audit trail, rules and settings as the service tells them. */
import { type Decoder, flag, integer, list, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export const ROLE_WORDS = ['enforcer', 'police', 'registrar', 'auditor', 'admin', 'carrier'] as const;
export const AUTHORITY_WORDS = ['city_management', 'police', 'transport'] as const;

export interface Person {
  id: number;
  name: string;
  role: string;
  authority: string;
  company: string | null;
  disabled_at: EpochMs | null;
  has_password: boolean;
  second_factor: boolean;
  invited_until: EpochMs | null;
  single_sign_on: string | null;
}
const person = object<Person>({
  id: integer,
  name: text,
  role: text,
  authority: text,
  company: optional(text),
  disabled_at: optional(time),
  has_password: flag,
  second_factor: flag,
  invited_until: optional(time),
  single_sign_on: optional(text),
});
export const people: Decoder<{ people: Person[] }> = object<{ people: Person[] }>({ people: list(person) });

/** A link that lets someone set a password. */
export interface Link {
  token: string;
  link: string;
  hours: number;
}
export const link: Decoder<Link> = object<Link>({ token: text, link: text, hours: integer });

/** The whole address of a link; without a set address the service gives a path. */
export function wholeAddress({ link: address }: Link): string {
  return address.startsWith('/') ? `${location.origin}${address}` : address;
}

export interface Entry {
  seq: number;
  at: EpochMs;
  who: string;
  what: string;
  subject: string;
  detail: string;
  hash: string;
}
export interface Trail {
  entries: Entry[];
  next_cursor: string | null;
  acts: string[];
}
export const trail: Decoder<Trail> = object<Trail>({
  entries: list(object<Entry>({ seq: integer, at: time, who: text, what: text, subject: text, detail: text, hash: text })),
  next_cursor: optional(text),
  acts: list(text),
});

export interface Checked {
  entries: number;
  whole: boolean;
  broken_at: number | null;
  last_hash: string | null;
}
export const checked: Decoder<Checked> = object<Checked>({ entries: integer, whole: flag, broken_at: optional(integer), last_hash: optional(text) });

export interface Rule {
  code: string;
  name_zh: string;
  name_en: string;
  authority: string;
  legal_basis: string[];
  base_centi: number;
  valid_from: string;
  valid_to: string | null;
  table_version: string;
}
export const rules: Decoder<{ rules: Rule[] }> = object<{ rules: Rule[] }>({
  rules: list(
    object<Rule>({
      code: text,
      name_zh: text,
      name_en: text,
      authority: text,
      legal_basis: list(text),
      base_centi: integer,
      valid_from: text,
      valid_to: optional(text),
      table_version: text,
    }),
  ),
});

export interface Settings {
  toml: string;
  version: string;
}
export const settings: Decoder<Settings> = object<Settings>({ toml: text, version: text });

/** Counts of `/metrics`, by name and labels. */
export function metricsOf(body: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of body.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line.startsWith('#') || at < 0) continue;
    const value = Number(line.slice(at + 1));
    if (Number.isFinite(value)) found.set(line.slice(0, at), value);
  }
  return found;
}
