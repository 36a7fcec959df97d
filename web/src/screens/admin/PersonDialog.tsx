import { type FormEvent, useState } from 'react';
import { act, post, remove } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { TokensPart } from '../account/TokensPart';
import { useActing } from '../account/useActing';
import { type Link, link as linkDecoder, type Person } from './api';
import { LinkReady } from './LinkReady';
import { sent } from './PeoplePart';
import { RightsFields, type Rights } from './RightsFields';
import { texts } from './texts';

/** What an administrator does with one person. What cannot be taken back asks once. */
export function PersonDialog({ person, changed, close }: { person: Person; changed: () => void; close: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { busy, problem, run } = useActing();
  const [rights, setRights] = useState<Rights>({ role: person.role, authority: person.authority, company: person.company ?? '' });
  const [subject, setSubject] = useState(person.single_sign_on ?? '');
  const [factor_too, setFactorToo] = useState(false);
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState<Link | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const path = `/api/v1/people/${person.id}`;
  const carryOut = (work: () => Promise<void>, says: string | null) => {
    setDone(null);
    void run(async () => {
      await work();
      setDone(says);
      changed();
    });
  };
  const changeRole = (event: FormEvent) => {
    event.preventDefault();
    carryOut(() => act(`${path}/role`, sent(rights)), t('changed'));
  };
  const saveSubject = (event: FormEvent) => {
    event.preventDefault();
    carryOut(() => act(`${path}/single-sign-on`, { subject: subject.trim() === '' ? null : subject.trim() }), t('saved'));
  };
  const reset = () => carryOut(async () => setMade(await post(`${path}/reset`, { second_factor_too: factor_too }, linkDecoder)), null);
  const disable = () => {
    setAsking(false);
    carryOut(() => act(`${path}/disable`), t('state.disabled'));
  };
  return (
    <Dialog title={person.name} onClose={close} wide>
      {made !== null && <LinkReady name={person.name} link={made} done={() => setMade(null)} />}
      {done !== null && (
        <Notice kind="good" alert>
          {done}
        </Notice>
      )}
      {problem !== null && (
        <Notice kind="bad" alert>
          {problem[language]}
        </Notice>
      )}
      <form className="narrow" onSubmit={changeRole} noValidate>
        <RightsFields rights={rights} change={setRights} />
        <button type="submit" disabled={busy} data-act="change-role">
          {t('change_role')}
        </button>
      </form>
      <form className="narrow" onSubmit={saveSubject} noValidate>
        <Field label={t('subject')} hint={t('subject_hint')}>
          {(props) => <input {...props} value={subject} maxLength={200} autoComplete="off" onChange={(event) => setSubject(event.target.value)} />}
        </Field>
        <button type="submit" disabled={busy}>
          {t('subject_save')}
        </button>
      </form>
      {person.disabled_at === null ? (
        <>
          <section className="person-act" aria-labelledby="person-reset">
            <h3 id="person-reset">{t('reset')}</h3>
            <p className="quiet">{t('reset_help')}</p>
            <label className="check">
              <input type="checkbox" checked={factor_too} onChange={() => setFactorToo(!factor_too)} /> {t('reset_factor')}
            </label>
            <p className="buttons">
              <button type="button" disabled={busy} onClick={reset} data-act="reset">
                {t('reset')}
              </button>
              <button type="button" disabled={busy} onClick={() => carryOut(() => remove(`${path}/sessions`), t('saved'))}>
                {t('sessions_end')}
              </button>
            </p>
          </section>
          <section className="person-act" aria-labelledby="person-disable">
            <h3 id="person-disable">{t('disable')}</h3>
            <p className="quiet">{t('disable_help')}</p>
            {asking ? (
              <button type="button" className="danger" disabled={busy} onClick={disable} data-act="disable-sure">
                {t('disable_sure')}
              </button>
            ) : (
              <button type="button" className="danger" disabled={busy} onClick={() => setAsking(true)} data-act="disable">
                {t('disable')}
              </button>
            )}
          </section>
          <TokensPart path={`${path}/tokens`} />
        </>
      ) : (
        <p className="person-act">
          <button type="button" disabled={busy} onClick={() => carryOut(() => act(`${path}/enable`), t('state.active'))} data-act="enable">
            {t('enable')}
          </button>
        </p>
      )}
    </Dialog>
  );
}
