/** Outlines and lines as they are edited: pure. Degrees are WGS-84, longitude first. */
import type { RecordBody } from './api';

export type Point = readonly [lon: number, lat: number];

export interface Shape {
  kind: 'polygon' | 'line';
  /** Of a polygon the outline and its holes, without the first corner repeated; of a line itself alone. */
  parts: readonly (readonly Point[])[];
}

export const EMPTY_POLYGON: Shape = { kind: 'polygon', parts: [[]] };
export const EMPTY_LINE: Shape = { kind: 'line', parts: [[]] };

/** The shape of a feature; `null` where it cannot be edited here (several polygons). */
export function shapeOf(record: RecordBody): Shape | null {
  const geometry = record['geometry'] as { type?: unknown; coordinates?: unknown } | null | undefined;
  if (geometry?.type === 'LineString') return { kind: 'line', parts: [pointsOf(geometry.coordinates)] };
  if (geometry?.type === 'Polygon' && Array.isArray(geometry.coordinates)) {
    return { kind: 'polygon', parts: geometry.coordinates.map((ring: unknown) => open(pointsOf(ring))) };
  }
  return null;
}

function pointsOf(value: unknown): Point[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((pair: unknown): Point[] => {
    if (!Array.isArray(pair)) return [];
    const [lon, lat] = pair as unknown[];
    return typeof lon === 'number' && typeof lat === 'number' ? [[lon, lat]] : [];
  });
}

function open(ring: Point[]): Point[] {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  const closed = ring.length > 1 && first !== undefined && last !== undefined && first[0] === last[0] && first[1] === last[1];
  return closed ? ring.slice(0, -1) : ring;
}

/** GeoJSON of a shape; parts without a point are left out. */
export function geometryOf({ kind, parts }: Shape): { type: string; coordinates: unknown } {
  if (kind === 'line') return { type: 'LineString', coordinates: parts[0] ?? [] };
  const rings = parts.filter((ring) => ring.length > 0).map((ring) => [...ring, ...ring.slice(0, 1)]);
  return { type: 'Polygon', coordinates: rings };
}

/** Puts a point before the one at `at`, or at the end. */
export function insert(shape: Shape, part: number, at: number, point: Point): Shape {
  return onPart(shape, part, (points) => [...points.slice(0, at), point, ...points.slice(at)]);
}

export function move(shape: Shape, part: number, at: number, point: Point): Shape {
  return onPart(shape, part, (points) => points.map((old, i) => (i === at ? point : old)));
}

export function removePoint(shape: Shape, part: number, at: number): Shape {
  return onPart(shape, part, (points) => points.filter((_, i) => i !== at));
}

function onPart(shape: Shape, part: number, change: (points: readonly Point[]) => readonly Point[]): Shape {
  return { ...shape, parts: shape.parts.map((points, i) => (i === part ? change(points) : points)) };
}

/** Where an outline crosses itself: the part, its two edges (counted from 0), and the place. */
export interface Crossing {
  part: number;
  first: number;
  second: number;
  at: Point;
}

/** The first crossing of an outline with itself. Lines may cross themselves. */
export function crossingOf({ kind, parts }: Shape): Crossing | null {
  if (kind === 'line') return null;
  for (const [part, ring] of parts.entries()) {
    for (let first = 0; first < ring.length; first++) {
      for (let second = first + 2; second < ring.length; second++) {
        if (first === 0 && second === ring.length - 1) continue;
        const at = meeting(edge(ring, first), edge(ring, second));
        if (at !== null) return { part, first, second, at };
      }
    }
  }
  return null;
}

function edge(ring: readonly Point[], i: number): [Point, Point] {
  return [ring[i] ?? [0, 0], ring[(i + 1) % ring.length] ?? [0, 0]];
}

/** Where two stretches cross; touching in a point is no crossing. */
function meeting([a, b]: [Point, Point], [c, d]: [Point, Point]): Point | null {
  const side = (p: Point, q: Point, r: Point) => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (!(s1 * s2 < 0 && s3 * s4 < 0)) return null;
  const along = s3 / (s3 - s4);
  return [a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])];
}

/** The nearest of some points within a distance, by whatever measure is given. */
export function nearest(points: readonly Point[], within: number, distance: (point: Point) => number): Point | null {
  let found: Point | null = null;
  let least = within;
  for (const point of points) {
    const is = distance(point);
    if (is <= least) [found, least] = [point, is];
  }
  return found;
}

/** What is wrong with a shape before it is sent; `null`: nothing. */
export function lack(shape: Shape): 'few_points' | null {
  const least = shape.kind === 'line' ? 2 : 3;
  return shape.parts.some((points, i) => points.length < least && (i === 0 || points.length > 0)) ? 'few_points' : null;
}
