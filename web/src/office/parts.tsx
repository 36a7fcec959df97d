/** Parts several office screens are made of. */
import { type ReactNode, useState } from 'react';
import { type Decoder, list, object, text, time } from '../api/decode';
import type { EpochMs } from '../api/types';
import { type Act, useAct } from './act';
import { useLanguage, useTexts } from '../i18n/define';
import { DataTable } from '../ui/DataTable';
import { Field } from '../ui/Field';
import { Notice } from '../ui/Notice';
import { When } from '../ui/When';
import { texts } from './texts';
import './office.css';

/** Facts as names and values. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** One thing done, as the audit trail has it. */
export interface TrailLine {
  at: EpochMs;
  who: string;
  what: string;
  detail: string;
}
export const trailDecoder: Decoder<TrailLine[]> = list(object<TrailLine>({ at: time, who: text, what: text, detail: text }));

export function Trail({ lines }: { lines: readonly TrailLine[] }) {
  const t = useTexts(texts);
  if (lines.length === 0) return <p className="quiet">{t('trail_none')}</p>;
  return (
    <DataTable
      caption={t('trail')}
      rows={lines}
      rowKey={({ at, what }) => `${at} ${what}`}
      columns={[
        { id: 'at', head: t('act.when'), cell: ({ at }) => <When at={at} /> },
        { id: 'who', head: t('act.who'), cell: ({ who }) => who },
        { id: 'what', head: t('act.what'), cell: ({ what }) => what },
        { id: 'detail', head: t('act.detail'), cell: ({ detail }) => detail },
      ]}
    />
  );
}

/** Why an act was refused, where it was tried. */
export function Refusal({ act }: { act: Act }) {
  const language = useLanguage();
  if (act.problem === null) return null;
  return (
    <Notice kind="bad" alert>
      {act.problem[language]}
    </Notice>
  );
}

/** An icon, a word and a colour for a state. */
export function Sign({ kind, children }: { kind: 'good' | 'warn' | 'bad' | 'info' | 'quiet'; children: ReactNode }) {
  const icon = { good: '✓', warn: '!', bad: '✕', info: '●', quiet: '○' }[kind];
  return (
    <span className={`sign ${kind}`}>
      <span aria-hidden="true">{icon}</span> {children}
    </span>
  );
}

/** A last day: how long is left, or that it is over. */
export function Due({ due, overdue, left, provisional = false }: { due: string; overdue: boolean; left: number | null; provisional?: boolean }) {
  const t = useTexts(texts);
  return (
    <span className="due">
      <span className="when">{due}</span>{' '}
      {overdue ? (
        <Sign kind="bad">{t('overdue')}</Sign>
      ) : left === null ? null : left === 0 ? (
        <Sign kind="warn">{t('last_day')}</Sign>
      ) : (
        <Sign kind={left <= 2 ? 'warn' : 'info'}>{t('days_left', { n: left })}</Sign>
      )}
      {provisional && <span className="quiet"> {t('provisional')}</span>}
    </span>
  );
}

/** A form of one reason (and, if asked, a document's number) with its button. What was typed stays when it is refused. */
export function ReasonForm({
  label,
  action,
  danger = false,
  withNumber = 'no',
  onSend,
  done,
}: {
  label: string;
  action: string;
  danger?: boolean;
  withNumber?: 'no' | 'may' | 'must';
  onSend: (reason: string, number: string | null) => Promise<unknown>;
  done?: () => void;
}) {
  const t = useTexts(texts);
  const act = useAct(action);
  const [reason, setReason] = useState('');
  const [number, setNumber] = useState('');
  return (
    <form
      className="act-form"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        act.run(
          () => onSend(reason.trim(), number.trim() === '' ? null : number.trim()),
          () => done?.(),
        );
      }}
    >
      <h3>{label}</h3>
      {withNumber !== 'no' && (
        <Field label={t('number')} required={withNumber === 'must'}>
          {(props) => <input {...props} value={number} maxLength={64} onChange={(event) => setNumber(event.target.value)} />}
        </Field>
      )}
      <Field label={t('reason')} hint={t('reason_hint')} required>
        {(props) => <textarea {...props} rows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <Refusal act={act} />
      <button type="submit" className={danger ? 'danger' : 'primary'} disabled={act.busy}>
        {act.busy ? t('sending') : action}
      </button>
    </form>
  );
}

/** Names and codes of a word list as a select: empty is "all". */
export function Choice({ label, value, options, onChange }: { label: string; value: string; options: readonly (readonly [string, string])[]; onChange: (value: string | null) => void }) {
  return (
    <Field label={label}>
      {(props) => (
        <select {...props} value={value} onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}>
          {options.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
