import type { Feature } from 'geojson';
import { useEffect, useRef, useState } from 'react';
import { useTexts } from '../i18n/define';
import { Notice } from '../ui/Notice';
import type { RecordBody } from './api';
import type { DrawActs, DrawView } from './draw-view';
import type { Shape } from './shape';
import { texts } from './texts';

type Load = { kind: 'loading' } | { kind: 'drawn'; view: DrawView } | { kind: 'unavailable' };

/** Shapes on a map; with `acts` they are drawn there. Without WebGL a sentence, and the table beside it does the work. */
export function DrawMap({
  shape,
  around,
  acts = null,
  fit_to,
  small = false,
}: {
  shape: Shape | null;
  around: readonly RecordBody[];
  acts?: DrawActs | null;
  /** Fits the map anew whenever this changes. */
  fit_to: unknown;
  small?: boolean;
}) {
  const t = useTexts(texts);
  const box = useRef<HTMLDivElement>(null);
  const current = useRef<DrawActs | null>(acts);
  const [load, setLoad] = useState<Load>({ kind: 'loading' });
  const draws = acts !== null;
  useEffect(() => {
    current.current = acts;
  });
  useEffect(() => {
    let made: DrawView | null = null;
    let gone = false;
    const words = { region: t('map_region'), zoom_in: t('zoom_in'), zoom_out: t('zoom_out') };
    const bound: DrawActs | null = draws
      ? { add: (point) => current.current?.add(point), moved: (part, at, point) => current.current?.moved(part, at, point) }
      : null;
    import('./draw-view')
      .then(({ createDrawView }) => {
        if (gone || box.current === null) return;
        made = createDrawView(box.current, words, bound);
        setLoad({ kind: 'drawn', view: made });
      })
      .catch(() => {
        if (!gone) setLoad({ kind: 'unavailable' });
      });
    return () => {
      gone = true;
      made?.destroy();
      setLoad({ kind: 'loading' });
    };
  }, [draws, t]);
  const view = load.kind === 'drawn' ? load.view : null;
  useEffect(() => view?.setAround(around as unknown as Feature[]), [view, around]);
  useEffect(() => view?.setShape(shape), [view, shape]);
  useEffect(() => view?.fit(), [view, fit_to]);
  if (load.kind === 'unavailable') {
    return (
      <Notice>
        <p>{t('map_none')}</p>
      </Notice>
    );
  }
  return (
    <div className={small ? 'draw-map small' : 'draw-map'}>
      <div ref={box} className="draw-canvas" data-state={load.kind} />
      {load.kind === 'loading' && <p className="state">{t('map_loading')}</p>}
    </div>
  );
}
