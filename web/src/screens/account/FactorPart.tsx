import { type FormEvent, useState } from 'react';
import { act, get, post } from '../../api/client';
import { session as sessionDecoder } from '../../api/types';
import { useLanguage, useTexts } from '../../i18n/define';
import { useSessionControl } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { type Factor, factor, type Own, recovery } from './api';
import { texts } from './texts';
import { useActing } from './useActing';

/** The second factor: shown as a picture and a secret, on once a code proves it; off by a code. */
export function FactorPart({ account, changed }: { account: Own; changed: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { entered } = useSessionControl();
  const { busy, problem, run } = useActing();
  const [shown, setShown] = useState<Factor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [code, setCode] = useState('');
  const [dropped, setDropped] = useState(false);
  const begin = () => run(async () => setShown(await post('/api/v1/account/second-factor', {}, factor)));
  const prove = async (event: FormEvent) => {
    event.preventDefault();
    await run(async () => {
      const answer = await post('/api/v1/account/second-factor/prove', { code }, recovery);
      setCodes(answer.recovery_codes);
      setShown(null);
      setCode('');
      changed();
    });
  };
  const drop = async (event: FormEvent) => {
    event.preventDefault();
    await run(async () => {
      await act('/api/v1/account/second-factor/drop', { code });
      setCode('');
      setDropped(true);
      changed();
    });
  };
  const kept = () => run(async () => {
    setCodes(null);
    entered(await get('/api/v1/session', sessionDecoder));
  });
  const says = problem === null ? null : problem[language];
  const box = (label: string) => (
    <Field label={label} problem={says}>
      {(props) => <input {...props} autoComplete="one-time-code" value={code} onChange={(event) => setCode(event.target.value)} data-field="code" />}
    </Field>
  );
  return (
    <section className="panel" aria-labelledby="account-factor">
      <h2 id="account-factor">{t('factor')}</h2>
      <p>{account.second_factor ? t('factor_on', { n: account.recovery_codes_left }) : t('factor_off')}</p>
      {dropped && !account.second_factor && shown === null && <Notice kind="good">{t('factor_dropped')}</Notice>}
      {codes !== null && (
        <Notice kind="warn" alert>
          <h3>{t('recovery')}</h3>
          <p>{t('recovery_help')}</p>
          <ul className="recovery code" data-part="recovery">
            {codes.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
          <button type="button" onClick={() => void kept()}>
            {t('recovery_kept')}
          </button>
        </Notice>
      )}
      {!account.second_factor && shown === null && (
        <button type="button" disabled={busy} onClick={() => void begin()} data-act="begin-factor">
          {t('factor_begin')}
        </button>
      )}
      {!account.second_factor && shown !== null && (
        <form className="narrow" onSubmit={(event) => void prove(event)} noValidate>
          <p>{t('factor_scan')}</p>
          <img className="qr" alt={t('factor_qr')} src={`data:image/svg+xml,${encodeURIComponent(shown.svg)}`} />
          <p>
            {t('factor_secret')} <span className="code" data-part="secret">{shown.secret}</span>
          </p>
          {box(t('factor_code'))}
          <button type="submit" className="primary" disabled={busy} data-act="prove-factor">
            {t('factor_prove')}
          </button>
        </form>
      )}
      {account.second_factor && codes === null && (
        <form className="narrow" onSubmit={(event) => void drop(event)} noValidate>
          {box(t('factor_drop_code'))}
          <button type="submit" className="danger" disabled={busy || code === ''} data-act="drop-factor">
            {t('factor_drop')}
          </button>
        </form>
      )}
    </section>
  );
}
