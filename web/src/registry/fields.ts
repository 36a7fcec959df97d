/** The members of each register's records, as forms ask for them. */
import type { RecordBody, RegisterName } from './api';
import { membersOf } from './api';

export interface FieldOf {
  member: string;
  kind: 'text' | 'number' | 'date' | 'flag' | 'carrier' | readonly string[];
  required?: boolean;
  /** Cannot be changed once it is there. */
  key?: boolean;
}

const ENERGY = ['battery', 'hydrogen', 'hybrid', 'diesel', 'gas'] as const;
const COLOURS = ['yellow', 'yellow_green', 'blue', 'green', 'gradient_green', 'black', 'white', 'other'] as const;

export const FIELDS: Readonly<Record<RegisterName, readonly FieldOf[]>> = {
  carriers: [
    { member: 'uscc', kind: 'text', required: true, key: true },
    { member: 'name', kind: 'text', required: true },
    { member: 'status', kind: ['active', 'suspended', 'exited'], required: true },
  ],
  trucks: [
    { member: 'plate', kind: 'text', required: true, key: true },
    { member: 'plate_colour', kind: COLOURS, required: true },
    { member: 'carrier_uscc', kind: 'carrier', required: true },
    { member: 'kind', kind: ['muck', 'mixer'], required: true },
    { member: 'terminal_id', kind: 'text' },
    { member: 'epc', kind: 'text' },
    { member: 'vin', kind: 'text' },
    { member: 'energy', kind: ENERGY },
    { member: 'rated_load_t', kind: 'number' },
  ],
  sites: [
    { member: 'id', kind: 'text', required: true, key: true },
    { member: 'name', kind: 'text', required: true },
    { member: 'kind', kind: ['source', 'disposal', 'recycling', 'backfill', 'yard', 'service'], required: true },
    { member: 'wash_required', kind: 'flag' },
    { member: 'open_from', kind: 'date' },
    { member: 'open_to', kind: 'date' },
    { member: 'carrier_uscc', kind: 'carrier' },
    { member: 'district', kind: 'text' },
    { member: 'capacity_m3', kind: 'number' },
    { member: 'filled_m3', kind: 'number' },
  ],
  zones: [
    { member: 'id', kind: 'text', required: true, key: true },
    { member: 'name', kind: 'text', required: true },
    { member: 'kind', kind: ['no_go', 'speed_limit'], required: true },
    { member: 'limit_kmh', kind: 'number' },
  ],
  routes: [
    { member: 'id', kind: 'text', required: true, key: true },
    { member: 'name', kind: 'text', required: true },
    { member: 'half_width_m', kind: 'number', required: true },
  ],
  permits: [],
  limits: [
    { member: 'name', kind: 'text', required: true, key: true },
    { member: 'value', kind: 'number', required: true },
  ],
};

/** What stands in a form: texts, and `true` or an empty text for a flag. */
export type Draft = Readonly<Record<string, string>>;

/** A record's members as a form shows them. */
export function draftOf(register: RegisterName, record: RecordBody | null): Draft {
  const members = record === null ? {} : membersOf(record);
  return Object.fromEntries(
    FIELDS[register].map(({ member, kind }) => {
      const value = members[member];
      if (kind === 'flag') return [member, value === true ? 'true' : ''];
      if (typeof value === 'string' || typeof value === 'number') return [member, String(value)];
      const first = typeof kind !== 'string' && FIELDS[register].find((field) => field.member === member)?.required === true ? (kind[0] ?? '') : '';
      return [member, member === 'half_width_m' ? '50' : first];
    }),
  );
}

/** A form's members as the service takes them: empty is absent. */
export function membersFrom(register: RegisterName, draft: Draft): RecordBody {
  const members: RecordBody = {};
  for (const { member, kind } of FIELDS[register]) {
    const value = (draft[member] ?? '').trim();
    if (kind === 'flag') members[member] = value === 'true';
    else if (value !== '') members[member] = kind === 'number' ? (Number.isFinite(Number(value)) ? Number(value) : value) : value;
  }
  return members;
}
