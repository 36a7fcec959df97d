/** From fixes to what is drawn: lines by speed, the plot's path, stops, stretches of load, fences passed. Pure. */
import type { Feature, FeatureCollection, LineString } from 'geojson';
import type { EpochMs, Load, MapFeature, Position } from '../api/types';
import { TRACK_GAP_S } from '../map/features';
import { type BasemapCrs, project } from '../map/project';
import type { Fix } from './api';

/** Colour steps of a track by speed, km/h; each at least 3:1 on the map's ground. The legend names the same steps. */
export const SPEED_STEPS = [
  { below_kmh: 20, colour: '#2f6f9f' },
  { below_kmh: 40, colour: '#1d6b3a' },
  { below_kmh: 60, colour: '#9a5b00' },
  { below_kmh: 80, colour: '#c2410c' },
  { below_kmh: Infinity, colour: '#8c1c16' },
] as const;
const UNKNOWN_COLOUR = '#56606b';

export function speedColour(speed_kmh: number | null): string {
  if (speed_kmh === null) return UNKNOWN_COLOUR;
  return SPEED_STEPS.find(({ below_kmh }) => speed_kmh < below_kmh)?.colour ?? UNKNOWN_COLOUR;
}

/** Whether reports are missing between two fixes: where the truck was is not known, and nothing is drawn there. */
export function isGap(before: Fix, after: Fix): boolean {
  return after.time - before.time > TRACK_GAP_S * 1000;
}

/** A track as lines of one colour each, cut where reports are missing. */
export function speedTrack(points: readonly Fix[], crs: BasemapCrs): FeatureCollection<LineString> {
  const features: Feature<LineString>[] = [];
  let line: Position[] = [];
  let colour = '';
  const close = () => {
    if (line.length > 1) {
      features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: { colour, width: 5 } });
    }
  };
  points.forEach((point, i) => {
    const before = points[i - 1];
    const at = project([point.lon, point.lat], crs);
    if (before === undefined || isGap(before, point)) {
      close();
      line = [at];
      colour = '';
      return;
    }
    const next = speedColour(point.speed_kmh);
    if (colour !== '' && next !== colour) {
      close();
      line = [project([before.lon, before.lat], crs)];
    }
    colour = next;
    line.push(at);
  });
  close();
  return { type: 'FeatureCollection', features };
}

/** The index of the fix at or before a moment; the first when there is none before it; -1 of no fixes. */
export function indexAt(points: readonly Fix[], at: EpochMs): number {
  if (points.length === 0) return -1;
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.time ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

export interface Scale {
  from: EpochMs;
  to: EpochMs;
  top_kmh: number;
  width: number;
  height: number;
}
export function x(scale: Scale, at: EpochMs): number {
  return ((at - scale.from) / Math.max(1, scale.to - scale.from)) * scale.width;
}
export function y(scale: Scale, kmh: number): number {
  return scale.height - (Math.min(kmh, scale.top_kmh) / scale.top_kmh) * scale.height;
}

/** Most points drawn of a plot: of more, the lowest and highest of each stretch stay. */
export const PLOT_POINTS_MAX = 2_000;

/** The plot's line as an SVG path, a new stroke after each gap. */
export function speedPath(points: readonly Fix[], scale: Scale): string {
  let path = '';
  let before: Fix | null = null;
  for (const point of thinned(points)) {
    if (point.speed_kmh === null) {
      before = null;
      continue;
    }
    const move = before === null || isGap(before, point) ? 'M' : 'L';
    path += `${move}${x(scale, point.time).toFixed(1)} ${y(scale, point.speed_kmh).toFixed(1)}`;
    before = point;
  }
  return path;
}

function thinned(points: readonly Fix[]): readonly Fix[] {
  if (points.length <= PLOT_POINTS_MAX) return points;
  const size = Math.ceil((points.length * 4) / PLOT_POINTS_MAX);
  const kept: Fix[] = [];
  for (let at = 0; at < points.length; at += size) {
    const some = points.slice(at, at + size);
    const speed = (fix: Fix) => fix.speed_kmh ?? 0;
    const low = some.reduce((a, b) => (speed(b) < speed(a) ? b : a));
    const high = some.reduce((a, b) => (speed(b) > speed(a) ? b : a));
    // The ends stay too: a gap is told by them.
    kept.push(...new Set([some[0], low, high, some.at(-1)].filter((fix) => fix !== undefined).sort((a, b) => a.time - b.time)));
  }
  return kept;
}

export interface Stretch {
  from: EpochMs;
  to: EpochMs;
}

/** Stretches without reports inside the track. */
export function gapsOf(points: readonly Fix[]): Stretch[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    return before !== undefined && isGap(before, point) ? [{ from: before.time, to: point.time }] : [];
  });
}

