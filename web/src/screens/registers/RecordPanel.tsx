import { useMemo, useState } from 'react';
import { list, object, optional, text, flag, type Decoder } from '../../api/decode';
import { plateText } from '../../format/plate';
import { minute } from '../../format/time';
import { type Say, useTexts } from '../../i18n/define';
import { membersOf, type RecordBody, type RecordDetail, recordDetail, type RecordVersion, type RegisterName, registerPath, withdrawRecord } from '../../registry/api';
import { DrawMap } from '../../registry/DrawMap';
import { hoursOf } from '../../registry/HoursTable';
import { SaveBar } from '../../registry/SaveBar';
import { shapeOf } from '../../registry/shape';
import { texts as words } from '../../registry/texts';
import { useAddressState } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { Notice } from '../../ui/Notice';
import { useShortcuts } from '../../ui/shortcuts';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { RecordEdit } from './RecordEdit';
import { texts } from './texts';
import { wordIn } from '../../registry/word';

/** One record: what it says, its devices, its versions; changed and withdrawn here. */
export function RecordPanel({ register, id, may_edit, onChanged }: { register: RegisterName; id: string; may_edit: boolean; onChanged: () => void }) {
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(registerPath(register, id), recordDetail, version);
  const changed = () => {
    setVersion((n) => n + 1);
    onChanged();
  };
  return (
    <div>
      <Loaded data={data} retry={retry}>
        {(detail) => <Detail key={`${register} ${detail.id}`} register={register} detail={detail} may_edit={may_edit} onChanged={changed} />}
      </Loaded>
    </div>
  );
}

function Detail({ register, detail, may_edit, onChanged }: { register: RegisterName; detail: RecordDetail; may_edit: boolean; onChanged: () => void }) {
  const t = useTexts(texts);
  const w = useTexts(words);
  const [act, setAct] = useAddressState('act');
  const has_shape = 'geometry' in detail.record;
  const shape = useMemo(() => (has_shape ? shapeOf(detail.record) : null), [detail.record, has_shape]);
  const around = useMemo(() => (has_shape && shape === null ? [detail.record] : []), [detail.record, has_shape, shape]);
  const editable = may_edit && detail.state !== 'withdrawn';
  useShortcuts({ e: editable ? () => setAct('edit') : undefined });
  const title = register === 'trucks' ? plateText(detail.id) : detail.name;
  return (
    <section className="record-detail" aria-label={title}>
      <h2>{title}</h2>
      <p>
        <Goto to={{ id: null, state: { act: null } }}>{t('back')}</Goto>
      </p>
      <Notice kind={detail.state === 'in_force' ? 'info' : 'warn'}>
        <p>
          {w(detail.state)} {detail.since !== null && t('since', { from: minute(Date.parse(detail.since)) })}{' '}
          {detail.changes !== null && t('changes', { at: minute(Date.parse(detail.changes)) })}
        </p>
      </Notice>
      {act === 'edit' && editable ? (
        <RecordEdit
          key={detail.tag}
          register={register}
          detail={detail}
          onSaved={() => {
            onChanged();
            setAct(null);
          }}
          cancel={() => setAct(null)}
        />
      ) : (
        <>
          <Facts record={detail.record} w={w} />
          {register === 'trucks' && <Devices plate={detail.id} />}
          {has_shape && <DrawMap shape={shape} around={around} fit_to={detail.id} small />}
          {editable && (
            <p className="acts">
              <button type="button" onClick={() => setAct('edit')}>
                {t('edit')}
              </button>
              {has_shape && (
                <Goto className="button" to={{ screen: 'editor', id: detail.id, state: { register } }}>
                  {t('draw')}
                </Goto>
              )}
              {act !== 'withdraw' && (
                <button type="button" onClick={() => setAct('withdraw')}>
                  {t('withdraw')}
                </button>
              )}
            </p>
          )}
          {act === 'withdraw' && editable && (
            <>
              <p>{t('withdraw_sure')}</p>
              <SaveBar danger label={t('withdraw')} save={(wish) => withdrawRecord(register, detail.id, detail.tag, wish)} onSaved={onChanged} cancel={() => setAct(null)} />
            </>
          )}
        </>
      )}
      <Versions versions={detail.versions} />
    </section>
  );
}

type Words = Say<keyof (typeof words)['zh'] & string>;

/** A record's members, one a line; those it does not say are left out. */
function Facts({ record, w }: { record: RecordBody; w: Words }) {
  const members = Object.entries(membersOf(record)).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return (
    <dl className="facts-list">
      {members.map(([member, value]) => (
        <FactLine key={member} name={wordIn(words, w, member)} value={inWords(member, value, w)} />
      ))}
    </dl>
  );
}

function FactLine({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function inWords(member: string, value: unknown, w: Words): string {
  if (typeof value === 'boolean') return value ? w('yes') : w('no');
  if (member === 'windows') {
    const hours = hoursOf(value);
    return hours.length === 0 ? w('none') : hours.map(({ days, from, to }) => `${days.map((day) => wordIn(words, w, day)).join('、')} ${from}–${to}`).join('；');
  }
  if (member === 'plate') return plateText(String(value));
  return typeof value === 'string' ? wordIn(words, w, value) : typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function Versions({ versions }: { versions: readonly RecordVersion[] }) {
  const t = useTexts(texts);
  const w = useTexts(words);
  return (
    <>
      <h3>{t('history')}</h3>
      <ol className="versions">
        {versions.map(({ from, record, made, by, reason }, i) => {
          const before = versions[i + 1]?.record ?? null;
          return (
            <li key={`${from ?? ''} ${i}`}>
              <strong>{from === null ? t('beginning') : t('since', { from: minute(Date.parse(from)) })}</strong>{' '}
              {record === null ? t('not_in') : before === null ? t('first') : t('changed', { members: changedMembers(before, record).map((member) => wordIn(words, w, member)).join('、') })}
              {by !== null && made !== null && <span className="quiet"> {t('by', { by, made: minute(Date.parse(made)) })}</span>}
              {reason !== null && <p>{reason}</p>}
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** The members in which two versions differ; the shape is one. */
export function changedMembers(before: RecordBody, after: RecordBody): string[] {
  const [a, b] = [membersOf(before), membersOf(after)];
  const members = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((member) => JSON.stringify(a[member]) !== JSON.stringify(b[member]));
  return JSON.stringify(before['geometry']) === JSON.stringify(after['geometry']) ? members : [...members, 'geometry'];
}

interface Terminal {
  terminal: string;
  plate: string | null;
  standing: string;
  online: boolean;
}
const terminals: Decoder<{ terminals: Terminal[] }> = object<{ terminals: Terminal[] }>({
  terminals: list(object<Terminal>({ terminal: text, plate: optional(text), standing: text, online: flag })),
});

function Devices({ plate }: { plate: string }) {
  const t = useTexts(texts);
  const [data, retry] = useFetched('/api/v1/terminals', terminals);
  return (
    <>
      <h3>{t('devices')}</h3>
      <Loaded data={data} retry={retry}>
        {(value) => {
          const fitted = value.terminals.filter((terminal) => terminal.plate === plate);
          return fitted.length === 0 ? (
            <Notice kind="warn">
              <p>{t('no_device')}</p>
            </Notice>
          ) : (
            <ul>
              {fitted.map(({ terminal, standing, online }) => (
                <li key={terminal}>
                  {online ? '● ' : '○ '}
                  {t('device', { terminal, standing: wordIn(texts, t, standing), online: online ? t('online') : t('offline') })}
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </>
  );
}
