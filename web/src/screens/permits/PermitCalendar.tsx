import { useTexts } from '../../i18n/define';
import type { PermitDay } from '../../registry/api';
import { DAYS } from '../../registry/HoursTable';
import { texts as words } from '../../registry/texts';
import { texts } from './texts';

/** A month of a permit: on each day the hours in which it allows hauling. */
export function PermitCalendar({ month, days, setMonth }: { month: string; days: readonly PermitDay[]; setMonth: (month: string | null) => void }) {
  const t = useTexts(texts);
  const w = useTexts(words);
  return (
    <>
      <p className="acts">
        <button type="button" onClick={() => setMonth(shifted(month, -1))}>
          {t('earlier')}
        </button>
        <button type="button" onClick={() => setMonth(shifted(month, 1))}>
          {t('later')}
        </button>
      </p>
      <table className="calendar">
        <caption>{t('calendar', { month })}</caption>
        <thead>
          <tr>
            {DAYS.map((day) => (
              <th key={day} scope="col">
                {w(day)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks(days).map((week, i) => (
            <tr key={i}>
              {week.map((day, j) =>
                day === null ? (
                  <td key={j} />
                ) : (
                  <td key={j} className={day.state}>
                    <span className="day">{Number(day.date.slice(8))}</span>
                    {day.state === 'open' ? day.allowed.map(([from, to]) => `${from}–${to}`).join(' ') : t(day.state === 'closed' ? 'closed' : 'outside')}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The month so many after, as `2026-11`. */
export function shifted(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const at = year * 12 + number - 1 + by;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
}

/** Days in weeks from Monday on; days of other months are `null`. */
export function weeks(days: readonly PermitDay[]): (PermitDay | null)[][] {
  const first = days[0];
  if (first === undefined) return [];
  const before = (new Date(`${first.date}T00:00:00Z`).getUTCDay() + 6) % 7;
  const cells: (PermitDay | null)[] = [...Array<null>(before).fill(null), ...days];
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7));
}
