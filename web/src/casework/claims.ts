/** Who works on which clue. */
import { useState } from 'react';
import { asProblem, post, remove } from '../api/client';
import { type Claim, claim as claimDecoder } from '../api/types';
import { useLanguage } from '../i18n/define';
import { useFeed, useLive, useServerNow } from '../live/useLive';

const NONE: ReadonlyMap<string, Claim> = new Map();

/** The claims that hold now. */
export function useClaims(): ReadonlyMap<string, Claim> {
  const claims = useLive((model) => model.claims);
  const now_ms = useServerNow();
  if (claims.kind !== 'ready') return NONE;
  for (const { until } of claims.value.values()) {
    // Only when one ran out is there another map.
    if (until <= now_ms) return new Map([...claims.value].filter(([, claim]) => claim.until > now_ms));
  }
  return claims.value;
}

/** Claiming a clue, giving it back, handing it over. `problem`: why the last act failed. */
export function useClaimActs(id: string) {
  const feed = useFeed();
  const language = useLanguage();
  const [failed, setFailed] = useState<{ id: string; what: string } | null>(null);
  const path = `/api/v1/clues/${encodeURIComponent(id)}`;
  const run = async (act: () => Promise<Claim | null>): Promise<boolean> => {
    try {
      feed.takeClaim({ clue: id, claim: await act() });
      setFailed(null);
      return true;
    } catch (thrown) {
      setFailed({ id, what: asProblem(thrown)[language] });
      void feed.load('claims');
      return false;
    }
  };
  return {
    problem: failed?.id === id ? failed.what : null,
    claim: () => run(() => post(`${path}/claim`, {}, claimDecoder)),
    release: () => run(() => remove(`${path}/claim`).then(() => null)),
    handOver: (to: string) => run(() => post(`${path}/hand-over`, { to }, claimDecoder)),
  };
}
