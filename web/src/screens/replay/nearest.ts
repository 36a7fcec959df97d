/** When a stretch has no data: the nearest day that has. */
import { useEffect, useState } from 'react';
import { asProblem, get } from '../../api/client';
import type { EpochMs } from '../../api/types';
import { failed, type Loadable, ready } from '../../live/model';
import { history, historyPath } from '../../track/api';

/** The service gives at most this much at once. */
const DAYS_LOOKED = 31;
const DAY_MS = 86_400_000;
/** As coarse as it goes: only whether there is something matters. */
const COARSE_M = 1_000;

/** A moment with data nearest to a stretch without; `null`: none within 31 days. */
export function useNearest(plate: string | null, from: EpochMs, to: EpochMs): Loadable<EpochMs | null> {
  const [found, setFound] = useState<Loadable<EpochMs | null>>({ kind: 'loading' });
  useEffect(() => {
    setFound({ kind: 'loading' });
    if (plate === null) return;
    const abort = new AbortController();
    const ask = (start: EpochMs, end: EpochMs) => get(historyPath(plate, start, end, COARSE_M), history, abort.signal);
    Promise.all([ask(from - DAYS_LOOKED * DAY_MS, from), ask(to, to + DAYS_LOOKED * DAY_MS)]).then(
      ([earlier, later]) => {
        const before = earlier.points.at(-1)?.time;
        const after = later.points[0]?.time;
        if (before === undefined || after === undefined) setFound(ready(before ?? after ?? null));
        else setFound(ready(from - before <= after - to ? before : after));
      },
      (thrown: unknown) => {
        if (!abort.signal.aborted) setFound((now) => failed(now, asProblem(thrown)));
      },
    );
    return () => abort.abort();
  }, [plate, from, to]);
  return found;
}
