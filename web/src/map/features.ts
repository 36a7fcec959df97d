/** From the model to GeoJSON the map draws, in the basemap's coordinates. Pure. */
import type { Feature, FeatureCollection, LineString, Point } from 'geojson';
import type { EpochMs, MapFeatures, Position, TrackPoint, Truck } from '../api/types';
import { plateOnMap } from '../format/plate';
import { directionOf, shapeOf } from '../trucks/look';
import { type BasemapCrs, project, projectGeometry } from './project';

/** Every truck that has a position. `icon` names an image of `icons.ts`; a larger `rank` is drawn on top. */
export function truckFeatures(trucks: Iterable<Truck>, now_ms: EpochMs, crs: BasemapCrs): FeatureCollection<Point> {
  const features: Feature<Point>[] = [];
  for (const truck of trucks) {
    if (truck.last === null) continue;
    const direction = directionOf(truck);
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: project([truck.last.lon, truck.last.lat], crs) },
      properties: {
        plate: truck.plate,
        label: plateOnMap(truck.plate),
        state: truck.state,
        icon: `${shapeOf(truck, now_ms)}-${direction === null ? 'still' : 'moving'}`,
        course_deg: direction ?? 0,
        rank: truck.state === 'clue' ? 1 : 0,
      },
    });
  }
  return { type: 'FeatureCollection', features };
}

const SINKS = new Set(['disposal', 'recycling', 'backfill']);

/** Sites, zones, routes and outlines. `look` chooses the style: `source`, `sink`, `other`, `no_go`, `limit`, `route`, `boundary`. */
export function fenceFeatures(fences: MapFeatures, crs: BasemapCrs): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: fences.features.map(({ layer, name, kind, limit_kmh, geometry }) => ({
      type: 'Feature',
      geometry: projectGeometry(geometry, crs),
      properties: {
        look: lookOf(layer, kind),
        label: layer === 'zone' && limit_kmh !== null ? `${name} ${limit_kmh}` : name,
      },
    })),
  };
}

function lookOf(layer: MapFeatures['features'][number]['layer'], kind: string | null): string {
  if (layer === 'route' || layer === 'boundary') return layer;
  if (layer === 'zone') return kind === 'no_go' ? 'no_go' : 'limit';
  if (kind === 'source') return 'source';
  return kind !== null && SINKS.has(kind) ? 'sink' : 'other';
}

/** Two reports farther apart in time than this are not joined: where a truck was between them is not known. */
export const TRACK_GAP_S = 180;

/** A truck's way, cut where reports are missing. */
export function trackFeatures(points: readonly TrackPoint[], crs: BasemapCrs): FeatureCollection<LineString> {
  const lines: Position[][] = [];
  let before: TrackPoint | undefined;
  for (const point of points) {
    const position = project([point.lon, point.lat], crs);
    const line = lines.at(-1);
    if (line === undefined || before === undefined || point.time - before.time > TRACK_GAP_S * 1000) lines.push([position]);
    else line.push(position);
    before = point;
  }
  return {
    type: 'FeatureCollection',
    features: lines
      .filter((line) => line.length > 1)
      .map((line) => ({ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: {} })),
  };
}

/** West, south, east, north of everything given; `null` of nothing. */
export function boundsOf(positions: Iterable<Position>): [number, number, number, number] | null {
  let bounds: [number, number, number, number] | null = null;
  for (const [lon, lat] of positions) {
    bounds = bounds === null
      ? [lon, lat, lon, lat]
      : [Math.min(bounds[0], lon), Math.min(bounds[1], lat), Math.max(bounds[2], lon), Math.max(bounds[3], lat)];
  }
  return bounds;
}

/** Every position of the fences, for fitting the view. */
export function* positionsOf(fences: MapFeatures): Generator<Position> {
  for (const { geometry } of fences.features) {
    switch (geometry.type) {
      case 'LineString':
        yield* geometry.coordinates;
        break;
      case 'MultiLineString':
      case 'Polygon':
        for (const line of geometry.coordinates) yield* line;
        break;
      case 'MultiPolygon':
        for (const rings of geometry.coordinates) for (const line of rings) yield* line;
    }
  }
}
