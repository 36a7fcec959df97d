/** Doing something: one at a time, its refusal kept so that what was typed stays. */
import { useCallback, useRef, useState } from 'react';
import { asProblem, type Problem } from '../api/client';
import { useAnnounce } from '../ui/announce';

export interface Act {
  busy: boolean;
  problem: Problem | null;
  /** Runs `what`; `then` when it succeeded. A second call while one is under way does nothing. */
  run<T>(what: () => Promise<T>, then?: (value: T) => void): void;
  clear(): void;
}

export function useAct(done?: string): Act {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const under_way = useRef(false);
  const announce = useAnnounce();
  const run = useCallback(
    <T>(what: () => Promise<T>, then?: (value: T) => void) => {
      if (under_way.current) return;
      under_way.current = true;
      setBusy(true);
      setProblem(null);
      what()
        .then(
          (value) => {
            if (done !== undefined) announce(done);
            then?.(value);
          },
          (thrown: unknown) => setProblem(asProblem(thrown)),
        )
        .finally(() => {
          under_way.current = false;
          setBusy(false);
        });
    },
    [announce, done],
  );
  const clear = useCallback(() => setProblem(null), []);
  return { busy, problem, run, clear };
}
