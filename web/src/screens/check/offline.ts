/**
 * What the check screen keeps on the device: the permits of the last time there was a network, and notes that wait to be
 * sent. Nothing of persons; a note goes when it is sent.
 */
import { type Decoder, flag, list, object, optional, text, time } from '../../api/decode';
import type { EpochMs } from '../../api/types';

export interface Hours {
  days: string[];
  from: string;
  to: string;
}

export interface PermitShown {
  number: string;
  valid_from: EpochMs;
  valid_until: EpochMs;
  status: string;
  hours: Hours[];
  legs: string[];
  waste_class: string;
}

export interface SnapshotTruck {
  plate: string;
  kind: string;
  carrier: string | null;
  carrier_active: boolean;
  permits: PermitShown[];
}

export interface Snapshot {
  as_of: EpochMs;
  trucks: SnapshotTruck[];
}

export const permitShown: Decoder<PermitShown> = object<PermitShown>({
  number: text,
  valid_from: time,
  valid_until: time,
  status: text,
  hours: list(object<Hours>({ days: list(text), from: text, to: text })),
  legs: list(text),
  waste_class: text,
});

export const snapshot: Decoder<Snapshot> = object<Snapshot>({
  as_of: time,
  trucks: list(object<SnapshotTruck>({ plate: text, kind: text, carrier: optional(text), carrier_active: flag, permits: list(permitShown) })),
});

/** What the snapshot says about a truck. */
export interface OfflineAnswer {
  may: 'yes' | 'no' | 'unknown';
  reason: 'not_registered' | 'carrier' | 'mixer' | 'permit' | 'outside_hours' | 'permit_stopped' | 'no_permit';
  truck: SnapshotTruck | null;
  permit: PermitShown | null;
}

/** Answers from the snapshot as the service would: by company, permit, standing and hour. */
export function answerOf({ trucks }: Snapshot, plate: string, now_ms: EpochMs): OfflineAnswer {
  const truck = trucks.find((known) => known.plate === plate) ?? null;
  if (truck === null) return { may: 'unknown', reason: 'not_registered', truck, permit: null };
  if (!truck.carrier_active) return { may: 'no', reason: 'carrier', truck, permit: null };
  if (truck.kind === 'mixer') return { may: 'yes', reason: 'mixer', truck, permit: null };
  const dated = truck.permits.filter(({ valid_from, valid_until }) => valid_from <= now_ms && now_ms < valid_until);
  const valid = dated.filter(({ status }) => status === 'valid');
  const holds = valid.find(({ hours }) => hoursHold(hours, now_ms));
  if (holds !== undefined) return { may: 'yes', reason: 'permit', truck, permit: holds };
  const [first] = valid;
  if (first !== undefined) return { may: 'no', reason: 'outside_hours', truck, permit: first };
  const [stopped] = dated;
  return { may: 'no', reason: stopped === undefined ? 'no_permit' : 'permit_stopped', truck, permit: stopped ?? null };
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Asia/Shanghai, without summer time. */
const OFFSET_MS = 8 * 3_600_000;

/** Whether hours of hauling hold; none is always. A window that ends at or before its start runs past midnight. */
export function hoursHold(hours: readonly Hours[], now_ms: EpochMs): boolean {
  if (hours.length === 0) return true;
  const local = new Date(now_ms + OFFSET_MS);
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  const today = DAYS[local.getUTCDay()] ?? '';
  const yesterday = DAYS[(local.getUTCDay() + 6) % 7] ?? '';
  return hours.some(({ days, from, to }) => {
    const [begin, end] = [minuteOf(from), minuteOf(to)];
    if (end > begin) return days.includes(today) && begin <= minute && minute < end;
    return (days.includes(today) && minute >= begin) || (days.includes(yesterday) && minute < end);
  });
}

function minuteOf(text: string): number {
  const [hour = '0', minute = '0'] = text.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** A note that waits. `key` makes it one however often it is sent. */
export interface Note {
  key: string;
  plate: string;
  place: string;
  lat: number | null;
  lon: number | null;
  occurred_at: string;
  what: string;
  text: string;
  /** Pictures in base64. */
  photos: string[];
}

/** Most notes kept on a device. */
export const NOTES_MAX = 20;

const DATABASE = 'mucktrail-check';
const SHELF = 'kept';
const QUEUE = 'notes';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(SHELF);
      asked.result.createObjectStore(QUEUE, { keyPath: 'key' });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error('the device keeps nothing'));
  });
}

async function using<T>(store: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const asked = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error ?? new Error('the device keeps nothing'));
      transaction.onabort = () => reject(transaction.error ?? new Error('the device keeps nothing'));
    });
  } finally {
    database.close();
  }
}

/** The body of a snapshot as the service sent it. */
export async function keepSnapshot(body: unknown): Promise<void> {
  await using(SHELF, 'readwrite', (store) => store.put(body, 'snapshot'));
}

/** The snapshot kept, if there is one this page can read. */
export async function keptSnapshot(): Promise<Snapshot | null> {
  const body: unknown = await using<unknown>(SHELF, 'readonly', (store) => store.get('snapshot') as IDBRequest<unknown>);
  try {
    return body === undefined ? null : snapshot(body, '');
  } catch {
    return null;
  }
}

export async function keepNote(note: Note): Promise<void> {
  await using(QUEUE, 'readwrite', (store) => store.put(note));
}

export async function keptNotes(): Promise<Note[]> {
  return using<Note[]>(QUEUE, 'readonly', (store) => store.getAll() as IDBRequest<Note[]>);
}

export async function dropNote(key: string): Promise<void> {
  await using(QUEUE, 'readwrite', (store) => store.delete(key));
}
