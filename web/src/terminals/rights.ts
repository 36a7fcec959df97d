import type { Session } from '../api/types';

/** Whether an officer looks after terminals. The service decides anew; this only spares a panel that would be refused. */
export function looksAfterTerminals(officer: Session): boolean {
  return officer.role === 'registrar' || officer.role === 'admin';
}
