import { useEffect, useState } from 'react';
import { defineTexts, useTexts } from '../i18n/define';
import { crossingOf, insert, move, type Point, removePoint, type Shape } from './shape';

export const texts = defineTexts({
  zh: {
    outline: '外边界坐标（WGS-84）',
    hole: '洞 {n} 的坐标',
    line: '线路坐标（WGS-84）',
    n: '序号',
    lon: '经度',
    lat: '纬度',
    lon_of: '第 {n} 点经度',
    lat_of: '第 {n} 点纬度',
    act: '操作',
    insert: '在前插入',
    insert_of: '在第 {n} 点前插入一点',
    remove: '删除',
    remove_of: '删除第 {n} 点',
    add: '增加一点',
    add_hole: '增加洞',
    remove_part: '删除此洞',
  },
  en: {
    outline: 'Corners of the outline (WGS-84)',
    hole: 'Corners of hole {n}',
    line: 'Points of the line (WGS-84)',
    n: 'No.',
    lon: 'Longitude',
    lat: 'Latitude',
    lon_of: 'Longitude of point {n}',
    lat_of: 'Latitude of point {n}',
    act: 'Act',
    insert: 'Insert before',
    insert_of: 'Insert a point before point {n}',
    remove: 'Remove',
    remove_of: 'Remove point {n}',
    add: 'Add a point',
    add_hole: 'Add a hole',
    remove_part: 'Remove this hole',
  },
});

/** A shape as tables of coordinates: all that the map can do, by keyboard. */
export function PointsTable({ shape, change }: { shape: Shape; change: (shape: Shape) => void }) {
  const t = useTexts(texts);
  const crossing = crossingOf(shape);
  return (
    <div className="points-scroll">
      {shape.parts.map((points, part) => {
        const bad = (at: number) => crossing?.part === part && [crossing.first, crossing.second].some((edge) => edge === at || (edge + 1) % points.length === at);
        const last = points[points.length - 1] ?? shape.parts[0]?.[0] ?? [113.39, 34.54];
        return (
          <section key={part}>
            <table className="points">
              <caption>{shape.kind === 'line' ? t('line') : part === 0 ? t('outline') : t('hole', { n: part })}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('n')}</th>
                  <th scope="col">{t('lon')}</th>
                  <th scope="col">{t('lat')}</th>
                  <th scope="col">{t('act')}</th>
                </tr>
              </thead>
              <tbody>
                {points.map((point, at) => (
                  <tr key={at} className={bad(at) ? 'bad' : undefined}>
                    <td>{at + 1}</td>
                    <td>
                      <Degrees label={t('lon_of', { n: at + 1 })} value={point[0]} limit={180} set={(lon) => change(move(shape, part, at, [lon, point[1]]))} />
                    </td>
                    <td>
                      <Degrees label={t('lat_of', { n: at + 1 })} value={point[1]} limit={90} set={(lat) => change(move(shape, part, at, [point[0], lat]))} />
                    </td>
                    <td>
                      <button type="button" className="plain" aria-label={t('insert_of', { n: at + 1 })} title={t('insert')} onClick={() => change(insert(shape, part, at, between(points, at)))}>
                        ＋
                      </button>
                      <button type="button" className="plain" aria-label={t('remove_of', { n: at + 1 })} title={t('remove')} onClick={() => change(removePoint(shape, part, at))}>
                        ✕
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="acts">
              <button type="button" onClick={() => change(insert(shape, part, points.length, [round(last[0] + 0.001), last[1]]))}>
                {t('add')}
              </button>
              {part > 0 && (
                <button type="button" onClick={() => change({ ...shape, parts: shape.parts.filter((_, i) => i !== part) })}>
                  {t('remove_part')}
                </button>
              )}
            </p>
          </section>
        );
      })}
      {shape.kind === 'polygon' && (
        <button type="button" onClick={() => change({ ...shape, parts: [...shape.parts, []] })}>
          {t('add_hole')}
        </button>
      )}
    </div>
  );
}

function round(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7;
}

/** Half way to the point before. */
function between(points: readonly Point[], at: number): Point {
  const [here, before] = [points[at] ?? [0, 0], points[(at + points.length - 1) % points.length] ?? [0, 0]];
  return [round((here[0] + before[0]) / 2), round((here[1] + before[1]) / 2)];
}

/** Degrees being typed: taken over as soon as they are a number in range, marked until then. */
function Degrees({ label, value, limit, set }: { label: string; value: number; limit: number; set: (degrees: number) => void }) {
  const [typed, setTyped] = useState(String(value));
  useEffect(() => {
    setTyped((now) => (Number(now) === value && now.trim() !== '' ? now : String(value)));
  }, [value]);
  const of = (text: string) => (text.trim() !== '' && Number.isFinite(Number(text)) && Math.abs(Number(text)) <= limit ? Number(text) : null);
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={label}
      aria-invalid={of(typed) === null}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        const degrees = of(event.target.value);
        if (degrees !== null) set(degrees);
      }}
    />
  );
}
