import { type FormEvent, useState } from 'react';
import { asProblem, type Problem } from '../api/client';
import { useText } from '../i18n/text';
import type { SessionControl, SessionState } from './session';

/** The form for an access token. */
export function SignIn({ state, signIn }: { state: Extract<SessionState, { kind: 'out' }>; signIn: SessionControl['signIn'] }) {
  const { t, language } = useText();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | 'empty' | null>(state.refusal);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const typed = token.trim();
    if (typed === '') {
      setProblem('empty');
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await signIn(typed);
    } catch (thrown) {
      setProblem(asProblem(thrown));
      setBusy(false);
    }
  };
  const message = problem === 'empty' ? t('session.empty') : problem && t('session.refused', { what: problem[language] });

  return (
    <section className="panel sign-in" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{t('session.title')}</h2>
      {state.ended && <p className="notice">{t('session.ended')}</p>}
      <p id="sign-in-help">{t('session.help')}</p>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <label htmlFor="token">{t('session.token')}</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          aria-describedby="sign-in-help sign-in-problem"
          aria-invalid={message !== null}
        />
        <button type="submit" className="primary" disabled={busy}>
          {busy ? t('session.signing_in') : t('session.sign_in')}
        </button>
        <p id="sign-in-problem" className="problem" role="alert">
          {message}
        </p>
      </form>
      <p className="quiet">{t('session.public')}</p>
    </section>
  );
}