/** Slower than this is standing. */
const STANDING_KMH = 3;
/** A stop lasts at least this long. */
const STOP_S = 120;

export interface Stop extends Stretch {
  lat: number;
  lon: number;
}

/** Where the truck stood for two minutes or longer. */
export function stopsOf(points: readonly Fix[]): Stop[] {
  const stops: Stop[] = [];
  let first: Fix | null = null;
  let last: Fix | null = null;
  const close = () => {
    if (first !== null && last !== null && last.time - first.time >= STOP_S * 1000) {
      stops.push({ from: first.time, to: last.time, lat: first.lat, lon: first.lon });
    }
    first = null;
    last = null;
  };
  for (const point of points) {
    const before: Fix | null = last;
    if (point.speed_kmh === null || point.speed_kmh >= STANDING_KMH || (before !== null && isGap(before, point))) close();
    if (point.speed_kmh !== null && point.speed_kmh < STANDING_KMH) {
      first ??= point;
      last = point;
    }
  }
  close();
  return stops;
}

export interface Trip extends Stretch {
  load: Load;
}

/** Stretches of one load state, as the truck's own sensor told it; short unknowns stay with what was before. */
export function tripsOf(points: readonly Fix[]): Trip[] {
  const trips: Trip[] = [];
  for (const { time, load } of points) {
    const now = load ?? 'unknown';
    const last = trips.at(-1);
    if (last !== undefined && (last.load === now || now === 'unknown')) last.to = time;
    else trips.push({ from: time, to: time, load: now });
  }
  return trips.filter(({ from, to }) => to > from);
}

export interface Passage extends Stretch {
  fence: MapFeature;
}

/** Sites and zones the truck was inside of, in order of entering. */
export function passagesOf(points: readonly Fix[], fences: readonly MapFeature[]): Passage[] {
  const passages: Passage[] = [];
  for (const fence of fences) {
    if (fence.geometry.type !== 'Polygon' && fence.geometry.type !== 'MultiPolygon') continue;
    const polygons = fence.geometry.type === 'Polygon' ? [fence.geometry.coordinates] : fence.geometry.coordinates;
    const box = boxOf(polygons);
    let inside: Passage | null = null;
    for (const { time, lon, lat } of points) {
      const within = lon >= box[0] && lat >= box[1] && lon <= box[2] && lat <= box[3] && polygons.some((rings) => holds(rings, lon, lat));
      if (within && inside === null) {
        inside = { fence, from: time, to: time };
        passages.push(inside);
      } else if (within && inside !== null) inside.to = time;
      else inside = null;
    }
  }
  return passages.sort((a, b) => a.from - b.from);
}

function boxOf(polygons: readonly Position[][][]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of polygons.flat(2)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}

/** Even-odd over all rings: a hole is outside. */
function holds(rings: readonly Position[][], lon: number, lat: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [xi, yi] = ring[i] ?? [0, 0];
      const [xj, yj] = ring[j] ?? [0, 0];
      if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

/** The fastest fix that tells a speed. */
export function fastestOf(points: readonly Fix[]): Fix | null {
  let fastest: Fix | null = null;
  for (const point of points) if (point.speed_kmh !== null && point.speed_kmh > (fastest?.speed_kmh ?? -1)) fastest = point;
  return fastest;
}
