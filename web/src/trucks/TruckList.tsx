import { type RefObject, useMemo, useState } from 'react';
import type { Truck, TruckState } from '../api/types';
import { ago } from '../format/age';
import { plateMatches, plateText } from '../format/plate';
import { useText } from '../i18n/text';
import { useView } from '../view/address';
import { ageSeconds, isStale, shapeOf, worstFirst } from './look';
import { StateSign } from './StateSign';

/** Rows drawn at most; a search finds the others. */
const ROWS_MAX = 200;

/** Every truck as a list, worst first: what the map shows, for those who do not see it. */
export function TruckList({
  trucks,
  now_ms,
  search,
}: {
  trucks: ReadonlyMap<string, Truck>;
  now_ms: number;
  search: RefObject<HTMLInputElement | null>;
}) {
  const { t } = useText();
  const { view, go } = useView();
  const [typed, setTyped] = useState('');
  const rows = useMemo(() => chooseRows(trucks, view.trucks, typed), [trucks, view.trucks, typed]);

  if (trucks.size === 0) return <p className="state">{t('trucks.none')}</p>;
  return (
    <div className="truck-list">
      <input
        ref={search}
        type="search"
        aria-label={t('trucks.search')}
        placeholder={t('trucks.search_hint')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {rows.length === 0 && (
        <div className="state">
          <p>{t('trucks.none_match')}</p>
          <button
            type="button"
            onClick={() => {
              setTyped('');
              go({ trucks: null }, 'replace');
            }}
          >
            {t('trucks.show_all')}
          </button>
        </div>
      )}
      {rows.length > ROWS_MAX && <p className="quiet">{t('trucks.shown_of', { shown: ROWS_MAX, n: rows.length })}</p>}
      <ul aria-label={t('trucks.title')}>
        {rows.slice(0, ROWS_MAX).map((truck) => (
          <TruckRow key={truck.plate} truck={truck} now_ms={now_ms} chosen={truck.plate === view.truck} />
        ))}
      </ul>
    </div>
  );
}

function TruckRow({ truck, now_ms, chosen }: { truck: Truck; now_ms: number; chosen: boolean }) {
  const { t, word, language } = useText();
  const { go } = useView();
  const age_s = ageSeconds(truck, now_ms);
  const speed = truck.last?.speed_kmh;
  return (
    <li>
      <button
        type="button"
        className={isStale(truck, now_ms) ? 'row truck stale' : 'row truck'}
        aria-pressed={chosen}
        onClick={() => go({ truck: chosen ? null : truck.plate })}
      >
        <StateSign shape={shapeOf(truck, now_ms)} />
        <span className="plate">{plateText(truck.plate)}</span>
        <span>
          {word('trucks.state', truck.state)}
          {truck.rules.length > 0 && ` ${truck.rules.join(' ')}`}
        </span>
        <span className="number">{speed === undefined || speed === null ? '' : `${Math.round(speed)} km/h`}</span>
        <span className="number quiet">{age_s === null ? t('trucks.no_report') : ago(age_s, language)}</span>
      </button>
    </li>
  );
}

function chooseRows(trucks: ReadonlyMap<string, Truck>, state: TruckState | null, typed: string): Truck[] {
  return [...trucks.values()]
    .filter((truck) => (state === null || truck.state === state) && plateMatches(truck.plate, typed))
    .sort(worstFirst);
}
