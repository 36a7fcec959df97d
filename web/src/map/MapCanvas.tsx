import { useEffect, useMemo, useRef, useState } from 'react';
import { type Clue, type MapFeatures, type Position, track as trackDecoder, type Truck } from '../api/types';
import { useText } from '../i18n/text';
import { useFetched } from '../ui/useFetched';
import { useView } from '../view/address';
import { boundsOf, fenceFeatures, positionsOf, trackFeatures, truckFeatures } from './features';
import type { MapView } from './map-view';
import { BASEMAP, project } from './project';

/** How much of the chosen truck's way is drawn, and of a clue's before and after it. */
const TRAIL_MS = 10 * 60_000;
const AROUND_CLUE_MS = 3 * 60_000;
/** The chosen truck's way is fetched anew this often. */
const TRAIL_EVERY_MS = 15_000;

type Load = { kind: 'loading' } | { kind: 'drawn'; view: MapView } | { kind: 'unavailable' };

/** The map, or the sentence that there is none: the lists beside it show the same. */
export function MapCanvas({
  trucks,
  fences,
  clue,
  now_ms,
}: {
  trucks: ReadonlyMap<string, Truck>;
  fences: MapFeatures | null;
  clue: Clue | null;
  now_ms: number;
}) {
  const { t, language } = useText();
  const { view, go } = useView();
  const container = useRef<HTMLDivElement>(null);
  const [load, setLoad] = useState<Load>({ kind: 'loading' });
  /** A truck chosen on the map is in sight already: the map must not jump. */
  const chosenHere = useRef<string | null>(null);

  useEffect(() => {
    let made: MapView | null = null;
    let gone = false;
    const texts = { region: t('map.region'), zoom_in: t('map.zoom_in'), zoom_out: t('map.zoom_out') };
    import('./map-view')
      .then(({ createMapView }) => {
        if (gone || container.current === null) return;
        made = createMapView(container.current, texts, (plate) => {
          chosenHere.current = plate;
          go({ truck: plate });
        });
        setLoad({ kind: 'drawn', view: made });
      })
      .catch(() => {
        // No WebGL2, or the chunk did not come: either way the lists go on.
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
  useDrawnData(map, trucks, fences, now_ms, view.trucks);
  useSight(map, trucks, clue, view.truck, chosenHere);
  useTrack(map, clue, view.truck, now_ms);

  return (
    <div className="map-box">
      <div ref={container} className="map-canvas" data-state={load.kind} />
      {load.kind === 'loading' && <p className="state map-state">{t('map.loading')}</p>}
      {load.kind === 'unavailable' && <p className="state map-state">{t('map.unavailable')}</p>}
      {map !== null && (
        <button
          type="button"
          className="map-fit"
          onClick={() => {
            const bounds = boundsOf([...trucks.values()].flatMap((truck) => truckPosition(truck) ?? []));
            if (bounds !== null) map.fit(bounds);
          }}
        >
          {t('map.fit')}
        </button>
      )}
    </div>
  );
}

function truckPosition(truck: Truck): [Position] | null {
  return truck.last === null ? null : [project([truck.last.lon, truck.last.lat], BASEMAP.crs)];
}

/** Trucks and fences onto the map; the first fences decide what it shows. */
function useDrawnData(
  map: MapView | null,
  trucks: ReadonlyMap<string, Truck>,
  fences: MapFeatures | null,
  now_ms: number,
  state: Truck['state'] | null,
): void {
  // Signs turn grey with age: every 5 s is often enough.
  const drawn_at_ms = Math.floor(now_ms / 5000) * 5000;
  useEffect(() => {
    const shown = [...trucks.values()].filter((truck) => state === null || truck.state === state);
    map?.setTrucks(truckFeatures(shown, drawn_at_ms, BASEMAP.crs));
  }, [map, trucks, state, drawn_at_ms]);
  useEffect(() => {
    if (map === null || fences === null) return;
    map.setFences(fenceFeatures(fences, BASEMAP.crs));
    const bounds = boundsOf([...positionsOf(fences)].map((position) => project(position, BASEMAP.crs)));
    if (bounds !== null) map.fit(bounds);
  }, [map, fences]);
}

/** On a desk the chosen truck's card lies over the right of the map (`styles/layout.css`). */
function cardPx(): number {
  return window.matchMedia('(min-width: 760px)').matches ? 300 : 0;
}

/** What is chosen is ringed and brought into sight. */
function useSight(
  map: MapView | null,
  trucks: ReadonlyMap<string, Truck>,
  clue: Clue | null,
  plate: string | null,
  chosenHere: { current: string | null },
): void {
  const place = useMemo<Position | null>(
    () => (clue === null ? null : project([clue.lon, clue.lat], BASEMAP.crs)),
    [clue?.id, clue?.lon, clue?.lat],
  );
  useEffect(() => {
    map?.setPlace(place);
    if (place !== null) map?.show(place, plate === null ? 0 : cardPx());
  }, [map, place]);
  const known = plate !== null && trucks.has(plate);
  useEffect(() => {
    map?.setChosen(plate);
    const truck = plate === null ? undefined : trucks.get(plate);
    const position = truck === undefined ? null : truckPosition(truck);
    if (position !== null && chosenHere.current !== plate) map?.show(position[0], cardPx());
    chosenHere.current = null;
    // Only the choice moves the map, not each report of the chosen truck.
  }, [map, plate, known]);
}

/** The chosen truck's way in the last minutes; while a clue of it, or a clue alone, is open, its way around that. */
function useTrack(map: MapView | null, clue: Clue | null, plate: string | null, now_ms: number): void {
  const until_ms = Math.ceil(now_ms / TRAIL_EVERY_MS) * TRAIL_EVERY_MS;
  const of_clue = clue !== null && (plate === null || plate === clue.plate);
  const path = of_clue
    ? trackPath(clue.plate, clue.start - AROUND_CLUE_MS, clue.end + AROUND_CLUE_MS)
    : plate !== null ? trackPath(plate, until_ms - TRAIL_MS, until_ms) : null;
  const [track] = useFetched(path, trackDecoder);
  const subject = of_clue ? clue.id : plate;
  useEffect(() => map?.setTrack(trackFeatures([], BASEMAP.crs)), [map, subject]);
  useEffect(() => {
    // A track that cannot be fetched leaves the truck and the clue as they are: it is an extra.
    if (path !== null && track.kind === 'ready') map?.setTrack(trackFeatures(track.value.points, BASEMAP.crs));
  }, [map, path, track]);
}

function trackPath(plate: string, from_ms: number, to_ms: number): string {
  const time = (ms: number) => new Date(ms).toISOString();
  return `/api/v1/trucks/${encodeURIComponent(plate)}/track?from=${time(from_ms)}&to=${time(to_ms)}`;
}
