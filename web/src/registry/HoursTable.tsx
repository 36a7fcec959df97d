import { useTexts } from '../i18n/define';
import { texts } from './texts';

export interface Hours {
  days: string[];
  from: string;
  to: string;
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** The windows of a record, as far as they are any. */
export function hoursOf(value: unknown): Hours[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((window: unknown) => {
    const { days, from, to } = (window ?? {}) as Partial<Record<keyof Hours, unknown>>;
    const named = Array.isArray(days) ? days.filter((day): day is string => typeof day === 'string') : [];
    return typeof from === 'string' && typeof to === 'string' ? [{ days: named, from, to }] : [];
  });
}

/** When something holds: rows of days and hours. An end before the start is past midnight. */
export function HoursTable({ hours, change }: { hours: readonly Hours[]; change: (hours: Hours[]) => void }) {
  const t = useTexts(texts);
  const put = (at: number, part: Partial<Hours>) => change(hours.map((row, i) => (i === at ? { ...row, ...part } : row)));
  return (
    <fieldset className="hours">
      <legend>{t('hours_table')}</legend>
      {hours.map((row, at) => (
        <div key={at} className="hours-row">
          <div role="group" aria-label={t('days')} className="days">
            {DAYS.map((day) => (
              <label key={day} className="check">
                <input
                  type="checkbox"
                  checked={row.days.includes(day)}
                  onChange={(event) => put(at, { days: DAYS.filter((d) => (d === day ? event.target.checked : row.days.includes(d))) })}
                />{' '}
                {t(day)}
              </label>
            ))}
          </div>
          <label>
            {t('from')} <input type="text" inputMode="numeric" pattern="[0-2][0-9]:[0-5][0-9]" value={row.from} onChange={(event) => put(at, { from: event.target.value })} />
          </label>
          <label>
            {t('to')} <input type="text" inputMode="numeric" pattern="[0-2][0-9]:[0-5][0-9]" value={row.to} onChange={(event) => put(at, { to: event.target.value })} />
          </label>
          <button type="button" onClick={() => change(hours.filter((_, i) => i !== at))}>
            {t('remove')}
          </button>
        </div>
      ))}
      <button type="button" onClick={() => change([...hours, { days: [...DAYS], from: '22:00', to: '05:00' }])}>
        {t('add_hours')}
      </button>
    </fieldset>
  );
}
