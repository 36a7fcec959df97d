import type { Truck } from '../api/types';
import { ago } from '../format/age';
import { plateText } from '../format/plate';
import { clock } from '../format/time';
import { useText } from '../i18n/text';
import { useView } from '../view/address';
import { ageSeconds, isStale, shapeOf } from './look';
import { StateSign } from './StateSign';
import { TruckNotices } from './TruckNotices';

/** Everything known of the chosen truck. */
export function TruckCard({ truck, now_ms }: { truck: Truck; now_ms: number }) {
  const { t, word, language } = useText();
  const { go } = useView();
  const age_s = ageSeconds(truck, now_ms);
  const last = truck.last;
  return (
    <section className={isStale(truck, now_ms) ? 'card stale' : 'card'} aria-label={t('trucks.card', { plate: plateText(truck.plate) })}>
      <header>
        <h3>{plateText(truck.plate)}</h3>
        <button type="button" className="plain" aria-label={t('common.close')} onClick={() => go({ truck: null })}>
          ✕
        </button>
      </header>
      <dl>
        <dt>{t('trucks.carrier')}</dt>
        <dd>{truck.carrier_name ?? t('trucks.unregistered')}</dd>
        <dt>{t('trucks.state')}</dt>
        <dd>
          <StateSign shape={shapeOf(truck, now_ms)} /> {word('trucks.state', truck.state)}
          {truck.rules.length > 0 && `（${truck.rules.join('、')}）`}
        </dd>
        {last !== null && (
          <>
            <dt>{t('trucks.speed')}</dt>
            <dd>{last.speed_kmh === null ? t('common.unknown') : `${Math.round(last.speed_kmh)} km/h`}</dd>
            <dt>{t('trucks.load')}</dt>
            <dd>{word('load', last.load ?? 'unknown')}</dd>
            <dt>{t('trucks.lid')}</dt>
            <dd>{word('lid', last.lid ?? 'unknown')}</dd>
            <dt>{t('trucks.lift')}</dt>
            <dd>{word('lift', last.lift ?? 'unknown')}</dd>
          </>
        )}
        <dt>{t('trucks.last')}</dt>
        <dd>
          {last === null || age_s === null ? t('trucks.no_report') : `${clock(last.time)}（${ago(age_s, language)}）`}
          {last?.fix === 'none' && ` · ${t('trucks.no_fix')}`}
          {isStale(truck, now_ms) && <span className="tag old"> {t('trucks.stale')}</span>}
        </dd>
      </dl>
      <button type="button" onClick={() => go({ panel: 'clues', clues: 'all', only: truck.plate, clue: null })}>
        {t('trucks.its_clues')}
      </button>
      <TruckNotices plate={truck.plate} />
    </section>
  );
}
