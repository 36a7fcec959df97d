import { type FormEvent, useState } from 'react';
import { asProblem, post, type Problem } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { Goto } from '../../shell/Goto';
import { useOfficer } from '../../shell/officer';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { Plate } from '../../ui/Plate';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { filedCase, type TipDetail as Detail, tipDetail } from './api';
import { texts } from './texts';
import { originOf } from './TipsScreen';

/** One report: what was told, what the truck's own track says, and the acts that end it. */
export function TipDetail({ receipt }: { receipt: string }) {
  const t = useTexts(texts);
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched(`/api/v1/public-reports/${encodeURIComponent(receipt)}`, tipDetail, version);
  return (
    <section className="panel tips" aria-label={receipt}>
      <p>
        <Goto to={{ screen: 'tips', id: null }}>‹ {t('back')}</Goto>
      </p>
      <Loaded data={data} retry={retry}>
        {(tip) => (
          <>
            <Facts tip={tip} />
            <Photos tip={tip} />
            <Compared tip={tip} />
            <Acts tip={tip} onDone={() => setVersion((n) => n + 1)} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Facts({ tip }: { tip: Detail }) {
  const t = useTexts(texts);
  const language = useLanguage();
  return (
    <dl className="facts">
      <dt>{t('receipt')}</dt>
      <dd>{tip.receipt}</dd>
      <dt>{t('what')}</dt>
      <dd>{language === 'zh' ? tip.what_zh : tip.what_en}</dd>
      <dt>{t('plate')}</dt>
      <dd>
        {tip.plate === null ? t('as_written', { text: tip.plate_text }) : <Plate plate={tip.plate} />}
      </dd>
      <dt>{t('carrier')}</dt>
      <dd>{tip.carrier_name ?? t('not_registered')}</dd>
      <dt>{t('place')}</dt>
      <dd>
        {tip.place} {tip.lat !== null && tip.lon !== null && `${tip.lat.toFixed(5)}, ${tip.lon.toFixed(5)}`}
      </dd>
      <dt>{t('occurred')}</dt>
      <dd>
        <When at={tip.occurred_at} />
      </dd>
      <dt>{t('received')}</dt>
      <dd>
        <When at={tip.received_at} />
      </dd>
      <dt>{t('origin')}</dt>
      <dd>{originOf(t, tip)}</dd>
      {tip.contact !== null && (
        <>
          <dt>{t('contact')}</dt>
          <dd>{tip.contact}</dd>
        </>
      )}
      <dt>{t('text')}</dt>
      <dd className="words">{tip.text}</dd>
      <dt>{t('state')}</dt>
      <dd>
        {t.word('state', tip.state)} {tip.state === 'taken' && t('taken_by', { by: tip.taken_by ?? '' })}
        {tip.end !== null && t('ended', { by: tip.end.by, reason: tip.end.reason })}
        {tip.end?.case_no != null && ` · ${tip.end.case_no}`}
      </dd>
    </dl>
  );
}

function Photos({ tip }: { tip: Detail }) {
  const t = useTexts(texts);
  if (tip.photos === 0) return null;
  return (
    <section aria-label={t('photos')}>
      <h2>{t('photos')}</h2>
      <div className="tip-photos">
        {Array.from({ length: tip.photos }, (_, at) => {
          const path = `/api/v1/public-reports/${encodeURIComponent(tip.receipt)}/photos/${at + 1}`;
          return (
            <a key={path} href={path} target="_blank" rel="noreferrer">
              <img src={path} alt={t('photo', { n: at + 1 })} loading="lazy" />
            </a>
          );
        })}
      </div>
    </section>
  );
}

function Compared({ tip: { sighting } }: { tip: Detail }) {
  const t = useTexts(texts);
  if (sighting === null) {
    return (
      <section aria-label={t('track')}>
        <h2>{t('track')}</h2>
        <p>{t('no_plate')}</p>
      </section>
    );
  }
  const m = Math.round(sighting.nearest_m ?? 0);
  const kind = sighting.verdict === 'near' ? 'good' : sighting.verdict === 'elsewhere' ? 'warn' : 'info';
  const says = sighting.verdict === 'near' ? t('verdict.near', { m }) : sighting.verdict === 'elsewhere' ? t('verdict.elsewhere', { m }) : t.word('verdict', sighting.verdict);
  return (
    <section aria-label={t('track')}>
      <h2>{t('track')}</h2>
      <Notice kind={kind}>
        <p>{says}</p>
        {sighting.nearest_at !== null && (
          <p>
            {t('nearest_at')} <When at={sighting.nearest_at} precise="second" />
          </p>
        )}
        {sighting.then_at !== null && (
          <p>
            {t('then_at')} <When at={sighting.then_at} precise="second" />
            {sighting.then_m !== null && ` · ${Math.round(sighting.then_m)} m`}
          </p>
        )}
      </Notice>
    </section>
  );
}

const DECIDE: readonly string[] = ['enforcer', 'police'];

function Acts({ tip, onDone }: { tip: Detail; onDone: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const officer = useOfficer();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [filed, setFiled] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const [reason_missing, setReasonMissing] = useState(false);
  const [fact, setFact] = useState('');
  const [rule, setRule] = useState(tip.rule ?? '');
  const [plate, setPlate] = useState(tip.plate ?? tip.plate_text);
  const [other, setOther] = useState('');
  const path = (act: string) => `/api/v1/public-reports/${encodeURIComponent(tip.receipt)}/${act}`;
  const act = async (what: () => Promise<void>) => {
    setProblem(null);
    try {
      await what();
      onDone();
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  const dismiss = (event: FormEvent) => {
    event.preventDefault();
    setReasonMissing(reason.trim() === '');
    if (reason.trim() !== '') void act(async () => void (await post(path('dismiss'), { reason }, tipDetail)));
  };
  const file = (event: FormEvent) => {
    event.preventDefault();
    const body = {
      rule,
      plate,
      fact,
      occurred_at: new Date(tip.occurred_at).toISOString(),
      officers: other.trim() === '' ? [] : [other.trim()],
    };
    void act(async () => setFiled((await post(path('file'), body, filedCase)).case.number));
  };
  if (filed !== null) {
    return (
      <Notice kind="good" alert>
        <p>{t('filed', { number: filed })}</p>
      </Notice>
    );
  }
  if (tip.end !== null) return null;
  if (!DECIDE.includes(officer.role)) return <p className="quiet">{t('read_only')}</p>;
  return (
    <div className="tip-acts">
      {problem !== null && (
        <Notice kind="bad" alert>
          <p>{t('failed', { what: problem[language] })}</p>
        </Notice>
      )}
      {tip.state === 'received' && (
        <button type="button" className="primary" onClick={() => void act(async () => void (await post(path('take'), {}, tipDetail)))}>
          {t('take')}
        </button>
      )}
      <details>
        <summary>{t('file')}</summary>
        <form onSubmit={file}>
          <p className="quiet">{t('file_hint')}</p>
          <Field label={t('rule')} required>
            {(props) => <input {...props} value={rule} onChange={({ target }) => setRule(target.value)} />}
          </Field>
          <Field label={t('plate')} required>
            {(props) => <input {...props} value={plate} onChange={({ target }) => setPlate(target.value)} />}
          </Field>
          <Field label={t('fact')} required>
            {(props) => <textarea {...props} rows={3} maxLength={1000} value={fact} onChange={({ target }) => setFact(target.value)} />}
          </Field>
          <Field label={t('officers')}>
            {(props) => <input {...props} value={other} onChange={({ target }) => setOther(target.value)} />}
          </Field>
          <button type="submit" className="primary">
            {t('file_send')}
          </button>
        </form>
      </details>
      <details>
        <summary>{t('dismiss')}</summary>
        <form onSubmit={dismiss}>
          <Field label={t('reason')} required problem={reason_missing ? t('reason_empty') : null}>
            {({ required: _, ...props }) => <textarea {...props} rows={2} maxLength={1000} value={reason} onChange={({ target }) => setReason(target.value)} />}
          </Field>
          <button type="submit">{t('dismiss_send')}</button>
        </form>
      </details>
    </div>
  );
}
