import { useEffect, useRef, useState } from 'react';
import type { FeatureCollection, Point } from 'geojson';
import type { Kind, MapFeatures, Position, Sight, Truck } from '../../api/types';
import { useLanguage, useTexts } from '../../i18n/define';
import { timed } from '../../live/timing';
import { useFeed } from '../../live/useLive';
import { boundsOf, fenceFeatures, positionsOf, trackFeatures, truckFeatures } from '../../map/features';
import type { MapView } from '../../map/map-view';
import { BASEMAP, project } from '../../map/project';
import { history, historyPath } from '../../track/api';
import { useFetched } from '../../ui/useFetched';
import type { Window } from './api';
import { kindOf } from './kinds';
import { texts } from './texts';

/** How much of the chosen truck's way is drawn, and how often it is fetched anew. */
const TRAIL_MS = 10 * 60_000;
const TRAIL_EVERY_MS = 10_000;
/** Signs turn grey with age: without news they are drawn anew this often. */
const AGED_EVERY_MS = 5_000;

type Load = { kind: 'loading' } | { kind: 'drawn'; view: MapView } | { kind: 'unavailable' };

/** What may be done to the map from outside. */
export interface FleetMapActs {
  /** Brings the chosen truck into sight. */
  fly: () => void;
}

export interface FleetMapProps {
  kind: Kind | null;
  chosen: string | null;
  choose: (plate: string | null) => void;
  fences: MapFeatures | null;
  fences_shown: boolean;
  /** Ids of the chosen truck's permitted sites and routes. */
  permitted: readonly string[];
  follow: boolean;
  /** Of a very big fleet what lies in the window; `null`: the stream tells all. */
  sight: Sight | null;
  by_window: boolean;
  start: Window | null;
  onWindow: (window: Window) => void;
  acts: { current: FleetMapActs | null };
}

/** The map of the fleet. Positions go from the live data to the map without React. */
export function FleetMap(props: FleetMapProps) {
  const t = useTexts(texts);
  const language = useLanguage();
  const container = useRef<HTMLDivElement>(null);
  const [load, setLoad] = useState<Load>({ kind: 'loading' });
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    let made: MapView | null = null;
    let gone = false;
    const made_texts = { region: t('region'), zoom_in: t('zoom_in'), zoom_out: t('zoom_out') };
    import('../../map/map-view')
      .then(({ createMapView }) => {
        if (gone || container.current === null) return;
        const { start } = latest.current;
        const view = createMapView(
          container.current,
          made_texts,
          (plate) => latest.current.choose(plate),
          ...(start === null ? [] : [{ centre: middle(start), zoom: start.zoom }]),
        );
        made = view;
        const tell = () => latest.current.onWindow(view.window());
        view.onWindow(tell);
        if (start === null) tell();
        setLoad({ kind: 'drawn', view });
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
  usePositions(map, props);
  useFences(map, props);
  useChosen(map, props);
  const all = useFitAll(map);
  return (
    <div className="map-box">
      <div ref={container} className="map-canvas" data-state={load.kind} />
      {load.kind === 'loading' && <p className="state map-state">{t('loading')}</p>}
      {load.kind === 'unavailable' && <p className="state map-state">{t('unavailable')}</p>}
      {map !== null && (
        <button type="button" className="map-fit" onClick={all}>
          {t('all')}
        </button>
      )}
    </div>
  );
}

function middle({ bounds: [west, south, east, north] }: Window): Position {
  return [(west + east) / 2, (south + north) / 2];
}

function placeOf(truck: Truck | undefined): Position | null {
  return truck?.last == null ? null : project([truck.last.lon, truck.last.lat], BASEMAP.crs);
}

/** Draws the trucks whenever the live data changes, and now and then for their age; follows the chosen one. */
function usePositions(map: MapView | null, { kind, sight, by_window, chosen, follow }: FleetMapProps): void {
  const feed = useFeed();
  useEffect(() => {
    if (map === null) return;
    let drawn: unknown = null;
    const draw = (anyway: boolean) => {
      const { trucks, clock_offset_ms } = feed.snapshot();
      if (trucks.kind !== 'ready' || (trucks.value === drawn && !anyway)) return;
      drawn = trucks.value;
      timed('draw', () => {
        const all: Iterable<Truck> = by_window ? (sight?.trucks ?? []) : trucks.value.values();
        const shown = kind === null || by_window ? all : [...all].filter((truck) => kindOf(truck) === kind);
        map.setTrucks(truckFeatures(shown, Date.now() + clock_offset_ms, BASEMAP.crs));
      });
      const place = chosen === null || !follow ? null : placeOf(trucks.value.get(chosen) ?? sight?.trucks.find(({ plate }) => plate === chosen));
      if (place !== null) map.follow(place);
    };
    draw(true);
    map.setCells(cellFeatures(by_window ? sight : null));
    const leave = feed.subscribe(() => draw(false));
    const timer = setInterval(() => draw(true), AGED_EVERY_MS);
    return () => {
      leave();
      clearInterval(timer);
    };
  }, [feed, map, kind, sight, by_window, chosen, follow]);
}

function cellFeatures(sight: Sight | null): FeatureCollection<Point> {
  return {
    type: 'FeatureCollection',
    features: (sight?.cells ?? []).map(({ lat, lon, trucks, with_clue }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: project([lon, lat], BASEMAP.crs) },
      properties: { trucks, with_clue },
    })),
  };
}

