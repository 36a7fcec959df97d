/** Who is signed in, for any part of the page. */
import { createContext, useContext } from 'react';
import type { Session } from '../api/types';
import type { SessionControl } from '../session/session';

export const OfficerContext = createContext<Session | null>(null);
export const SessionContext = createContext<SessionControl | null>(null);

/** Who is signed in, or `null` on a public screen. */
export function useMaybeOfficer(): Session | null {
  return useContext(OfficerContext);
}

/** Who is signed in: name, role, authority, company. Screens that are not public have someone. */
export function useOfficer(): Session {
  const officer = useContext(OfficerContext);
  if (officer === null) throw new Error('useOfficer is used on a screen that is shown to the public');
  return officer;
}

/** Signing in and out. */
export function useSessionControl(): SessionControl {
  const control = useContext(SessionContext);
  if (control === null) throw new Error('useSessionControl is used outside SessionContext');
  return control;
}
