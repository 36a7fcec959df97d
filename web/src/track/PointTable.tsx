import { useMemo } from 'react';
import type { EpochMs } from '../api/types';
import { clock } from '../format/time';
import { useTexts } from '../i18n/define';
import { type Column, DataTable } from '../ui/DataTable';
import type { Fix } from './api';
import { indexAt } from './shape';
import { texts } from './texts';

/** Points shown at once, around the cursor. */
const SHOWN = 60;

/** The points of a track around the cursor: what map and plot draw, for those who do not see them. */
export function PointTable({ points, cursor, setCursor }: { points: readonly Fix[]; cursor: EpochMs; setCursor: (at: EpochMs) => void }) {
  const t = useTexts(texts);
  const at = indexAt(points, cursor);
  const first = Math.max(0, Math.min(at - SHOWN / 2, points.length - SHOWN));
  const columns = useMemo<Column<Fix>[]>(
    () => [
      {
        id: 'time',
        head: t('time'),
        names_row: true,
        cell: (fix) => (
          <button type="button" className="plain" onClick={() => setCursor(fix.time)}>
            {clock(fix.time)}
          </button>
        ),
      },
      { id: 'speed', head: t('speed'), number: true, cell: (fix) => (fix.speed_kmh === null ? t('unknown') : fix.speed_kmh.toFixed(0)) },
      { id: 'load', head: t('load'), cell: (fix) => t(`load.${fix.load ?? 'unknown'}`) },
      { id: 'lid', head: t('lid'), cell: (fix) => t(`lid.${fix.lid ?? 'unknown'}`) },
      { id: 'place', head: t('place'), number: true, cell: (fix) => `${fix.lat.toFixed(5)}, ${fix.lon.toFixed(5)}` },
    ],
    [t, setCursor],
  );
  return (
    <div className="point-table">
      {points.length > SHOWN && <p className="quiet">{t('table_part', { shown: SHOWN, n: points.length })}</p>}
      <DataTable caption={t('table')} columns={columns} rows={points.slice(first, first + SHOWN)} rowKey={(fix) => String(fix.time)} chosen={String(points[at]?.time ?? '')} />
    </div>
  );
}