/** Fences onto the map; the first decide what it shows, unless the address does. */
function useFences(map: MapView | null, { fences, fences_shown, permitted, start }: FleetMapProps): void {
  const fitted = useRef(start !== null);
  useEffect(() => {
    if (map === null || fences === null) return;
    map.setFences(fenceFeatures(fences, BASEMAP.crs));
    const bounds = boundsOf([...positionsOf(fences)].map((position) => project(position, BASEMAP.crs)));
    if (bounds !== null && !fitted.current) map.fit(bounds);
    fitted.current = true;
  }, [map, fences]);
  useEffect(() => map?.showFences(fences_shown), [map, fences_shown]);
  const ids = permitted.join(' ');
  useEffect(() => {
    const chosen = new Set(permitted);
    const features = (fences?.features ?? []).filter(({ id }) => chosen.has(id));
    map?.setPermitted(fenceFeatures({ features }, BASEMAP.crs));
  }, [map, fences, ids]);
}

/** The chosen truck: ringed, brought into sight when it was not chosen on the map, its way of the last ten minutes. */
function useChosen(map: MapView | null, { chosen, acts, sight }: FleetMapProps): void {
  const feed = useFeed();
  const [until, setUntil] = useState(() => Date.now());
  useEffect(() => {
    if (chosen === null) return;
    setUntil(Date.now() + feed.snapshot().clock_offset_ms);
    const timer = setInterval(() => setUntil(Date.now() + feed.snapshot().clock_offset_ms), TRAIL_EVERY_MS);
    return () => clearInterval(timer);
  }, [feed, chosen]);
  const [trail] = useFetched(chosen === null ? null : historyPath(chosen, until - TRAIL_MS, until + TRAIL_EVERY_MS), history);
  useEffect(() => {
    map?.setChosen(chosen);
    map?.setTrack(trackFeatures([], BASEMAP.crs));
  }, [map, chosen]);
  useEffect(() => {
    // A trail that cannot be fetched leaves the truck as it is: it is an extra.
    if (trail.kind === 'ready') map?.setTrack(trackFeatures(trail.value.points, BASEMAP.crs));
  }, [map, trail]);
  useEffect(() => {
    acts.current = {
      fly: () => {
        const { trucks } = feed.snapshot();
        const known = chosen === null || trucks.kind !== 'ready' ? undefined : trucks.value.get(chosen);
        const place = placeOf(known ?? sight?.trucks.find(({ plate }) => plate === chosen));
        if (place !== null) map?.show(place, cardPx());
      },
    };
  }, [acts, feed, map, chosen, sight]);
}

/** On a desk the chosen truck's card lies over the right of the map. */
function cardPx(): number {
  return window.matchMedia('(min-width: 760px)').matches ? 300 : 0;
}

function useFitAll(map: MapView | null): () => void {
  const feed = useFeed();
  return () => {
    const { trucks } = feed.snapshot();
    if (trucks.kind !== 'ready' || map === null) return;
    const bounds = boundsOf([...trucks.value.values()].flatMap((truck) => [placeOf(truck) ?? []].filter((at): at is Position => at.length === 2)));
    if (bounds !== null) map.fit(bounds);
  };
}
