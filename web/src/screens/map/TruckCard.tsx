import type { Truck } from '../../api/types';
import { ruleName } from '../../clues/facts';
import { ago } from '../../format/age';
import { plateText } from '../../format/plate';
import { clock, date, minute } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import type { Loadable } from '../../live/model';
import { useLive } from '../../live/useLive';
import { Goto } from '../../shell/Goto';
import { ageSeconds, isStale, shapeOf } from '../../trucks/look';
import { StateSign } from '../../trucks/StateSign';
import { TruckNotices } from '../../trucks/TruckNotices';
import { Plate } from '../../ui/Plate';
import { Failure } from '../../ui/states';
import type { TruckPermits } from './api';
import { kindOf } from './kinds';
import { texts } from './texts';

/** Everything known of the chosen truck: first of all whether it may haul now, and why. */
export function TruckCard({
  truck,
  permits,
  retry,
  now_ms,
  follow,
  setFollow,
  fly,
  close,
}: {
  truck: Truck;
  permits: Loadable<TruckPermits>;
  retry: () => void;
  now_ms: number;
  follow: boolean;
  setFollow: (on: boolean) => void;
  fly: () => void;
  close: () => void;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const age_s = ageSeconds(truck, now_ms);
  const old = isStale(truck, now_ms);
  const { last } = truck;
  return (
    <section className={old ? 'card stale' : 'card'} aria-label={t('card', { plate: plateText(truck.plate) })} data-card={truck.plate}>
      <header>
        <h2>
          <Plate plate={truck.plate} />
        </h2>
        <button type="button" className="plain" aria-label={t('close')} onClick={close}>
          ✕
        </button>
      </header>
      <Permit truck={truck} permits={permits} retry={retry} />
      <dl>
        <dt>{t('carrier')}</dt>
        <dd>{truck.carrier_name ?? t('unregistered')}</dd>
        <dt>{t('state')}</dt>
        <dd>
          <StateSign shape={shapeOf(truck, now_ms)} /> {t(`kind.${kindOf(truck)}`)}
          {truck.rules.length > 0 && `（${truck.rules.join('、')}）`}
        </dd>
        {last !== null && (
          <>
            <dt>{t('speed')}</dt>
            <dd className="number">{last.speed_kmh === null ? t('unknown') : t('kmh', { n: Math.round(last.speed_kmh) })}</dd>
            <dt>{t('load')}</dt>
            <dd>{t(`load.${last.load ?? 'unknown'}`)}</dd>
            <dt>{t('lid')}</dt>
            <dd>{t(`lid.${last.lid ?? 'unknown'}`)}</dd>
            <dt>{t('lift')}</dt>
            <dd>{t(`lift.${last.lift ?? 'unknown'}`)}</dd>
          </>
        )}
        <dt>{t('last')}</dt>
        <dd className="number">
          {last === null || age_s === null ? t('no_report') : `${clock(last.time)}（${ago(age_s, language)}）`}
          {last?.fix === 'none' && ` · ${t('no_fix')}`}
          {old && <span className="tag old"> {t('stale')}</span>}
        </dd>
      </dl>
      <div className="buttons">
        <button type="button" onClick={fly}>
          {t('fly')}
        </button>
        <button type="button" aria-pressed={follow} onClick={() => setFollow(!follow)}>
          {t(follow ? 'follow_on' : 'follow_off')}
        </button>
        <Goto className="button" to={{ screen: 'review', state: { state: 'all', only: truck.plate } }}>
          {t('its_clues')}
        </Goto>
        <Goto className="button" to={{ screen: 'replay', id: truck.plate, state: { from: String(Math.round(now_ms) - 3_600_000), to: String(Math.round(now_ms)) } }}>
          {t('replay')}
        </Goto>
      </div>
      <TruckNotices plate={truck.plate} />
    </section>
  );
}

/** May this truck haul now, and why. */
function Permit({ truck, permits, retry }: { truck: Truck; permits: Loadable<TruckPermits>; retry: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const clues = useLive((model) => model.clues);
  const pending = clues.kind === 'ready' ? [...clues.value.by_id.values()].filter(({ plate, state }) => plate === truck.plate && state === 'pending') : [];
  if (permits.kind === 'failed') return <Failure problem={permits.problem} retry={retry} />;
  const valid = permits.kind === 'ready' && permits.value.permits.some(({ standing }) => standing === 'valid');
  return (
    <div className={permits.kind === 'loading' ? 'permit' : valid ? 'permit yes' : 'permit no'} data-permit={permits.kind === 'loading' ? '' : valid ? 'yes' : 'no'}>
      <strong>
        {permits.kind === 'loading' ? t('permit.checking') : valid ? `✓ ${t('permit.yes')}` : `✕ ${t('permit.no')}`}
      </strong>
      {permits.kind === 'ready' && (
        <ul>
          {permits.value.permits.length === 0 && <li>{t('permit.none')}</li>}
          {permits.value.permits.map(({ number, standing, valid_from, valid_until }) => (
            <li key={number}>
              {number}：{t(`why.${standing}`, { from: date(valid_from), until: minute(valid_until) })}
            </li>
          ))}
          {pending.slice(0, 3).map((clue) => (
            <li key={clue.id}>
              <Goto to={{ screen: 'review', id: clue.id }}>{t('why_clue', { what: ruleName(clue, language) })}</Goto>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
