/** Which appeal needs an answer first. Pure. */
import type { Appeal } from './api';

/** Open ones before answered ones; of the open ones the earliest last day first, so the overdue lead; then the newest. */
export function byUrgency(a: Appeal, b: Appeal): number {
  const open = Number(b.state === 'open') - Number(a.state === 'open');
  if (open !== 0) return open;
  if (a.state === 'open' && a.due !== b.due) return a.due < b.due ? -1 : 1;
  return b.lodged - a.lodged;
}
