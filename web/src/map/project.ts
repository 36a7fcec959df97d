/**
 * From WGS-84, in which everything is stored and sent, to the coordinates of the basemap. The one place of the page
 * that knows of GCJ-02: a truck drawn unshifted on a GCJ-02 map stands 600 m off at Xinmi.
 */
import type { Feature, FeatureCollection, Geometry as AnyGeometry, Position as AnyPosition } from 'geojson';
import type { Geometry, Position } from '../api/types';

/** What a basemap's tiles are drawn in. CGCS2000 differs from WGS-84 by centimetres and counts as `wgs84`. */
export type BasemapCrs = 'wgs84' | 'gcj02';

/** What data is handed to the map in: the map itself shifts it to its basemap (`map-view.ts`). */
export const BASEMAP: { readonly crs: BasemapCrs } = { crs: 'wgs84' };

/** A WGS-84 position in the basemap's coordinates. */
export function project([lon, lat]: Position, crs: BasemapCrs): Position {
  if (crs === 'wgs84' || outsideChina(lon, lat)) return [lon, lat];
  const x = lon - 105;
  const y = lat - 35;
  const phi = (lat / 180) * Math.PI;
  const magic = 1 - ECCENTRICITY_SQUARED * Math.sin(phi) ** 2;
  const metres_per_degree_lat = ((SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED)) / (magic * Math.sqrt(magic))) * (Math.PI / 180);
  const metres_per_degree_lon = (SEMI_MAJOR_M / Math.sqrt(magic)) * Math.cos(phi) * (Math.PI / 180);
  return [lon + eastShiftM(x, y) / metres_per_degree_lon, lat + northShiftM(x, y) / metres_per_degree_lat];
}

/** Steps of the inverse; each is some 20 times nearer. */
const INVERSE_STEPS = 10;

/** A position of the basemap in WGS-84: what a click means. */
export function unproject(drawn: Position, crs: BasemapCrs): Position {
  if (crs === 'wgs84') return drawn;
  let [lon, lat] = drawn;
  for (let step = 0; step < INVERSE_STEPS; step += 1) {
    const [x, y] = project([lon, lat], crs);
    lon += drawn[0] - x;
    lat += drawn[1] - y;
  }
  return [lon, lat];
}

/** All features in the basemap's coordinates. In `wgs84` they are given back as they are: nothing is copied. */
export function projectFeatures(data: FeatureCollection, crs: BasemapCrs): FeatureCollection {
  if (crs === 'wgs84') return data;
  const one = (feature: Feature): Feature => ({ ...feature, geometry: shifted(feature.geometry, crs) });
  return { ...data, features: data.features.map(one) };
}

function shifted(geometry: AnyGeometry, crs: BasemapCrs): AnyGeometry {
  const at = ([lon = 0, lat = 0]: AnyPosition): AnyPosition => [...project([lon, lat], crs)];
  switch (geometry.type) {
    case 'Point':
      return { ...geometry, coordinates: at(geometry.coordinates) };
    case 'MultiPoint':
    case 'LineString':
      return { ...geometry, coordinates: geometry.coordinates.map(at) };
    case 'MultiLineString':
    case 'Polygon':
      return { ...geometry, coordinates: geometry.coordinates.map((line) => line.map(at)) };
    case 'MultiPolygon':
      return { ...geometry, coordinates: geometry.coordinates.map((rings) => rings.map((line) => line.map(at))) };
    case 'GeometryCollection':
      return { ...geometry, geometries: geometry.geometries.map((part) => shifted(part, crs)) };
  }
}

/** The whole geometry in the basemap's coordinates. */
export function projectGeometry(geometry: Geometry, crs: BasemapCrs): Geometry {
  const line = (positions: Position[]) => positions.map((position) => project(position, crs));
  switch (geometry.type) {
    case 'LineString':
      return { type: 'LineString', coordinates: line(geometry.coordinates) };
    case 'MultiLineString':
      return { type: 'MultiLineString', coordinates: geometry.coordinates.map(line) };
    case 'Polygon':
      return { type: 'Polygon', coordinates: geometry.coordinates.map(line) };
    case 'MultiPolygon':
      return { type: 'MultiPolygon', coordinates: geometry.coordinates.map((rings) => rings.map(line)) };
  }
}

/** Krasovsky 1940, on which the shift is defined. */
const SEMI_MAJOR_M = 6_378_245;
const ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943;

function outsideChina(lon: number, lat: number): boolean {
  return lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271;
}

/** Three sine pairs each: wavelengths in degrees, amplitudes in metres. */
function waves(v: number, terms: readonly (readonly [amplitude: number, per_half_turn: number])[]): number {
  return terms.reduce((sum, [amplitude, per_half_turn]) => sum + amplitude * Math.sin(v * per_half_turn * Math.PI), 0) * (2 / 3);
}
const SHORT_WAVES = [[20, 6], [20, 2]] as const;

function eastShiftM(x: number, y: number): number {
  const polynomial = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  return polynomial + waves(x, [...SHORT_WAVES, [20, 1], [40, 1 / 3], [150, 1 / 12], [300, 1 / 30]]);
}

function northShiftM(x: number, y: number): number {
  const polynomial = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  return polynomial + waves(x, SHORT_WAVES) + waves(y, [[20, 1], [40, 1 / 3], [160, 1 / 12], [320, 1 / 30]]);
}
