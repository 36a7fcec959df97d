/** Which clues are listed, and in what order. Pure. */
import type { Clue, Severity } from '../api/types';
import type { View } from '../view/address';

const SEVERITY_ORDER: Record<Severity, number> = { serious: 0, general: 1, minor: 2 };

/** Pending first, worst first, newest first; the id settles a tie, so that rows never jump. */
export function inWorkOrder(a: Clue, b: Clue): number {
  return (
    Number(b.state === 'pending') - Number(a.state === 'pending') ||
    (a.state === 'pending' ? SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] : 0) ||
    b.opened_at - a.opened_at ||
    (a.id < b.id ? -1 : 1)
  );
}

/** The clues a view asks for. The open one stays listed when it changes state, so that its outcome can be read. */
export function listed(clues: Iterable<Clue>, view: Pick<View, 'clues' | 'only' | 'clue'>): Clue[] {
  return [...clues]
    .filter(
      (clue) =>
        clue.id === view.clue ||
        ((view.clues === 'all' || clue.state === view.clues) && (view.only === null || clue.plate === view.only)),
    )
    .sort(view.clue === null ? inWorkOrder : keepOpenInPlace(view.clue));
}

/** An open clue that was just decided keeps the place it had while pending. */
function keepOpenInPlace(open: string): (a: Clue, b: Clue) => number {
  const asPending = (clue: Clue): Clue => (clue.id === open && clue.state !== 'pending' ? { ...clue, state: 'pending' } : clue);
  return (a, b) => inWorkOrder(asPending(a), asPending(b));
}

/** The row `step` away from the current one, held at both ends; the first when there is no current one. */
export function neighbour(ids: readonly string[], current: string | null, step: 1 | -1): string | null {
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
}
