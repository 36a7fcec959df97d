/** Who is signed in: by `#token=…` in the address, by the form, or by the cookie of before. */
import { useCallback, useEffect, useState } from 'react';
import { asProblem, get, post, type Problem, remove } from '../api/client';
import { type Session, session as sessionDecoder } from '../api/types';

export type SessionState =
  | { kind: 'checking' }
  | { kind: 'unreachable'; problem: Problem }
  /** `refusal`: why the token of the address was refused; `ended`: a session ran out. */
  | { kind: 'out'; refusal: Problem | null; ended: boolean }
  | { kind: 'in'; officer: Session };

/** What someone signs in with. */
export type Credentials = { token: string } | { name: string; password: string; code: string | null };

/** The token in an address's fragment, or `null`. */
export function tokenIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') || null;
}

export interface SessionControl {
  state: SessionState;
  /** Why the last sign-out failed. */
  sign_out_problem: Problem | null;
  /** Rejects with a [`Problem`] when it is refused. */
  signIn(credentials: Credentials): Promise<void>;
  /** Someone is signed in already: by a link that set a password, or after a change of the own account. */
  entered(officer: Session): void;
  /** Never rejects: a failure is `sign_out_problem`. */
  signOut(): Promise<void>;
  /** The service answered that nobody is signed in. */
  ended(): void;
  check(): void;
}

/** The token of the address is taken once, and removed from the address before anything is sent. */
function takeToken(): string | null {
  const token = tokenIn(location.hash);
  if (token !== null) history.replaceState(history.state, '', `${location.pathname}${location.search}`);
  return token;
}

export function useSession(): SessionControl {
  const [state, setState] = useState<SessionState>({ kind: 'checking' });
  const [sign_out_problem, setSignOutProblem] = useState<Problem | null>(null);

  const entered = useCallback((officer: Session) => setState({ kind: 'in', officer }), []);
  const signIn = useCallback(async (credentials: Credentials) => entered(await post('/api/v1/session', credentials, sessionDecoder)), [entered]);

  const check = useCallback(() => {
    setState({ kind: 'checking' });
    get('/api/v1/session', sessionDecoder).then(
      (officer) => setState({ kind: 'in', officer }),
      (thrown: unknown) => {
        const problem = asProblem(thrown);
        setState(problem.status === 401 ? { kind: 'out', refusal: null, ended: false } : { kind: 'unreachable', problem });
      },
    );
  }, []);

  useEffect(() => {
    const start = () => {
      const token = takeToken();
      if (token === null) return false;
      setState({ kind: 'checking' });
      signIn({ token }).catch((thrown: unknown) => setState({ kind: 'out', refusal: asProblem(thrown), ended: false }));
      return true;
    };
    if (!start()) check();
    // A second address with a token pasted into the same tab changes only the fragment.
    window.addEventListener('hashchange', start);
    return () => window.removeEventListener('hashchange', start);
  }, [check, signIn]);

  const signOut = useCallback(async () => {
    try {
      await remove('/api/v1/session');
      setSignOutProblem(null);
      setState({ kind: 'out', refusal: null, ended: false });
    } catch (thrown) {
      setSignOutProblem(asProblem(thrown));
    }
  }, []);

  const ended = useCallback(() => setState({ kind: 'out', refusal: null, ended: true }), []);

  return { state, sign_out_problem, signIn, entered, signOut, ended, check };
}
