import { points } from '../../format/points';
import { date } from '../../format/time';
import { useTexts } from '../../i18n/define';
import { DataTable } from '../../ui/DataTable';
import { When } from '../../ui/When';
import type { ScoreAt } from './api';
import { texts } from './texts';
import { HEIGHT, plotOf, WIDTH } from './trend';

/** Below this a company is listed. */
const BLACK_CENTI = 6_000;

/** The year's score week by week: a sentence and a drawing, the figures behind a button. */
export function Trend({ trend }: { trend: readonly ScoreAt[] }) {
  const t = useTexts(texts);
  const plot = plotOf(trend, BLACK_CENTI);
  const first = trend[0];
  const last = trend.at(-1);
  if (plot === null || first === undefined || last === undefined) return null;
  const low = trend.reduce((lowest, point) => (point.score_centi < lowest.score_centi ? point : lowest), first);
  const says = t('trend_says', {
    from: date(first.at),
    to: date(last.at),
    first: points(first.score_centi),
    last: points(last.score_centi),
    low: points(low.score_centi),
    when: date(low.at),
  });
  return (
    <>
      <p>{says}</p>
      <svg className="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${says} ${t('black_limit')}`}>
        {plot.ticks.map(({ y, label }) => (
          <g key={label}>
            <line className="axis" x1="44" x2={WIDTH - 10} y1={y} y2={y} strokeOpacity="0.35" />
            <text x="38" y={y + 4} textAnchor="end">
              {label}
            </text>
          </g>
        ))}
        <line className="limit" x1="44" x2={WIDTH - 10} y1={plot.limit_y} y2={plot.limit_y} />
        <text x={WIDTH - 12} y={plot.limit_y - 5} textAnchor="end">
          {t('black_limit')}
        </text>
        <path className="curve" d={plot.path} />
        <text x="44" y={HEIGHT - 6}>
          {date(first.at)}
        </text>
        <text x={WIDTH - 10} y={HEIGHT - 6} textAnchor="end">
          {date(last.at)}
        </text>
      </svg>
      <details>
        <summary>{t('trend_table')}</summary>
        <DataTable<ScoreAt>
          caption={t('trend')}
          hide_caption
          rows={trend}
          rowKey={({ at }) => String(at)}
          columns={[
            { id: 'at', head: t('week'), names_row: true, cell: ({ at }) => <When at={at} /> },
            { id: 'score', head: t('list'), number: true, cell: ({ score_centi }) => points(score_centi) },
          ]}
        />
      </details>
    </>
  );
}
