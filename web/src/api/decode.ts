/**
 * Readers for untrusted JSON: each takes a value and the path to it and returns a typed value or throws a
 * [`DecodeError`] that names the path. Nothing else in the page looks at raw JSON.
 */

/** The service sent something else than the API promises. `path` names the member, as `trucks[3].last.lat`. */
export class DecodeError extends Error {
  readonly path: string;
  readonly expected: string;

  constructor(path: string, expected: string) {
    super(`${path}: expected ${expected}`);
    this.name = 'DecodeError';
    this.path = path;
    this.expected = expected;
  }
}

/** Reads one value found at `path`. */
export type Decoder<T> = (value: unknown, path: string) => T;

export const text: Decoder<string> = (value, path) => {
  if (typeof value !== 'string') throw new DecodeError(path, 'a text');
  return value;
};

export const flag: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new DecodeError(path, 'true or false');
  return value;
};

export const number: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new DecodeError(path, 'a number');
  return value;
};

export const integer: Decoder<number> = (value, path) => {
  const n = number(value, path);
  if (!Number.isSafeInteger(n)) throw new DecodeError(path, 'an integer');
  return n;
};

/** An RFC 3339 time, as milliseconds since 1970. */
export const time: Decoder<number> = (value, path) => {
  const ms = Date.parse(text(value, path));
  if (Number.isNaN(ms)) throw new DecodeError(path, 'an RFC 3339 time');
  return ms;
};

/** A latitude and longitude must place a truck on the earth, else the map throws on drawing it. */
export const latitude: Decoder<number> = (value, path) => within(number(value, path), 90, path, 'a latitude');
export const longitude: Decoder<number> = (value, path) => within(number(value, path), 180, path, 'a longitude');

function within(n: number, limit: number, path: string, expected: string): number {
  if (Math.abs(n) > limit) throw new DecodeError(path, expected);
  return n;
}

/** One of a fixed set of words. */
export function word<const W extends string>(words: readonly W[]): Decoder<W> {
  return (value, path) => {
    const found = words.find((w) => w === value);
    if (found === undefined) throw new DecodeError(path, `one of ${words.join(', ')}`);
    return found;
  };
}

/** `null` and an absent member both mean "not known". */
export function optional<T>(decoder: Decoder<T>): Decoder<T | null> {
  return (value, path) => (value === null || value === undefined ? null : decoder(value, path));
}

export function list<T>(decoder: Decoder<T>): Decoder<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new DecodeError(path, 'an array');
    return value.map((item, i) => decoder(item, `${path}[${i}]`));
  };
}

/** The members of a JSON object, unread. */
export const members: Decoder<Record<string, unknown>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(path, 'an object');
  return value as Record<string, unknown>;
};

/** An object with one decoder per member; members without a decoder are ignored. */
export function object<T extends object>(shape: { [K in keyof T]: Decoder<T[K]> }): Decoder<T> {
  return (value, path) => {
    const source = members(value, path);
    const result: Partial<T> = {};
    for (const key of Object.keys(shape) as (keyof T & string)[]) {
      result[key] = shape[key](source[key], path === '' ? key : `${path}.${key}`);
    }
    return result as T;
  };
}
