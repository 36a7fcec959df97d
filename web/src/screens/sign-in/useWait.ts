import { useEffect, useState } from 'react';
import type { Problem } from '../../api/client';

/** Seconds still to wait after a refusal that says how long; 0 when one may try. */
export function useWait(problem: Problem | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (problem?.wait_s == null) {
      setLeft(0);
      return;
    }
    const until = Date.now() + problem.wait_s * 1000;
    const look = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
