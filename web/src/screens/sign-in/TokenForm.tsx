import { type FormEvent, useState } from 'react';
import { asProblem, type Problem } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { useSessionControl } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { texts } from './texts';

/** The form for an access token, folded away: most people have a password. */
export function TokenForm() {
  const t = useTexts(texts);
  const language = useLanguage();
  const { signIn } = useSessionControl();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | 'empty' | null>(null);
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
      await signIn({ token: typed });
    } catch (thrown) {
      setProblem(asProblem(thrown));
      setBusy(false);
    }
  };
  const says = problem === 'empty' ? t('empty_token') : problem && t('refused', { what: problem[language] });
  return (
    <details className="with-token">
      <summary>{t('with_token')}</summary>
      <form className="sign-in-form" onSubmit={(event) => void submit(event)} noValidate>
        <Field label={t('token')} hint={t('token_help')} problem={says}>
          {(props) => (
            <input {...props} type="password" autoComplete="off" value={token} onChange={(event) => setToken(event.target.value)} data-field="token" />
          )}
        </Field>
        <button type="submit" disabled={busy}>
          {busy ? t('signing_in') : t('sign_in')}
        </button>
      </form>
    </details>
  );
}
