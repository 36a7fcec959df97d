/**
 * A map to look at shapes and to draw them: a chunk of its own, loaded when it is first wanted. Without tiles, in WGS-84.
 * Making one throws where the browser has no WebGL2; the table of coordinates does the same work.
 */
import type { Feature, FeatureCollection } from 'geojson';
import { type GeoJSONSource, type LngLatLike, Map as MapLibre, type MapMouseEvent, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { crossingOf, geometryOf, nearest, type Point, type Shape } from './shape';

setWorkerUrl(workerUrl);

export interface DrawTexts {
  region: string;
  zoom_in: string;
  zoom_out: string;
}

/** What is done on the map. */
export interface DrawActs {
  /** A point is to be added at the end of the part that is worked on. */
  add: (point: Point) => void;
  /** A point was dragged. */
  moved: (part: number, at: number, point: Point) => void;
}

export interface DrawView {
  /** What lies around, drawn under the shape: corners of it are snapped to. */
  setAround: (features: readonly Feature[]) => void;
  setShape: (shape: Shape | null) => void;
  fit: () => void;
  destroy: () => void;
}

/** A touch this far beside a point still means it, and a point this near to another snaps to it. */
const REACH_PX = 14;
const START: LngLatLike = [113.39, 34.54];
const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] };

export function createDrawView(container: HTMLElement, texts: DrawTexts, acts: DrawActs | null): DrawView {
  const map = new MapLibre({
    container,
    center: START,
    zoom: 10,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    locale: { 'Map.Title': texts.region, 'NavigationControl.ZoomIn': texts.zoom_in, 'NavigationControl.ZoomOut': texts.zoom_out },
    style: {
      version: 8,
      sources: {
        around: { type: 'geojson', data: EMPTY },
        shape: { type: 'geojson', data: EMPTY },
        corners: { type: 'geojson', data: EMPTY },
        crossing: { type: 'geojson', data: EMPTY },
      },
      layers: [
        { id: 'background', type: 'background', paint: { 'background-color': '#eef2f6' } },
        { id: 'around-area', type: 'fill', source: 'around', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#56606b', 'fill-opacity': 0.12 } },
        { id: 'around-edge', type: 'line', source: 'around', paint: { 'line-color': '#56606b', 'line-width': 1.5, 'line-dasharray': [3, 2] } },
        { id: 'shape-area', type: 'fill', source: 'shape', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#0b4f9e', 'fill-opacity': 0.2 } },
        { id: 'shape-edge', type: 'line', source: 'shape', paint: { 'line-color': '#0b4f9e', 'line-width': 3 } },
        { id: 'corners', type: 'circle', source: 'corners', paint: { 'circle-radius': 6, 'circle-color': '#ffffff', 'circle-stroke-color': '#0b4f9e', 'circle-stroke-width': 3 } },
        { id: 'crossing', type: 'circle', source: 'crossing', paint: { 'circle-radius': 12, 'circle-color': 'rgba(179,38,30,0.2)', 'circle-stroke-color': '#b3261e', 'circle-stroke-width': 3 } },
      ],
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
  if (window.__exposeMap === true) window.__map = map;

  let shape: Shape | null = null;
  let around: readonly Feature[] = [];
  let is_ready = false;
  const waiting = new Map<string, FeatureCollection>();
  const give = (name: string, data: FeatureCollection) => {
    if (is_ready) void map.getSource<GeoJSONSource>(name)?.setData(data);
    else waiting.set(name, data);
  };
  map.once('load', () => {
    is_ready = true;
    for (const [name, data] of waiting) give(name, data);
    waiting.clear();
  });
  const draw = () => {
    const geometry = shape === null ? null : geometryOf(shape);
    const drawn = geometry === null ? [] : [{ type: 'Feature', properties: {}, geometry } as Feature];
    const corners = (shape?.parts ?? []).flat().map((point) => dot(point));
    const crossing = shape === null ? null : crossingOf(shape);
    give('shape', collection(drawn));
    give('corners', collection(acts === null ? [] : corners));
    give('crossing', collection(crossing === null ? [] : [dot(crossing.at)]));
  };
  if (acts !== null) bindDrawing(map, acts, () => shape, () => around);
  return {
    setAround: (features) => {
      around = features;
      give('around', collection(features));
    },
    setShape: (next) => {
      shape = next;
      draw();
    },
    fit: () => {
      const points = shape === null || shape.parts.flat().length === 0 ? around.flatMap(cornersOf) : shape.parts.flat();
      if (points.length === 0) return;
      const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
      map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 40, maxZoom: 16, animate: false });
    },
    destroy: () => {
      if (window.__map === map) delete window.__map;
      map.remove();
    },
  };
}

function bindDrawing(map: MapLibre, acts: DrawActs, shape: () => Shape | null, around: () => readonly Feature[]): void {
  const far = (event: MapMouseEvent['point']) => (point: Point) => {
    const { x, y } = map.project([point[0], point[1]]);
    return Math.hypot(x - event.x, y - event.y);
  };
  /** The place meant: a corner near by, or where the pointer is, to a tenth of a metre. */
  const meant = (event: { point: MapMouseEvent['point']; lngLat: { lng: number; lat: number } }): Point => {
    const near = nearest(around().flatMap(cornersOf), REACH_PX, far(event.point));
    const round = (degrees: number) => Math.round(degrees * 1e6) / 1e6;
    return near ?? [round(event.lngLat.lng), round(event.lngLat.lat)];
  };
  const cornerAt = (at: MapMouseEvent['point']): { part: number; at: number } | null => {
    const parts = shape()?.parts ?? [];
    const near = nearest(parts.flat(), REACH_PX, far(at));
    if (near === null) return null;
    const part = parts.findIndex((points) => points.includes(near));
    return { part, at: parts[part]?.indexOf(near) ?? 0 };
  };
  let dragged: { part: number; at: number } | null = null;
  map.on('mousedown', (event) => {
    dragged = cornerAt(event.point);
    if (dragged !== null) event.preventDefault();
  });
  map.on('mousemove', (event) => {
    if (dragged !== null) acts.moved(dragged.part, dragged.at, meant(event));
    map.getCanvas().style.cursor = dragged !== null || cornerAt(event.point) !== null ? 'move' : 'crosshair';
  });
  map.on('mouseup', () => {
    dragged = null;
  });
  map.on('click', (event) => {
    if (cornerAt(event.point) === null) acts.add(meant(event));
  });
}

function dot([lon, lat]: Point): Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lon, lat] } };
}

function collection(features: readonly Feature[]): FeatureCollection {
  return { type: 'FeatureCollection', features: [...features] };
}

/** Every corner of a feature. */
function cornersOf(feature: Feature): Point[] {
  const found: Point[] = [];
  const walk = (value: unknown) => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === 'number' && typeof value[1] === 'number') found.push([value[0], value[1]]);
    else value.forEach(walk);
  };
  const { geometry } = feature;
  if (geometry !== null && 'coordinates' in geometry) walk(geometry.coordinates);
  return found;
}
