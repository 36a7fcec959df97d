/**
 * What is open on the page, kept in the address: a copied link shows the same thing, and Back works.
 * `readView` and `writeView` are pure; `useAddress` binds them to the browser.
 */
import { createContext, useCallback, useContext, useEffect, useState } from 'react';
import { CLUE_STATES, type ClueState, TRUCK_STATES, type TruckState } from '../api/types';
import type { Language } from '../i18n/language';

export const PANELS = ['map', 'clues', 'carriers', 'blacklist', 'terminals'] as const;
export type Panel = (typeof PANELS)[number];

export interface View {
  language: Language;
  /** The panel a phone shows; a desk shows all. */
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

export const START: View = {
  language: 'zh',
  panel: 'map',
  clues: 'pending',
  only: null,
  clue: null,
  trucks: null,
  truck: null,
  carrier: null,
};

/** The view an address asks for; what it does not say, or says wrongly, is as at the start. */
export function readView(search: string): View {
  const asked = new URLSearchParams(search);
  const oneOf = <W extends string>(name: string, words: readonly W[]) => words.find((w) => w === asked.get(name));
  const filled = (name: string) => asked.get(name) || null;
  return {
    language: oneOf('lang', ['zh', 'en'] as const) ?? START.language,
    panel: oneOf('panel', PANELS) ?? START.panel,
    clues: oneOf('clues', [...CLUE_STATES, 'all'] as const) ?? START.clues,
    only: filled('only'),
    clue: filled('clue'),
    trucks: oneOf('trucks', TRUCK_STATES) ?? null,
    truck: filled('truck'),
    carrier: filled('carrier'),
  };
}

/** The address of a view, without what is as at the start. */
export function writeView(view: View): string {
  const parts = new URLSearchParams();
  for (const name of ['panel', 'clues', 'only', 'clue', 'trucks', 'truck', 'carrier'] as const) {
    const value = view[name];
    if (value !== null && value !== START[name]) parts.set(name, value);
  }
  if (view.language !== START.language) parts.set('lang', view.language);
  const text = parts.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** Opens something: what changes, and whether Back should return to before. */
export type Go = (change: Partial<View>, history?: 'push' | 'replace') => void;

export function useAddress(): [View, Go] {
  const [view, setView] = useState(() => readView(location.search));
  useEffect(() => {
    const onBack = () => setView(readView(location.search));
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, []);
  const go = useCallback<Go>((change, kind = 'push') => {
    // The address is the truth: two changes in one turn both count.
    const next = { ...readView(location.search), ...change };
    const address = writeView(next);
    if (address !== `${location.pathname}${location.search}`) {
      if (kind === 'push') history.pushState(null, '', address);
      else history.replaceState(null, '', address);
    }
    setView(next);
  }, []);
  return [view, go];
}

export const ViewContext = createContext<{ view: View; go: Go } | null>(null);

export function useView(): { view: View; go: Go } {
  const value = useContext(ViewContext);
  if (value === null) throw new Error('useView is used outside ViewContext');
  return value;
}
