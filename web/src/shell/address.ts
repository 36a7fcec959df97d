/**
 * Where the page is: `/app/SCREEN[/ID]?state`. The address holds what is open, so a copied link shows the same thing and
 * Back works. `placeOf` and `hrefOf` are pure; `useAddress` binds them to the browser.
 */
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { Language } from '../i18n/language';

export interface Place {
  /** `null`: the first screen of one's role. */
  screen: string | null;
  /** What of the screen is open, as a case or a carrier. */
  id: string | null;
  /** The rest of the address, without the language. An absent name is `undefined`. */
  state: Readonly<Record<string, string>>;
  language: Language;
}

const ROOT = '/app';
const LANGUAGE = 'lang';
export const FIRST_LANGUAGE: Language = 'zh';

/** The place an address names; what it says wrongly is as if it were not said. */
export function placeOf(pathname: string, search: string): Place {
  const parts = pathname === ROOT || pathname.startsWith(`${ROOT}/`) ? pathname.slice(ROOT.length + 1).split('/') : [];
  const state: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(search)) if (name !== LANGUAGE && value !== '') state[name] = value;
  return {
    screen: decoded(parts[0]),
    id: decoded(parts.slice(1).join('/')),
    state,
    language: new URLSearchParams(search).get(LANGUAGE) === 'en' ? 'en' : FIRST_LANGUAGE,
  };
}

function decoded(part: string | undefined): string | null {
  if (part === undefined || part === '') return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The address of a place. */
export function hrefOf({ screen, id, state, language }: Place): string {
  const query = new URLSearchParams(state);
  if (language !== FIRST_LANGUAGE) query.set(LANGUAGE, language);
  const text = query.toString();
  const path = screen === null ? '/' : [ROOT, screen, ...(id === null ? [] : [id])].map((part, i) => (i === 0 ? part : encodeURIComponent(part))).join('/');
  return text === '' ? path : `${path}?${text}`;
}

/**
 * Where to go. Without `screen`, or with the present one and no new `id`, the state given is merged into the present one
 * (`null` takes a name out); another screen starts with the given state alone. The language goes along.
 */
export interface To {
  screen?: string;
  id?: string | null;
  state?: Readonly<Record<string, string | null>>;
  language?: Language;
}

/** The place `to` leads to from `from`. */
export function follow(from: Place, to: To): Place {
  const stays = to.screen === undefined || to.screen === from.screen;
  const state: Record<string, string> = stays ? { ...from.state } : {};
  for (const [name, value] of Object.entries(to.state ?? {})) {
    if (value === null || value === '') delete state[name];
    else state[name] = value;
  }
  return {
    screen: to.screen ?? from.screen,
    id: to.id !== undefined ? to.id : stays ? from.id : null,
    state,
    language: to.language ?? from.language,
  };
}

/** Goes somewhere: whether Back should return to before. */
export type Go = (to: To, history?: 'push' | 'replace') => void;

interface Address {
  place: Place;
  go: Go;
}
const AddressContext = createContext<Address | null>(null);
export const AddressProvider = AddressContext;

/** The browser's address, once for the whole page. */
export function useAddress(): Address {
  const here = () => placeOf(location.pathname, location.search);
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const onBack = () => setPlace(here());
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, []);
  const go = useCallback<Go>((to, kind = 'push') => {
    // The address is the truth: two changes in one turn both count.
    const next = follow(here(), to);
    const href = hrefOf(next);
    if (href !== `${location.pathname}${location.search}`) {
      if (kind === 'push') history.pushState(null, '', href);
      else history.replaceState(null, '', href);
    }
    setPlace(next);
  }, []);
  return useMemo(() => ({ place, go }), [place, go]);
}

function useContextAddress(): Address {
  const value = useContext(AddressContext);
  if (value === null) throw new Error('usePlace or useGo is used outside AddressProvider');
  return value;
}

/** Where the page is. */
export function usePlace(): Place {
  return useContextAddress().place;
}

/** Leads elsewhere; see [`To`]. */
export function useGo(): Go {
  return useContextAddress().go;
}

/** One name of the address's state, as a state of a component: `null` when absent. */
export function useAddressState(name: string, kind: 'push' | 'replace' = 'replace'): [string | null, (value: string | null) => void] {
  const { place, go } = useContextAddress();
  const set = useCallback((value: string | null) => go({ state: { [name]: value } }, kind), [go, name, kind]);
  return [place.state[name] ?? null, set];
}
