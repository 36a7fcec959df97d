import { useState } from 'react';
import { asProblem, type Problem } from '../../api/client';

/** One act at a time: whether it is under way, and why the last one failed. */
export function useActing(): { busy: boolean; problem: Problem | null; run: (act: () => Promise<void>) => Promise<boolean> } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
      return true;
    } catch (thrown) {
      setProblem(asProblem(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
