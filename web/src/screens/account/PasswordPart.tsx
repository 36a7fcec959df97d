import { type FormEvent, useState } from 'react';
import { act } from '../../api/client';
import { minute } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import type { Own } from './api';
import { texts } from './texts';
import { useActing } from './useActing';

/** Changing the password; what was typed stays when it is refused. */
export function PasswordPart({ account, changed }: { account: Own; changed: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { busy, problem, run } = useActing();
  const [present, setPresent] = useState('');
  const [fresh, setFresh] = useState('');
  const [again, setAgain] = useState('');
  const [differs, setDiffers] = useState(false);
  const [done, setDone] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setDone(false);
    setDiffers(fresh !== again);
    if (fresh !== again) return;
    if (await run(() => act('/api/v1/account/password', { present, new: fresh }))) {
      for (const empty of [setPresent, setFresh, setAgain]) empty('');
      setDone(true);
      changed();
    }
  };
  const set = account.password_set_at;
  return (
    <section className="panel" aria-labelledby="account-password">
      <h2 id="account-password">{t('password')}</h2>
      <p className="quiet">{set === null ? t('password_none') : t('password_set', { when: minute(set) })}</p>
      <form className="narrow" onSubmit={(event) => void submit(event)} noValidate>
        <input type="text" autoComplete="username" value={account.name} readOnly hidden />
        {account.has_password && (
          <Field label={t('present')}>
            {(props) => <input {...props} type="password" autoComplete="current-password" value={present} onChange={(event) => setPresent(event.target.value)} data-field="present" />}
          </Field>
        )}
        <Field label={t('new')} hint={t('new_hint')}>
          {(props) => <input {...props} type="password" autoComplete="new-password" value={fresh} onChange={(event) => setFresh(event.target.value)} data-field="new" />}
        </Field>
        <Field label={t('again')} problem={differs ? t('differs') : null}>
          {(props) => <input {...props} type="password" autoComplete="new-password" value={again} onChange={(event) => setAgain(event.target.value)} data-field="again" />}
        </Field>
        {problem !== null && (
          <p className="problem" role="alert">
            {problem[language]}
          </p>
        )}
        {done && (
          <Notice kind="good" alert>
            {t('changed')}
          </Notice>
        )}
        <button type="submit" disabled={busy || fresh === ''} data-act="change-password">
          {busy ? t('changing') : t('change')}
        </button>
      </form>
    </section>
  );
}
