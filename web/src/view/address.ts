/** What of the present panels is open, read from and written to the address (`shell/address.ts`). */
import { useCallback, useMemo } from 'react';
import { CLUE_STATES, type ClueState, TRUCK_STATES, type TruckState } from '../api/types';
import { type Place, useGo, usePlace } from '../shell/address';

export const PANELS = ['map', 'clues', 'carriers', 'blacklist', 'terminals'] as const;
export type Panel = (typeof PANELS)[number];

export interface View {
  /** The screen that is shown. */
  panel: Panel;
  /** Which clues are listed. */
  clues: ClueState | 'all';
  /** Only this truck's clues. */
  only: string | null;
  /** The clue that is open. */
  clue: string | null;
  /** Which trucks are listed. */
  trucks: TruckState | null;
  /** The truck that is chosen. */
  truck: string | null;
  /** The carrier that is open. */
  carrier: string | null;
}

/** What a place asks for; what it does not say, or says wrongly, is as at the start. */
export function viewOf({ screen, state }: Place): View {
  const oneOf = <W extends string>(value: string | null | undefined, words: readonly W[]) => words.find((w) => w === value);
  return {
    panel: oneOf(screen, PANELS) ?? 'map',
    clues: oneOf(state['clues'], [...CLUE_STATES, 'all'] as const) ?? 'pending',
    only: state['only'] ?? null,
    clue: state['clue'] ?? null,
    trucks: oneOf(state['trucks'], TRUCK_STATES) ?? null,
    truck: state['truck'] ?? null,
    carrier: state['carrier'] ?? null,
  };
}

/** Opens something: what changes, and whether Back should return to before. */
export type GoView = (change: Partial<View>, history?: 'push' | 'replace') => void;

export function useView(): { view: View; go: GoView } {
  const place = usePlace();
  const goTo = useGo();
  const view = useMemo(() => viewOf(place), [place]);
  const go = useCallback<GoView>(
    ({ panel, ...state }, kind) => goTo(panel === undefined ? { state } : { screen: panel, state }, kind),
    [goTo],
  );
  return { view, go };
}
