/** How one can sign in here, and links that set a password. */
import { type Decoder, flag, integer, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export interface Options {
  /** What the button of the single sign-on says. */
  single_sign_on: string | null;
  password_chars_min: number;
}
export const options: Decoder<Options> = object<Options>({ single_sign_on: optional(text), password_chars_min: integer });

export interface Invited {
  /** `null`: the first administrator, who chooses a name. */
  name: string | null;
  role: string;
  second_factor: boolean;
  expires_at: EpochMs;
  password_chars_min: number;
}
export const invited: Decoder<Invited> = object<Invited>({
  name: optional(text),
  role: text,
  second_factor: flag,
  expires_at: time,
  password_chars_min: integer,
});

/** The secret of a link in an address's fragment, or `null`. */
export function invitationIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('invitation') || null;
}
