/** An officer enters what no device saw. What was typed stays when the service refuses. */
import { type FormEvent, useState } from 'react';
import { post } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { Refusal } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useGo } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { Field } from '../../ui/Field';
import { useRules } from '../../ui/rules';
import { Loaded } from '../../ui/states';
import { caseView } from './api';
import { DecisionFields, decisionBody, namesIn, NO_DECISION } from './CaseActs';
import { texts } from './texts';

/** A local time of the city, as its input gives it, as RFC 3339. */
export function cityTime(typed: string): string {
  return `${typed.length === 16 ? `${typed}:00` : typed}+08:00`;
}

export function CaseEntry() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const language = useLanguage();
  const go = useGo();
  const act = useAct(t('submit_enter'));
  const [rules, retry] = useRules();
  const [rule, setRule] = useState('');
  const [plate, setPlate] = useState('');
  const [uscc, setUscc] = useState('');
  const [at, setAt] = useState('');
  const [until, setUntil] = useState('');
  const [fact, setFact] = useState('');
  const [officers, setOfficers] = useState('');
  const [decided, setDecided] = useState(false);
  const [decision, setDecision] = useState(NO_DECISION);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      rule,
      plate: plate.trim().toUpperCase().replace('·', ''),
      uscc: uscc.trim() === '' ? null : uscc.trim().toUpperCase(),
      occurred_at: cityTime(at),
      occurred_until: until === '' ? null : cityTime(until),
      fact: fact.trim(),
      officers: namesIn(officers),
      decision: decided ? decisionBody(decision) : null,
    };
    act.run(
      () => post('/api/v1/cases', body, caseView),
      (view) => go({ id: view.case.number }),
    );
  };
  return (
    <>
      <p>
        <Goto to={{ id: null }} className="button">
          ← {s('back_to_list')}
        </Goto>
      </p>
      <form className="panel" aria-label={t('enter_title')} onSubmit={submit}>
        <h2>{t('enter_title')}</h2>
        <Loaded data={rules} retry={retry}>
          {(list) => (
            <Field label={s('rule')} required>
              {(props) => (
                <select {...props} value={rule} onChange={(event) => setRule(event.target.value)}>
                  <option value="" />
                  {list
                    .filter(({ valid_to }) => valid_to === null)
                    .map(({ code, name_zh, name_en }) => (
                      <option key={code} value={code}>
                        {code} {language === 'zh' ? name_zh : name_en}
                      </option>
                    ))}
                </select>
              )}
            </Field>
          )}
        </Loaded>
        <div className="form-row">
          <Field label={s('truck')} hint={t('plate_hint')} required>
            {(props) => <input {...props} value={plate} maxLength={12} autoComplete="off" onChange={(event) => setPlate(event.target.value)} />}
          </Field>
          <Field label={t('uscc')} hint={t('uscc_hint')}>
            {(props) => <input {...props} value={uscc} maxLength={18} autoComplete="off" onChange={(event) => setUscc(event.target.value)} />}
          </Field>
        </div>
        <div className="form-row">
          <Field label={t('at')} required>
            {(props) => <input {...props} type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />}
          </Field>
          <Field label={t('until')}>
            {(props) => <input {...props} type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />}
          </Field>
        </div>
        <Field label={t('fact')} required>
          {(props) => <textarea {...props} rows={3} maxLength={1000} value={fact} onChange={(event) => setFact(event.target.value)} />}
        </Field>
        <Field label={t('other_officers')} hint={t('other_officers_hint')}>
          {(props) => <input {...props} value={officers} onChange={(event) => setOfficers(event.target.value)} />}
        </Field>
        <label className="toolbar">
          <input type="checkbox" checked={decided} onChange={(event) => setDecided(event.target.checked)} /> {t('decided_already')}
        </label>
        {decided && <DecisionFields draft={decision} onChange={setDecision} />}
        <Refusal act={act} />
        <button type="submit" className="primary" disabled={act.busy}>
          {act.busy ? s('sending') : t('submit_enter')}
        </button>
      </form>
    </>
  );
}
