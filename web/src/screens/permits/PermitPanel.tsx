import { useMemo, useState } from 'react';
import { send } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { type PermitDetail, permitDetail, stored } from '../../registry/api';
import { DrawMap } from '../../registry/DrawMap';
import { SaveBar } from '../../registry/SaveBar';
import { useAddressState } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { Plate } from '../../ui/Plate';
import { useShortcuts } from '../../ui/shortcuts';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { PermitCalendar } from './PermitCalendar';
import { PermitEdit } from './PermitEdit';
import { texts } from './texts';

/** One permit: how it stands, its terms, its days, its ways on a map, its QR code. */
export function PermitPanel({ number, may_edit, onChanged }: { number: string; may_edit: boolean; onChanged: () => void }) {
  const [version, setVersion] = useState(0);
  const [month, setMonth] = useAddressState('month');
  const query = month === null ? '' : `?month=${encodeURIComponent(month)}`;
  const [data, retry] = useFetched(`/api/v1/permits/${encodeURIComponent(number)}${query}`, permitDetail, version);
  const changed = () => {
    setVersion((n) => n + 1);
    onChanged();
  };
  return (
    <div>
      <Loaded data={data} retry={retry}>
        {(detail) => <Detail detail={detail} may_edit={may_edit} onChanged={changed} setMonth={setMonth} />}
      </Loaded>
    </div>
  );
}

const KINDS: Readonly<Record<string, 'info' | 'warn' | 'bad'>> = { in_force: 'info', ends_soon: 'warn', upcoming: 'warn' };

function Detail({ detail, may_edit, onChanged, setMonth }: { detail: PermitDetail; may_edit: boolean; onChanged: () => void; setMonth: (month: string | null) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [act, setAct] = useAddressState('act');
  useShortcuts({ e: may_edit ? () => setAct('edit') : undefined });
  const none = useMemo(() => null, []);
  if (act === 'edit' && may_edit) {
    return (
      <PermitEdit
        key={detail.tag}
        detail={detail}
        onSaved={() => {
          onChanged();
          setAct(null);
        }}
        cancel={() => setAct(null)}
      />
    );
  }
  return (
    <section className="permit-detail" aria-label={detail.number}>
      <h2>{detail.number}</h2>
      <p>
        <Goto to={{ id: null, state: { act: null, month: null } }}>{t('back')}</Goto>
      </p>
      <Notice kind={KINDS[detail.state] ?? 'bad'}>
        <p className="permit-standing">{language === 'zh' ? detail.state_zh : detail.state_en}</p>
      </Notice>
      <h3>{t('terms')}</h3>
      <p>{language === 'zh' ? detail.terms_zh : detail.terms_en}</p>
      <h3>{t('trucks')}</h3>
      <ul className="plates">
        {detail.trucks.map((plate) => (
          <li key={plate}>
            <Plate plate={plate} />
          </li>
        ))}
      </ul>
      <h3>{t('on_map')}</h3>
      <DrawMap shape={none} around={detail.features} fit_to={detail.number} small />
      <ul>
        {detail.legs.map((leg) => (
          <li key={`${leg.source} ${leg.sink} ${leg.route ?? ''}`}>
            {leg.source_name} → {leg.sink_name}（{leg.route_name ?? t('any_way')}）
          </li>
        ))}
      </ul>
      <PermitCalendar month={detail.month} days={detail.days} setMonth={setMonth} />
      <h3>{t('qr')}</h3>
      <div className="qr">
        <img src={`/api/v1/permits/${encodeURIComponent(detail.number)}/qr.svg`} alt={t('qr_alt', { number: detail.number })} />
        <a href={detail.check_path}>{t('qr_link')}</a>
      </div>
      <p>
        <Goto to={{ screen: 'registers', state: { register: 'carriers', search: detail.carrier_uscc } }}>{detail.carrier_name}</Goto>
      </p>
      {may_edit && <Acts detail={detail} act={act} setAct={setAct} onChanged={onChanged} />}
    </section>
  );
}

const ACTS = ['suspend', 'resume', 'revoke', 'end'] as const;

function Acts({ detail, act, setAct, onChanged }: { detail: PermitDetail; act: string | null; setAct: (act: string | null) => void; onChanged: () => void }) {
  const t = useTexts(texts);
  const [last_day, setLastDay] = useState(detail.valid_to);
  const [at, setAt] = useState('');
  const open = ACTS.find((known) => known === act);
  const fits = ACTS.filter((known) => (detail.state === 'revoked' ? false : known === 'resume' ? detail.state === 'suspended' : known !== 'suspend' || detail.state !== 'suspended'));
  return (
    <>
      <p className="acts">
        <button type="button" onClick={() => setAct('edit')}>
          {t('edit')}
        </button>
        {fits.map((known) => (
          <button key={known} type="button" aria-expanded={known === open} onClick={() => setAct(known === open ? null : known)}>
            {t(known)}
          </button>
        ))}
      </p>
      {open !== undefined && (
        <div>
          {open === 'revoke' && <p>{t('sure_revoke')}</p>}
          {open === 'end' && (
            <Field label={t('last_day')} required>
              {(props) => <input {...props} type="date" value={last_day} onChange={(event) => setLastDay(event.target.value)} />}
            </Field>
          )}
          {open !== 'end' && (
            <Field label={t('at')} hint={t('act_hint')}>
              {(props) => <input {...props} type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />}
            </Field>
          )}
          <SaveBar
            key={open}
            danger={open !== 'resume'}
            label={t(open)}
            save={(wish) => {
              const moment = at === '' ? null : `${at}:00+08:00`;
              const body = { valid_from: open === 'end' || wish.valid_from !== '' ? wish.valid_from || null : moment, last_day: open === 'end' ? last_day : null, reason: wish.reason };
              return send('POST', `/api/v1/permits/${encodeURIComponent(detail.number)}/${open}`, body, stored, { 'If-Match': `"${detail.tag ?? ''}"` });
            }}
            onSaved={() => {
              onChanged();
              setAct(null);
            }}
            cancel={() => setAct(null)}
          />
        </div>
      )}
    </>
  );
}
