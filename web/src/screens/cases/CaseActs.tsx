/** What an officer of the authority can do to a case as it stands. The service decides anew whether it may be done. */
import { type FormEvent, useState } from 'react';
import { post } from '../../api/client';
import { AUTHORITIES, type Authority } from '../../api/types';
import { useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { ReasonForm, Refusal } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { useOfficer } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { type CaseFile, caseView } from './api';
import { texts } from './texts';

/** Names as they are typed: separated by commas or spaces of either script. */
export function namesIn(typed: string): string[] {
  return typed.split(/[\s,，、;；]+/u).filter((name) => name !== '');
}

export function CaseActs({ file, changed }: { file: CaseFile; changed: () => void }) {
  const t = useTexts(texts);
  const { role, authority } = useOfficer();
  const decides = role === 'enforcer' || role === 'police';
  const away = file.hand_over !== null && file.hand_over.received === null;
  const path = (what: string) => `/api/v1/cases/${encodeURIComponent(file.number)}/${what}`;
  const act = (what: string, body: unknown) => post(path(what), body, caseView);
  const mine = decides && authority === file.authority;
  const receives = decides && away && authority === file.hand_over?.to;
  const answers = mine && file.hand_over !== null && file.hand_over.received !== null && file.hand_over.answer === null && file.decision !== null;
  const forms = [];
  if (receives) forms.push(<PlainAct key="receive" label={t('receive')} send={() => act('receive', {})} done={changed} />);
  if (mine && !away && file.state === 'under_review') {
    for (const proved of [true, false]) {
      const label = t(proved ? 'review_proved' : 'review_not_proved');
      forms.push(<ReasonForm key={label} label={label} action={label} danger={!proved} onSend={(reason) => act('review', { proved, reason })} done={changed} />);
    }
  }
  if (mine && !away && file.state === 'confirmed') forms.push(<DecideForm key="decide" send={(body) => act('decision', body)} done={changed} />);
  if (mine && file.state === 'decided') {
    forms.push(<PlainAct key="final" label={t('finalise')} hint={t('finalise_hint')} send={() => act('final', {})} done={changed} />);
    forms.push(<Contest key="lodged" outcome="lodged" label={t('reconsider_lodged')} act={act} done={changed} />);
  }
  if (mine && file.state === 'reconsidered') forms.push(<Contest key="upheld" outcome="upheld" label={t('reconsider_upheld')} act={act} done={changed} />);
  if (mine && ['decided', 'reconsidered', 'final'].includes(file.state)) {
    forms.push(<Contest key="revoked" outcome="revoked" danger label={t('reconsider_revoked')} act={act} done={changed} />);
  }
  if (mine && !away && (file.state === 'confirmed' || file.state === 'under_review') && file.ledger_seq === null) {
    forms.push(<HandOverForm key="over" from={file.authority} send={(body) => act('hand-over', body)} done={changed} />);
  }
  if (answers) forms.push(<AnswerForm key="answer" send={(body) => act('answer', body)} done={changed} />);
  return (
    <section className="panel">
      <h2>{t('acts')}</h2>
      {forms.length === 0 ? <p className="quiet">{t('acts_none')}</p> : <div className="forms">{forms}</div>}
    </section>
  );
}

type Send = (body: unknown) => Promise<unknown>;

function Contest({
  outcome,
  label,
  danger = false,
  act,
  done,
}: {
  outcome: string;
  label: string;
  danger?: boolean;
  act: (what: string, body: unknown) => Promise<unknown>;
  done: () => void;
}) {
  return <ReasonForm label={label} action={label} danger={danger} onSend={(reason) => act('reconsideration', { outcome, reason })} done={done} />;
}

function PlainAct({ label, hint, send, done }: { label: string; hint?: string; send: () => Promise<unknown>; done: () => void }) {
  const s = useTexts(shared);
  const act = useAct(label);
  return (
    <div className="act-form">
      <h3>{label}</h3>
      {hint !== undefined && <p className="quiet">{hint}</p>}
      <Refusal act={act} />
      <button type="button" className="primary" disabled={act.busy} onClick={() => act.run(send, done)}>
        {act.busy ? s('sending') : label}
      </button>
    </div>
  );
}

/** What a decision consists of, as it is typed. */
export interface DecisionDraft {
  number: string;
  date: string;
  served: string;
  content: string;
}
export const NO_DECISION: DecisionDraft = { number: '', date: '', served: '', content: '' };

export function decisionBody({ number, date, served, content }: DecisionDraft) {
  return { number: number.trim(), date, served: served === '' ? null : served, content: content.trim() };
}

export function DecisionFields({ draft, onChange }: { draft: DecisionDraft; onChange: (draft: DecisionDraft) => void }) {
  const t = useTexts(texts);
  return (
    <>
      <Field label={t('decision_no')} required>
        {(props) => <input {...props} maxLength={64} value={draft.number} onChange={(event) => onChange({ ...draft, number: event.target.value })} />}
      </Field>
      <div className="form-row">
        <Field label={t('decision_date')} required>
          {(props) => <input {...props} type="date" value={draft.date} onChange={(event) => onChange({ ...draft, date: event.target.value })} />}
        </Field>
        <Field label={t('decision_served')}>
          {(props) => <input {...props} type="date" value={draft.served} onChange={(event) => onChange({ ...draft, served: event.target.value })} />}
        </Field>
      </div>
      <Field label={t('decision_content')} required>
        {(props) => <textarea {...props} rows={2} maxLength={1000} value={draft.content} onChange={(event) => onChange({ ...draft, content: event.target.value })} />}
      </Field>
    </>
  );
}

function DecideForm({ send, done }: { send: Send; done: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const act = useAct(t('decide'));
  const [draft, setDraft] = useState(NO_DECISION);
  const [officers, setOfficers] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.run(() => send({ ...decisionBody(draft), officers: namesIn(officers) }), done);
  };
  return (
    <form className="act-form" aria-label={t('decide')} onSubmit={submit}>
      <h3>{t('decide')}</h3>
      <p className="quiet">{t('decide_hint')}</p>
      <DecisionFields draft={draft} onChange={setDraft} />
      <Field label={t('other_officers')} hint={t('other_officers_hint')}>
        {(props) => <input {...props} value={officers} onChange={(event) => setOfficers(event.target.value)} />}
      </Field>
      <Refusal act={act} />
      <button type="submit" className="primary" disabled={act.busy}>
        {act.busy ? s('sending') : t('decide')}
      </button>
    </form>
  );
}

function HandOverForm({ from, send, done }: { from: Authority; send: Send; done: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const act = useAct(t('send_over'));
  const others = AUTHORITIES.filter((authority) => authority !== from);
  const [to, setTo] = useState<string>(others[0] ?? '');
  const [reason, setReason] = useState('');
  return (
    <form
      className="act-form"
      aria-label={t('send_over')}
      onSubmit={(event) => {
        event.preventDefault();
        act.run(() => send({ to, reason: reason.trim() }), done);
      }}
    >
      <h3>{t('send_over')}</h3>
      <Field label={t('to')}>
        {(props) => (
          <select {...props} value={to} onChange={(event) => setTo(event.target.value)}>
            {others.map((authority) => (
              <option key={authority} value={authority}>
                {s(`authority.${authority}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={s('reason')} hint={s('reason_hint')} required>
        {(props) => <textarea {...props} rows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <Refusal act={act} />
      <button type="submit" disabled={act.busy}>
        {act.busy ? s('sending') : t('send_over')}
      </button>
    </form>
  );
}

function AnswerForm({ send, done }: { send: Send; done: () => void }) {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const act = useAct(t('answer'));
  const [executed, setExecuted] = useState('');
  const [answer, setAnswer] = useState('');
  return (
    <form
      className="act-form"
      aria-label={t('answer')}
      onSubmit={(event) => {
        event.preventDefault();
        act.run(() => send({ executed, answer: answer.trim() === '' ? null : answer.trim() }), done);
      }}
    >
      <h3>{t('answer')}</h3>
      <Field label={t('executed')} required>
        {(props) => <input {...props} type="date" value={executed} onChange={(event) => setExecuted(event.target.value)} />}
      </Field>
      <Field label={t('answer_text')}>
        {(props) => <textarea {...props} rows={3} maxLength={1000} value={answer} onChange={(event) => setAnswer(event.target.value)} />}
      </Field>
      <Refusal act={act} />
      <button type="submit" className="primary" disabled={act.busy}>
        {act.busy ? s('sending') : t('answer')}
      </button>
    </form>
  );
}
