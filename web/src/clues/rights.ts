import type { Clue, Session } from '../api/types';

/** Roles that decide nothing, whatever their authority. */
const READING_ROLES = new Set(['auditor', 'carrier', 'registrar']);

/** Whether an officer may decide a clue, and if not, why. The service decides anew; this only spares a refused try. */
export function rightToDecide(officer: Session, clue: Clue): 'may' | 'other_authority' | 'read_only' {
  if (READING_ROLES.has(officer.role)) return 'read_only';
  return officer.authority === clue.authority ? 'may' : 'other_authority';
}
