/** The own account as the service tells it. */
import { type Decoder, flag, integer, list, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export interface Own {
  name: string;
  role: string;
  authority: string;
  has_password: boolean;
  password_set_at: EpochMs | null;
  second_factor: boolean;
  second_factor_needed: boolean;
  recovery_codes_left: number;
  single_sign_on: string | null;
}
export const own: Decoder<Own> = object<Own>({
  name: text,
  role: text,
  authority: text,
  has_password: flag,
  password_set_at: optional(time),
  second_factor: flag,
  second_factor_needed: flag,
  recovery_codes_left: integer,
  single_sign_on: optional(text),
});

export interface SessionLine {
  id: number;
  how: string;
  since: EpochMs;
  seen_at: EpochMs;
  address: string;
  agent: string;
  is_this: boolean;
}
export const sessions: Decoder<{ sessions: SessionLine[] }> = object<{ sessions: SessionLine[] }>({
  sessions: list(object<SessionLine>({ id: integer, how: text, since: time, seen_at: time, address: text, agent: text, is_this: flag })),
});

/** What a token may be given for; the account itself is never among it. */
export const SCOPES = ['read', 'decide', 'registers', 'admin'] as const;

export interface TokenLine {
  id: number;
  name: string;
  scopes: string[];
  holds: boolean;
  made_at: EpochMs;
  made_by: string;
  expires_at: EpochMs | null;
  used_at: EpochMs | null;
}
export const tokens: Decoder<{ tokens: TokenLine[] }> = object<{ tokens: TokenLine[] }>({
  tokens: list(
    object<TokenLine>({
      id: integer,
      name: text,
      scopes: list(text),
      holds: flag,
      made_at: time,
      made_by: text,
      expires_at: optional(time),
      used_at: optional(time),
    }),
  ),
});

export interface Given {
  id: number;
  token: string;
}
export const given: Decoder<Given> = object<Given>({ id: integer, token: text });

export interface Factor {
  secret: string;
  svg: string;
}
export const factor: Decoder<Factor> = object<Factor>({ secret: text, svg: text });

export const recovery: Decoder<{ recovery_codes: string[] }> = object<{ recovery_codes: string[] }>({ recovery_codes: list(text) });
export const ended: Decoder<{ ended: number }> = object<{ ended: number }>({ ended: integer });
