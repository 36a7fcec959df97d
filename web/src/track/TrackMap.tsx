import { useEffect, useMemo, useRef, useState } from 'react';
import type { MapFeatures, Position } from '../api/types';
import { useLanguage, useTexts } from '../i18n/define';
import { boundsOf, fenceFeatures } from '../map/features';
import type { MapView } from '../map/map-view';
import { BASEMAP, project } from '../map/project';
import type { Fix } from './api';
import { SPEED_STEPS, speedTrack } from './shape';
import { texts } from './texts';

type Load = { kind: 'loading' } | { kind: 'drawn'; view: MapView } | { kind: 'unavailable' };

/** A track on the map, coloured by speed, with the fences and the cursor; or the sentence that this browser draws none. */
export function TrackMap({
  points,
  subject,
  fences,
  cursor,
  place = null,
}: {
  points: readonly Fix[];
  /** The map is fitted anew when this changes. */
  subject: string;
  fences: MapFeatures | null;
  cursor: Fix | null;
  /** Where the finding began. */
  place?: Position | null;
}) {
  const t = useTexts(texts);
  const language = useLanguage();
  const container = useRef<HTMLDivElement>(null);
  const [load, setLoad] = useState<Load>({ kind: 'loading' });
  useEffect(() => {
    let made: MapView | null = null;
    let gone = false;
    import('../map/map-view')
      .then(({ createMapView }) => {
        if (gone || container.current === null) return;
        made = createMapView(container.current, { region: t('map'), zoom_in: t('zoom_in'), zoom_out: t('zoom_out') }, () => undefined);
        setLoad({ kind: 'drawn', view: made });
      })
      .catch(() => {
        // No WebGL2, or the chunk did not come: the plot and the table go on.
        if (!gone) setLoad({ kind: 'unavailable' });
      });
    return () => {
      gone = true;
      made?.destroy();
      setLoad({ kind: 'loading' });
    };
    // The texts inside the map are set when it is made.
  }, [language]);

  const map = load.kind === 'drawn' ? load.view : null;
  const bounds = useMemo(() => {
    const positions = points.map(({ lon, lat }) => project([lon, lat], BASEMAP.crs));
    return boundsOf(place === null ? positions : [...positions, project(place, BASEMAP.crs)]);
  }, [points, place?.[0], place?.[1]]);
  useEffect(() => {
    if (fences !== null) map?.setFences(fenceFeatures(fences, BASEMAP.crs));
  }, [map, fences]);
  useEffect(() => {
    map?.setTrack(speedTrack(points, BASEMAP.crs));
    if (bounds !== null) map?.fit(bounds);
  }, [map, points, subject]);
  useEffect(() => map?.setPlace(place === null ? null : project(place, BASEMAP.crs)), [map, place?.[0], place?.[1]]);
  useEffect(() => map?.setCursor(cursor === null ? null : project([cursor.lon, cursor.lat], BASEMAP.crs)), [map, cursor]);

  return (
    <>
      <div className="map-box track-map">
        <div ref={container} className="map-canvas" data-state={load.kind} />
        {load.kind === 'loading' && <p className="state map-state">{t('map_loading')}</p>}
        {load.kind === 'unavailable' && <p className="state map-state">{t('map_none')}</p>}
        {map !== null && bounds !== null && (
          <button type="button" className="map-fit" onClick={() => map.fit(bounds)}>
            {t('whole')}
          </button>
        )}
      </div>
      <ul className="legend" aria-label={t('legend')}>
        {SPEED_STEPS.map(({ below_kmh }, i) => (
          <li key={below_kmh}>
            <span className={`swatch speed-${i}`} aria-hidden="true" />{' '}
            {below_kmh === Infinity ? t('from', { n: SPEED_STEPS[i - 1]?.below_kmh ?? 0 }) : t('below', { n: below_kmh })}
          </li>
        ))}
        <li>{t('kmh')}</li>
      </ul>
    </>
  );
}
