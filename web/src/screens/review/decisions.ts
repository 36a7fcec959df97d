/**
 * The decisions of this sitting. The next item is shown at once, while the decision before is on its way; what became of
 * it stays in sight, and one that was refused says so until it is opened or dismissed.
 */
import { useCallback, useRef, useState } from 'react';
import { asProblem, post, type Problem } from '../../api/client';
import { type Clue, clue as clueDecoder } from '../../api/types';
import { useFeed } from '../../live/useLive';

export type Outcome = 'confirm' | 'reject';
export type Sent =
  | { kind: 'sending' | 'confirmed' | 'rejected' | 'undoing' | 'undone'; clue: Clue }
  | { kind: 'failed'; clue: Clue; problem: Problem };

/** Decisions remembered for undoing. */
const REMEMBERED_MAX = 20;

export interface Decisions {
  /** The newest first. */
  sent: readonly Sent[];
  decide: (clue: Clue, outcome: Outcome, reason: string) => void;
  /** Withdraws the newest decision; resolves to its clue when it waits again. */
  undo: (reason: string) => Promise<string | null>;
  /** Clues decided here that the live data may still show as pending. */
  isGone: (id: string) => boolean;
}

export function useDecisions(): Decisions {
  const feed = useFeed();
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const current = useRef(sent);
  const under_way = useRef(new Map<string, Promise<void>>());
  const put = useCallback((entry: Sent) => {
    current.current = [entry, ...current.current.filter(({ clue }) => clue.id !== entry.clue.id)].slice(0, REMEMBERED_MAX);
    setSent(current.current);
  }, []);
  const replace = useCallback((entry: Sent) => {
    current.current = current.current.map((before) => (before.clue.id === entry.clue.id ? entry : before));
    setSent(current.current);
  }, []);

  const decide = useCallback(
    (clue: Clue, outcome: Outcome, reason: string) => {
      // A key held or pressed twice decides once.
      if (under_way.current.has(clue.id)) return;
      put({ kind: 'sending', clue });
      const sending = post(`/api/v1/clues/${encodeURIComponent(clue.id)}/${outcome}`, { reason }, clueDecoder)
        .then(
          (decided) => {
            feed.takeClue(decided);
            replace({ kind: outcome === 'confirm' ? 'confirmed' : 'rejected', clue: decided });
          },
          (thrown: unknown) => {
            const problem = asProblem(thrown);
            replace({ kind: 'failed', clue, problem });
            // Decided by another or withdrawn meanwhile: show how it stands now.
            if (problem.status === 409) void feed.load('clues');
          },
        )
        .finally(() => under_way.current.delete(clue.id));
      under_way.current.set(clue.id, sending);
    },
    [feed, put, replace],
  );

  const undo = useCallback(
    async (reason: string): Promise<string | null> => {
      const newest = current.current.find(({ kind }) => kind !== 'undone' && kind !== 'failed');
      if (newest === undefined || newest.kind === 'undoing') return null;
      const { id } = newest.clue;
      await under_way.current.get(id);
      const settled = current.current.find(({ clue }) => clue.id === id);
      if (settled === undefined || (settled.kind !== 'confirmed' && settled.kind !== 'rejected')) return null;
      replace({ kind: 'undoing', clue: settled.clue });
      try {
        const clue = await post(`/api/v1/clues/${encodeURIComponent(id)}/withdraw-decision`, { reason }, clueDecoder);
        feed.takeClue(clue);
        replace({ kind: 'undone', clue });
        return id;
      } catch (thrown) {
        replace({ kind: 'failed', clue: settled.clue, problem: asProblem(thrown) });
        return null;
      }
    },
    [feed, replace],
  );

  const isGone = useCallback((id: string) => sent.some(({ clue, kind }) => clue.id === id && (kind === 'sending' || kind === 'confirmed' || kind === 'rejected')), [sent]);
  return { sent, decide, undo, isGone };
}
