import { useCallback, useMemo, useRef, useState } from 'react';
import { useTexts } from '../../i18n/define';
import { membersOf, putRecord, type RecordBody, type RecordDetail, records } from '../../registry/api';
import { DrawMap } from '../../registry/DrawMap';
import { draftOf, membersFrom } from '../../registry/fields';
import { HoursTable, hoursOf } from '../../registry/HoursTable';
import { PointsTable } from '../../registry/PointsTable';
import { RecordFields } from '../../registry/RecordFields';
import { SaveBar } from '../../registry/SaveBar';
import { crossingOf, EMPTY_LINE, EMPTY_POLYGON, geometryOf, insert, lack, move, type Point, type Shape, shapeOf } from '../../registry/shape';
import { useAnnounce } from '../../ui/announce';
import { Notice } from '../../ui/Notice';
import { useShortcuts } from '../../ui/shortcuts';
import { useFetched } from '../../ui/useFetched';
import type { Drawn } from './EditorScreen';
import { texts } from './texts';
import { TrialPanel } from './TrialPanel';

/** Steps that can be undone. */
const STEPS_KEPT = 100;

/** A zone, route or site being drawn: map, table of coordinates, members, hours, trial, saving. */
export function ShapeEditor({ register, detail, onSaved, leave }: { register: Drawn; detail: RecordDetail | null; onSaved: (id: string) => void; leave: () => void }) {
  const t = useTexts(texts);
  const announce = useAnnounce();
  const [draft, setDraft] = useState(() => draftOf(register, detail?.record ?? null));
  const [hours, setHours] = useState(() => hoursOf(detail === null ? null : membersOf(detail.record)['windows']));
  const [steps, setSteps] = useState<readonly (Shape | null)[]>(() => [detail === null ? (register === 'routes' ? EMPTY_LINE : EMPTY_POLYGON) : shapeOf(detail.record)]);
  const shape = steps[steps.length - 1] ?? null;
  const [part, setPart] = useState(0);
  const [fit, setFit] = useState(0);
  const [around, loaded] = useAround(register, detail?.id ?? null);
  const change = useCallback((next: Shape) => setSteps((before) => [...before.slice(-STEPS_KEPT), next]), []);
  const undo = () => {
    if (steps.length < 2) return;
    setSteps(steps.slice(0, -1));
    announce(t('undone'));
  };
  useShortcuts({ u: undo, escape: leave });
  const acts = useDrawing(shape, part, change, setSteps);
  const crossing = shape === null ? null : crossingOf(shape);
  const missing = shape === null ? null : lack(shape);
  const record = (): RecordBody => {
    const members = membersFrom(register, draft);
    if (register === 'zones') members['windows'] = hours;
    if (register === 'zones' && members['kind'] === 'no_go') delete members['limit_kmh'];
    return { type: 'Feature', properties: members, geometry: shape === null ? detail?.record['geometry'] : geometryOf(shape) };
  };
  const title = detail === null ? t('new_title', { register: t(register) }) : detail.name;
  const wrong =
    crossing !== null ? t('crossed', { first: crossing.first + 1, second: crossing.second + 1, at: `${crossing.at[0].toFixed(6)}, ${crossing.at[1].toFixed(6)}` }) : missing !== null ? t('few_points') : null;
  return (
    <section className="shape-editor" aria-label={title}>
      <h2>{title}</h2>
      <p className="acts">
        <button type="button" onClick={leave}>
          {t('back')}
        </button>
      </p>
      <form noValidate onSubmit={(event) => event.preventDefault()}>
        <RecordFields register={register} draft={draft} change={setDraft} is_new={detail === null} />
        {register === 'zones' && <HoursTable hours={hours} change={setHours} />}
        <h3>{t('geometry')}</h3>
        {shape === null ? (
          <Notice kind="warn">
            <p>{t('multi')}</p>
          </Notice>
        ) : (
          <>
            <p className="quiet">{t('draw_hint')}</p>
            <p className="acts">
              <button type="button" disabled={steps.length < 2} onClick={undo}>
                {t('undo')}
              </button>
              {shape.parts.length > 1 && (
                <label>
                  {t('add_points')}{' '}
                  <select value={part} onChange={(event) => setPart(Number(event.target.value))}>
                    {shape.parts.map((_, i) => (
                      <option key={i} value={i}>
                        {i === 0 ? t('outline') : t('hole', { n: i })}
                      </option>
                    ))}
                  </select>
                </label>
              )}
              <button type="button" onClick={() => setFit((n) => n + 1)}>
                ⤢
                <span className="hidden">{t('geometry')}</span>
              </button>
            </p>
            <DrawMap shape={shape} around={around} acts={acts} fit_to={`${fit} ${loaded}`} />
            {wrong !== null && (
              <Notice kind="bad" alert>
                <p>{wrong}</p>
              </Notice>
            )}
            <PointsTable shape={shape} change={change} />
          </>
        )}
        <TrialPanel register={register} record={record} ready={wrong === null} />
        {wrong === null && (
          <SaveBar save={(wish) => putRecord(register, detail?.id ?? '', record(), detail?.tag ?? null, wish)} onSaved={({ id }) => onSaved(id)} cancel={leave} />
        )}
      </form>
    </section>
  );
}

/** What the map does to the shape. A drag is one step. */
function useDrawing(shape: Shape | null, part: number, change: (shape: Shape) => void, setSteps: React.Dispatch<React.SetStateAction<readonly (Shape | null)[]>>) {
  const dragged = useRef<string | null>(null);
  return useMemo(() => {
    if (shape === null) return null;
    return {
      add: (point: Point) => {
        dragged.current = null;
        const at = Math.min(part, shape.parts.length - 1);
        change(insert(shape, at, shape.parts[at]?.length ?? 0, point));
      },
      moved: (of: number, at: number, point: Point) => {
        const moved = move(shape, of, at, point);
        const corner = `${of} ${at}`;
        if (dragged.current === corner) setSteps((steps) => [...steps.slice(0, -1), moved]);
        else change(moved);
        dragged.current = corner;
      },
    };
  }, [shape, part, change, setSteps]);
}

/** The other shapes of the register, to see and to snap to. */
function useAround(register: Drawn, id: string | null): [readonly RecordBody[], boolean] {
  const [data] = useFetched(`/api/v1/registers/${register}?limit=200`, records);
  const around = useMemo(() => (data.kind === 'ready' ? data.value.records.filter((row) => row.id !== id).map(({ record }) => record) : []), [data, id]);
  return [around, data.kind === 'ready'];
}
