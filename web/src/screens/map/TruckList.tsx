import { type KeyboardEvent, memo, type RefObject } from 'react';
import type { Truck } from '../../api/types';
import { ago } from '../../format/age';
import { plateText } from '../../format/plate';
import { useLanguage, useTexts } from '../../i18n/define';
import { ageSeconds, isStale, shapeOf } from '../../trucks/look';
import { StateSign } from '../../trucks/StateSign';
import { Goto } from '../../shell/Goto';
import { Empty } from '../../ui/states';
import { kindOf } from './kinds';
import { texts } from './texts';

/** Rows drawn at most; a search finds the others. */
export const ROWS_MAX = 60;

/** Trucks as a list, the worst first: what the map shows, for those who do not see it. */
export const TruckList = memo(function TruckList({
  rows,
  fitting,
  total,
  now_ms,
  chosen,
  choose,
  fly,
  typed,
  setTyped,
  showAll,
  search,
}: {
  rows: readonly Truck[];
  fitting: number;
  total: number;
  now_ms: number;
  chosen: string | null;
  choose: (plate: string | null) => void;
  fly: () => void;
  typed: string;
  setTyped: (typed: string) => void;
  showAll: () => void;
  search: RefObject<HTMLInputElement | null>;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const shown = rows.slice(0, ROWS_MAX);
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement && shown[0] !== undefined) {
      choose(shown[0].plate);
      fly();
    }
    if (step === 0) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button.truck')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
  };
  return (
    <div className="truck-list" onKeyDown={move}>
      <input ref={search} type="search" aria-label={t('search')} placeholder={t('search_hint')} value={typed} onChange={(event) => setTyped(event.target.value)} />
      {total === 0 && (
        <Empty says={t('none')}>
          <Goto to={{ screen: 'terminals' }}>{t('none_registers')}</Goto>
        </Empty>
      )}
      {total > 0 && fitting === 0 && (
        <Empty says={t('none_match')}>
          <button type="button" onClick={showAll}>
            {t('show_all')}
          </button>
        </Empty>
      )}
      {fitting > shown.length && <p className="quiet">{t('shown_of', { shown: shown.length, n: fitting })}</p>}
      <ul aria-label={t('list')}>
        {shown.map((truck) => {
          const age_s = ageSeconds(truck, now_ms);
          const speed = truck.last?.speed_kmh;
          const is_chosen = truck.plate === chosen;
          return (
            <li key={truck.plate}>
              <button
                type="button"
                className={isStale(truck, now_ms) ? 'row truck stale' : 'row truck'}
                data-truck={truck.plate}
                aria-pressed={is_chosen}
                onClick={() => {
                  // Enter or a click on the chosen one brings it into sight.
                  if (is_chosen) fly();
                  else choose(truck.plate);
                }}
              >
                <StateSign shape={shapeOf(truck, now_ms)} />
                <span className="plate">{plateText(truck.plate)}</span>
                <span>
                  {t(`kind.${kindOf(truck)}`)}
                  {truck.rules.length > 0 && ` ${truck.rules.join(' ')}`}
                </span>
                <span className="number">{speed === undefined || speed === null ? '' : Math.round(speed)}</span>
                <span className="number quiet">{age_s === null ? t('no_report') : ago(age_s, language)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
});
