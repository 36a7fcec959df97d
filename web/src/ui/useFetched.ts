import { useEffect, useState } from 'react';
import { asProblem, get } from '../api/client';
import type { Decoder } from '../api/decode';
import { failed, type Loadable, ready } from '../live/model';

/**
 * Fetches what `path` names while the component is there, again when `path` or `version` changes; `null`: nothing.
 * While a newer version is under way the one before stays. The second value tries again.
 */
export function useFetched<T>(path: string | null, decoder: Decoder<T>, version: unknown = 0): [Loadable<T>, () => void] {
  const [data, setData] = useState<{ path: string | null; loaded: Loadable<T> }>({ path, loaded: { kind: 'loading' } });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    get(path, decoder, abort.signal).then(
      (value) => setData({ path, loaded: ready(value) }),
      (thrown: unknown) => {
        if (abort.signal.aborted) return;
        setData((before) => ({
          path,
          loaded: failed(before.path === path ? before.loaded : { kind: 'loading' }, asProblem(thrown)),
        }));
      },
    );
    return () => abort.abort();
  }, [path, decoder, version, tries]);
  return [data.path === path ? data.loaded : { kind: 'loading' }, () => setTries((n) => n + 1)];
}
