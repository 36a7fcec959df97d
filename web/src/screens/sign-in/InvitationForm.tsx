import { type FormEvent, useEffect, useState } from 'react';
import { act, asProblem, get, post, type Problem } from '../../api/client';
import { session as sessionDecoder } from '../../api/types';
import { minute } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { useSessionControl } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { Loading } from '../../ui/states';
import { type Invited, invited as invitedDecoder } from './api';
import { texts } from './texts';

/** Setting a password by a link. `done` leads to the sign-in, with a sentence where there is something to say. */
export function InvitationForm({ secret, done }: { secret: string; done: (says: string | null) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [invited, setInvited] = useState<Invited | Problem | null>(null);
  useEffect(() => {
    post('/api/v1/invitations/look', { token: secret }, invitedDecoder).then(setInvited, (thrown: unknown) => setInvited(asProblem(thrown)));
  }, [secret]);
  return (
    <section className="panel sign-in" aria-labelledby="invitation-title">
      <h2 id="invitation-title">{t('invitation')}</h2>
      {invited === null && <Loading />}
      {invited instanceof Error && (
        <>
          <Notice kind="bad" alert>
            {t('invitation_gone', { what: invited[language] })}
          </Notice>
          <button type="button" onClick={() => done(null)}>
            {t('to_sign_in')}
          </button>
        </>
      )}
      {invited !== null && !(invited instanceof Error) && <SetPassword secret={secret} invited={invited} done={done} />}
    </section>
  );
}

function SetPassword({ secret, invited, done }: { secret: string; invited: Invited; done: (says: string | null) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { entered } = useSessionControl();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (password !== again) {
      setProblem(t('differs'));
      return;
    }
    setBusy(true);
    setProblem(null);
    const with_it = { token: secret, name: invited.name ?? name.trim(), password };
    try {
      await act('/api/v1/invitations/accept', with_it);
      if (invited.second_factor) done(t('set_then_code'));
      else entered(await get('/api/v1/session', sessionDecoder));
    } catch (thrown) {
      setProblem(asProblem(thrown)[language]);
      setBusy(false);
    }
  };
  const { name: whose, role } = invited;
  return (
    <form className="sign-in-form" onSubmit={(event) => void submit(event)} noValidate>
      <p>{whose === null ? t('invitation_first') : t('invitation_for', { name: whose, role: t.word('role', role) })}</p>
      <p className="quiet">{t('invitation_until', { until: minute(invited.expires_at) })}</p>
      {whose === null ? (
        <Field label={t('own_name')} hint={t('own_name_hint')}>
          {(props) => <input {...props} autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} data-field="own-name" />}
        </Field>
      ) : (
        // For the browser's keeper of passwords.
        <input type="text" autoComplete="username" value={whose} readOnly hidden />
      )}
      <Field label={t('new_password')} hint={t('new_password_hint', { n: invited.password_chars_min })}>
        {(props) => (
          <input {...props} type="password" autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} data-field="new-password" />
        )}
      </Field>
      <Field label={t('again')}>
        {(props) => <input {...props} type="password" autoComplete="new-password" value={again} onChange={(event) => setAgain(event.target.value)} data-field="again" />}
      </Field>
      <p className="problem" role="alert" data-part="refusal">
        {problem}
      </p>
      <button type="submit" className="primary" disabled={busy}>
        {busy ? t('setting') : t('set')}
      </button>
    </form>
  );
}
