import { useTexts } from '../../i18n/define';
import type { Counts, DaySeen } from './api';
import { texts } from './texts';

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 40;
const FLOOR = 170;

/** Clues by day as bars, those confirmed before them; days without data are shaded. */
export function Plot({ days, total }: { days: readonly DaySeen[]; total: Counts }) {
  const t = useTexts(texts);
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return null;
  const peak = days.reduce((most, day) => (day.clues > most.clues ? day : most), first);
  const top = Math.max(1, peak.clues);
  const step = (WIDTH - LEFT) / days.length;
  const height = (n: number) => ((FLOOR - 14) * n) / top;
  const says = t('plot_says', { from: first.day, to: last.day, hauls: total.hauls, clues: total.clues, confirmed: total.confirmed, peak: peak.day, n: peak.clues });
  return (
    <>
      <p>{says}</p>
      <svg className="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={says}>
        {days.map(({ day, data, clues, confirmed }, i) => {
          const x = LEFT + i * step;
          return (
            <g key={day}>
              {data !== 'whole' && <rect className="blind" x={x} y="10" width={step} height={FLOOR - 10} />}
              <rect className="bar" x={x + step * 0.1} y={FLOOR - height(clues)} width={step * 0.5} height={height(clues)} />
              <rect className="bar second" x={x + step * 0.6} y={FLOOR - height(confirmed)} width={step * 0.3} height={height(confirmed)} />
            </g>
          );
        })}
        <line className="axis" x1={LEFT} x2={WIDTH} y1={FLOOR} y2={FLOOR} />
        <text x={LEFT - 4} y="20" textAnchor="end">
          {top}
        </text>
        <text x={LEFT - 4} y={FLOOR} textAnchor="end">
          0
        </text>
        <text x={LEFT} y={HEIGHT - 10}>
          {first.day}
        </text>
        <text x={WIDTH} y={HEIGHT - 10} textAnchor="end">
          {last.day}
        </text>
      </svg>
    </>
  );
}
