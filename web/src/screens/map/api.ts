import { useEffect, useRef, useState } from 'react';
import { asProblem, get, type Problem } from '../../api/client';
import { type Decoder, list, object, text, time, word } from '../../api/decode';
import { type EpochMs, type Kind, type Sight, sight } from '../../api/types';

export const WHYS = ['valid', 'expired', 'not_yet', 'suspended', 'hours'] as const;
export interface TruckPermit {
  number: string;
  standing: (typeof WHYS)[number];
  valid_from: EpochMs;
  valid_until: EpochMs;
  /** Sites and routes by their id. */
  places: string[];
}
export interface TruckPermits {
  permits: TruckPermit[];
}
export const truckPermits: Decoder<TruckPermits> = object<TruckPermits>({
  permits: list(object<TruckPermit>({ number: text, standing: word(WHYS), valid_from: time, valid_until: time, places: list(text) })),
});

/** A fleet too big for the stream is asked about this often. */
export const WINDOW_EVERY_MS = 2_000;

export interface Window {
  bounds: readonly [number, number, number, number];
  zoom: number;
}

/** What lies in the window of a very big fleet, asked anew every two seconds and after each move; one question at a time. */
export function useSight(on: boolean, window: Window | null, kind: Kind | null, plate: string): { sight: Sight | null; problem: Problem | null } {
  const [state, setState] = useState<{ sight: Sight | null; problem: Problem | null }>({ sight: null, problem: null });
  const query = new URLSearchParams();
  if (window !== null) {
    query.set('bbox', window.bounds.map((n) => n.toFixed(5)).join(','));
    query.set('zoom', window.zoom.toFixed(1));
  }
  if (kind !== null) query.set('kind', kind);
  if (plate !== '') query.set('plate', plate);
  const path = `/api/v1/map/trucks?${query.toString()}`;
  const latest = useRef(path);
  latest.current = path;
  useEffect(() => {
    if (!on) return;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const asked = latest.current;
      try {
        const answer = await get(asked, sight);
        if (!stopped) setState({ sight: answer, problem: null });
      } catch (thrown) {
        if (!stopped) setState((before) => ({ ...before, problem: asProblem(thrown) }));
      }
      if (!stopped) timer = setTimeout(() => void ask(), latest.current === asked ? WINDOW_EVERY_MS : 0);
    };
    // While the map is being dragged only where it comes to rest is asked for.
    timer = setTimeout(() => void ask(), 100);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [on, path]);
  return state;
}
