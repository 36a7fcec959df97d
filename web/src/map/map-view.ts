/**
 * The drawn map. A chunk of its own (MapLibre is large), loaded by `MapCanvas`; knows nothing of React or the model.
 * Making one throws where the browser has no WebGL2.
 */
import { type GeoJSONSource, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
// MapLibre 6 cannot find its worker by itself under Vite.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import type { FeatureCollection } from 'geojson';
import type { Position } from '../api/types';
import { BasemapControl } from './basemap';
import { timed } from '../live/timing';
import { addTruckIcons } from './icons';
import { type BasemapCrs, project, projectFeatures, unproject } from './project';
import { FENCE_LAYERS, mapStyle } from './style';
import { texts as texts_of_map } from './texts';

setWorkerUrl(workerUrl);

declare global {
  interface Window {
    /** A test sets this before the page loads to be handed the map as `__map`. */
    __exposeMap?: boolean;
    __map?: MapLibre;
  }
}

export interface MapTexts {
  region: string;
  zoom_in: string;
  zoom_out: string;
}

/** The basemap's own words: the same on every map. */
const BASEMAP_WORDS = {
  zh: { choose: texts_of_map.zh.basemap, none: texts_of_map.zh.basemap_none, language: 'zh' },
  en: { choose: texts_of_map.en.basemap, none: texts_of_map.en.basemap_none, language: 'en' },
} as const;

/** Everything is given and told in WGS-84; the map alone knows what its basemap is drawn in. */
export interface MapView {
  setFences(data: FeatureCollection): void;
  setTrucks(data: FeatureCollection): void;
  setTrack(data: FeatureCollection): void;
  /** Rings the place of the open clue; `null` for none. */
  setPlace(position: Position | null): void;
  /** Where the cursor of a track stands; `null` for nowhere. */
  setCursor(position: Position | null): void;
  /** The chosen truck's permitted routes and sites. */
  setPermitted(data: FeatureCollection): void;
  /** Whether fences are drawn. */
  showFences(on: boolean): void;
  /** Trucks from far out, as counts. */
  setCells(data: FeatureCollection): void;
  /** The window: west, south, east, north, and the zoom. */
  window(): { bounds: [number, number, number, number]; zoom: number };
  /** Calls back after the window changed, until the returned function is called. */
  onWindow(changed: () => void): () => void;
  /** Brings the position to the middle without changing the zoom. */
  follow(position: Position): void;
  /** Rings the chosen truck. */
  setChosen(plate: string | null): void;
  fit(bounds: [number, number, number, number]): void;
  /** Brings the position into sight, near enough to read plates; `covered_right_px` of the map lie under a card. */
  show(position: Position, covered_right_px: number): void;
  destroy(): void;
}

/** Families with simplified forms first: a bare `sans-serif` may pick Japanese ones. */
const FONT_FAMILIES =
  "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','WenQuanYi Micro Hei',sans-serif";
/** Xinmi, until there is something to fit. */
const START_CENTRE: Position = [113.39, 34.54];
const START_ZOOM = 10.5;
/** Near enough for plates. */
const SHOW_ZOOM = 13.5;
/** A touch this far beside a truck still means it: half of a 44-pixel target. */
const TOUCH_PX = 22;

type SourceName = 'fences' | 'trucks' | 'track' | 'place' | 'cursor' | 'cells' | 'permitted';

export interface Start {
  centre: Position;
  zoom: number;
}

export function createMapView(
  container: HTMLElement,
  texts: MapTexts,
  onChoose: (plate: string | null) => void,
  start: Start = { centre: START_CENTRE, zoom: START_ZOOM },
): MapView {
  const map = new MapLibre({
    container,
    style: mapStyle(),
    center: start.centre,
    zoom: start.zoom,
    minZoom: 6,
    maxZoom: 19,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    localIdeographFontFamily: FONT_FAMILIES,
    locale: {
      'Map.Title': texts.region,
      'NavigationControl.ZoomIn': texts.zoom_in,
      'NavigationControl.ZoomOut': texts.zoom_out,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
  if (window.__exposeMap === true) window.__map = map;

  const animate = !window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  let loaded = false;
  const feeders = new Map<SourceName, Feeder>();
  const feeder = (name: SourceName): Feeder => {
    const known = feeders.get(name);
    if (known !== undefined) return known;
    const made = new Feeder(
      () => (loaded ? map.getSource<GeoJSONSource>(name) : undefined),
      () => crs,
    );
    feeders.set(name, made);
    return made;
  };
  let crs: BasemapCrs = 'wgs84';
  const drawn = (position: Position): Position => project(position, crs);
  const language = document.documentElement.lang.startsWith('en') ? 'en' : 'zh';
  const basemap = new BasemapControl(BASEMAP_WORDS[language], (next) => {
    if (next === crs) return;
    const { lng, lat } = map.getCenter();
    const centre = unproject([lng, lat], crs);
    crs = next;
    for (const each of feeders.values()) each.again();
    map.jumpTo({ center: drawn(centre) });
  });
  map.addControl(basemap, 'bottom-left');
  map.on('load', () => {
    addTruckIcons(map);
    loaded = true;
    for (const waiting of feeders.values()) waiting.pump();
  });
  map.on('click', (event) => {
    const { x, y } = event.point;
    const hits = map.queryRenderedFeatures(
      [
        [x - TOUCH_PX, y - TOUCH_PX],
        [x + TOUCH_PX, y + TOUCH_PX],
      ],
      { layers: ['trucks'] },
    );
    const plate: unknown = hits[0]?.properties['plate'];
    onChoose(typeof plate === 'string' ? plate : null);
  });
  map.on('dblclick', 'trucks', (event) => {
    event.preventDefault();
    map.easeTo({ center: event.lngLat, zoom: Math.max(map.getZoom() + 2, SHOW_ZOOM), animate });
  });
  map.on('mousemove', (event) => {
    const over = loaded && map.queryRenderedFeatures(event.point, { layers: ['trucks'] }).length > 0;
    map.getCanvas().style.cursor = over ? 'pointer' : '';
  });
  const whenLoaded = (act: () => void) => {
    if (loaded) act();
    else map.once('load', act);
  };

  return {
    setFences: (data) => feeder('fences').give(data),
    setTrucks: (data) => feeder('trucks').give(data),
    setTrack: (data) => feeder('track').give(data),
    setPlace: (position) => feeder('place').give(pointOf(position)),
    setCursor: (position) => feeder('cursor').give(pointOf(position)),
    setPermitted: (data) => feeder('permitted').give(data),
    showFences: (on) =>
      whenLoaded(() => {
        for (const layer of FENCE_LAYERS) map.setLayoutProperty(layer, 'visibility', on ? 'visible' : 'none');
      }),
    setCells: (data) => feeder('cells').give(data),
    window: () => {
      const bounds = map.getBounds();
      const [west, south] = unproject([bounds.getWest(), bounds.getSouth()], crs);
      const [east, north] = unproject([bounds.getEast(), bounds.getNorth()], crs);
      return { bounds: [west, south, east, north], zoom: map.getZoom() };
    },
    onWindow: (changed) => {
      map.on('moveend', changed);
      return () => void map.off('moveend', changed);
    },
    follow: (position) => map.easeTo({ center: drawn(position), animate: false }),
    setChosen: (plate) => whenLoaded(() => map.setFilter('chosen-truck', ['==', ['get', 'plate'], plate ?? ''])),
    fit: ([west, south, east, north]) =>
      map.fitBounds([drawn([west, south]), drawn([east, north])], { padding: 48, maxZoom: 14, animate: false }),
    show: (position, covered_right_px) =>
      map.easeTo({ center: drawn(position), zoom: Math.max(map.getZoom(), SHOW_ZOOM), offset: [-covered_right_px / 2, 0], animate }),
    destroy: () => {
      if (window.__map === map) delete window.__map;
      map.remove();
    },
  };
}

function pointOf(position: Position | null): FeatureCollection {
  const point = position === null ? null : ({ type: 'Point', coordinates: position } as const);
  return { type: 'FeatureCollection', features: point === null ? [] : [{ type: 'Feature', properties: {}, geometry: point }] };
}

/** Feeds one source: the newest data wins, and nothing is handed over while the worker is still at the last. */
class Feeder {
  private waiting: FeatureCollection | null = null;
  /** What is shown, in WGS-84. */
  private shown: FeatureCollection | null = null;
  private busy = false;

  constructor(
    private readonly source: () => GeoJSONSource | undefined,
    private readonly crs: () => BasemapCrs,
  ) {}

  give(data: FeatureCollection): void {
    this.waiting = data;
    this.shown = data;
    this.pump();
  }

  /** Draws the same once more: what the basemap is drawn in changed. */
  again(): void {
    if (this.shown !== null) this.give(this.shown);
  }

  pump(): void {
    const source = this.source();
    if (this.busy || this.waiting === null || source === undefined) return;
    const data = this.waiting;
    this.waiting = null;
    this.busy = true;
    const next = () => {
      this.busy = false;
      this.pump();
    };
    timed('set', () => source.setData(projectFeatures(data, this.crs()))).then(next, next);
  }
}
