import { duration } from '../../format/age';
import { date } from '../../format/time';
import { plateText } from '../../format/plate';
import { useLanguage, useTexts } from '../../i18n/define';
import { When } from '../../ui/When';
import type { Checked } from './api';
import type { OfflineAnswer, PermitShown } from './offline';
import { texts } from './texts';

const SIGNS = { yes: '✓', no: '✕', unknown: '?' } as const;

/** The one big word, why, and by which permit; from the service, or from what the device keeps. */
export function Verdict(props: { checked: Checked } | { offline: OfflineAnswer; as_of: number }) {
  const t = useTexts(texts);
  const language = useLanguage();
  if ('checked' in props) {
    const { checked } = props;
    const [first, ...others] = checked.reasons;
    return (
      <>
        <Word may={checked.may} why={first?.[language] ?? ''} plate={checked.plate} />
        {others.map((reason) => (
          <p key={`${reason.code}${reason.en}`} className="check-reason">
            {reason[language]}
          </p>
        ))}
        {checked.cautions.length > 0 && (
          <section className="check-cautions" aria-label={t('cautions')}>
            <h2>! {t('cautions')}</h2>
            <ul>
              {checked.cautions.map((caution) => (
                <li key={caution.code}>{caution[language]}</li>
              ))}
            </ul>
          </section>
        )}
        <dl className="check-facts">
          <dt>{t('carrier')}</dt>
          <dd>{checked.carrier ?? t('no_carrier')}</dd>
          <dt>{t('last')}</dt>
          <dd>
            {checked.last === null ? t('last_none') : <When at={checked.last.time} />}
            {checked.last_m !== null && ` · ${t('last_away', { m: checked.last_m })}`}
          </dd>
        </dl>
        <Permits permits={checked.permits} />
      </>
    );
  }
  const { offline, as_of } = props;
  return (
    <>
      <p className="check-offline">! {t('offline', { age: duration((Date.now() - as_of) / 1000, language) })}</p>
      <Word may={offline.may} why={t(`offline.${offline.reason}`)} plate={offline.truck?.plate ?? ''} />
      <dl className="check-facts">
        <dt>{t('carrier')}</dt>
        <dd>{offline.truck?.carrier ?? t('no_carrier')}</dd>
      </dl>
      <Permits permits={offline.permit === null ? (offline.truck?.permits ?? []) : [offline.permit]} />
    </>
  );
}

function Word({ may, why, plate }: { may: keyof typeof SIGNS; why: string; plate: string }) {
  const t = useTexts(texts);
  return (
    <p className={`check-word ${may}`} data-may={may}>
      <span className="check-big">
        <span aria-hidden="true">{SIGNS[may]}</span> {t(may)}
      </span>
      <span>
        {plateText(plate)} {why}
      </span>
    </p>
  );
}

function Permits({ permits }: { permits: readonly PermitShown[] }) {
  const t = useTexts(texts);
  if (permits.length === 0) return null;
  return (
    <section aria-label={t('permits')}>
      <h2>{t('permits')}</h2>
      <ul className="check-permits">
        {permits.map((permit) => (
          <li key={permit.number}>
            <strong>{permit.number}</strong> {t('permit_until', { day: date(permit.valid_until - 1) })} ·{' '}
            {permit.hours.length === 0 ? t('hours_always') : permit.hours.map(({ from, to }) => `${from}—${to}`).join('、')}
            <br />
            {permit.legs.join('；')} {permit.waste_class}
          </li>
        ))}
      </ul>
    </section>
  );
}
