import { useId, useState } from 'react';
import type { EpochMs } from '../api/types';
import { clock, dateTime } from '../format/time';
import { useTexts } from '../i18n/define';
import { PointTable } from './PointTable';
import type { Fix } from './api';
import { fastestOf, gapsOf, type Scale, speedPath, type Stretch, x, y } from './shape';
import { texts } from './texts';

const WIDTH = 600;
const HEIGHT = 120;
const STEP_KMH = 20;

/** Speed over time with the limit; gaps in the data stay gaps. A click moves the cursor. The same as a table on demand. */
export function SpeedPlot({
  points,
  from,
  to,
  limit_kmh = null,
  mark = null,
  cursor,
  setCursor,
}: {
  points: readonly Fix[];
  from: EpochMs;
  to: EpochMs;
  limit_kmh?: number | null;
  /** The stretch the finding is about. */
  mark?: Stretch | null;
  cursor: EpochMs;
  setCursor: (at: EpochMs) => void;
}) {
  const t = useTexts(texts);
  const [table, setTable] = useState(false);
  const hatch = useId();
  const fastest = fastestOf(points);
  const top_kmh = Math.ceil(Math.max(60, limit_kmh ?? 0, fastest?.speed_kmh ?? 0) / STEP_KMH) * STEP_KMH;
  const scale: Scale = { from, to, top_kmh, width: WIDTH, height: HEIGHT };
  const says =
    fastest === null
      ? t('plot_none')
      : t('plot_says', { from: dateTime(from), to: clock(to), top: Math.round(fastest.speed_kmh ?? 0), when: clock(fastest.time) }) +
        (limit_kmh === null ? '' : t('plot_limit', { limit: Math.round(limit_kmh) }));
  const lines = Array.from({ length: top_kmh / STEP_KMH + 1 }, (_, i) => i * STEP_KMH);
  return (
    <figure className="plot">
      <figcaption>
        {says}
        <button type="button" className="plain" aria-expanded={table} onClick={() => setTable(!table)}>
          {t(table ? 'table_hide' : 'table_show')}
        </button>
      </figcaption>
      <svg
        role="img"
        aria-label={says}
        viewBox={`-34 -8 ${WIDTH + 44} ${HEIGHT + 28}`}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const at = ((event.clientX - box.left) / box.width) * (WIDTH + 44) - 34;
          setCursor(from + (Math.min(WIDTH, Math.max(0, at)) / WIDTH) * (to - from));
        }}
      >
        <defs>
          <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path d="M0 0V6" className="plot-hatch" />
          </pattern>
        </defs>
        {mark !== null && <rect className="plot-mark" x={x(scale, mark.from)} y={0} width={Math.max(2, x(scale, mark.to) - x(scale, mark.from))} height={HEIGHT} />}
        {lines.map((kmh) => (
          <g key={kmh}>
            <path className="plot-line" d={`M0 ${y(scale, kmh)}H${WIDTH}`} />
            <text x={-6} y={y(scale, kmh) + 4} textAnchor="end">
              {kmh}
            </text>
          </g>
        ))}
        {gapsOf(points).map((gap) => (
          <g key={gap.from}>
            <rect x={x(scale, gap.from)} y={0} width={x(scale, gap.to) - x(scale, gap.from)} height={HEIGHT} fill={`url(#${hatch})`} data-gap />
            <text x={(x(scale, gap.from) + x(scale, gap.to)) / 2} y={14} textAnchor="middle">
              {t('gap')}
            </text>
          </g>
        ))}
        {limit_kmh !== null && (
          <g data-limit={limit_kmh}>
            <path className="plot-limit" d={`M0 ${y(scale, limit_kmh)}H${WIDTH}`} />
            <text className="plot-limit-text" x={WIDTH} y={y(scale, limit_kmh) - 4} textAnchor="end">
              {t('limit', { limit: Math.round(limit_kmh) })}
            </text>
          </g>
        )}
        <path className="plot-speed" d={speedPath(points, scale)} />
        <path className="plot-cursor" data-cursor={Math.round(cursor)} d={`M${x(scale, cursor)} 0V${HEIGHT}`} />
        <text x={0} y={HEIGHT + 16}>
          {clock(from)}
        </text>
        <text x={WIDTH} y={HEIGHT + 16} textAnchor="end">
          {clock(to)}
        </text>
      </svg>
      {table && <PointTable points={points} cursor={cursor} setCursor={setCursor} />}
    </figure>
  );
}
