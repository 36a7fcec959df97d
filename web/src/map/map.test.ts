import { describe, expect, test } from 'vitest';
import type { MapFeatures, Position } from '../api/types';
import { at, truck } from '../testing/samples';
import { isStale, STALE_AFTER_S, worstFirst } from '../trucks/look';
import { boundsOf, fenceFeatures, positionsOf, trackFeatures, truckFeatures } from './features';
import { project } from './project';

describe('the datum of the basemap', () => {
  const XINMI: Position = [113.39, 34.54];

  test('at Xinmi GCJ-02 lies 0.006515 degree east and 0.001017 south of WGS-84', () => {
    const [lon, lat] = project(XINMI, 'gcj02');
    expect(lon - XINMI[0]).toBeCloseTo(0.006515, 5);
    expect(lat - XINMI[1]).toBeCloseTo(-0.001017, 5);
  });
  test('a WGS-84 basemap and places outside China are left alone', () => {
    expect(project(XINMI, 'wgs84')).toEqual(XINMI);
    expect(project([11.58, 48.14], 'gcj02')).toEqual([11.58, 48.14]);
  });
  test('trucks, fences and tracks are all shifted alike', () => {
    const shifted = project(XINMI, 'gcj02');
    const drawn = truckFeatures([truck()], at('14:00:00'), 'gcj02').features[0]?.geometry.coordinates;
    expect(drawn).toEqual(shifted);
    const fences: MapFeatures = { features: [{ layer: 'route', id: 'R', name: 'r', kind: null, limit_kmh: null, geometry: { type: 'LineString', coordinates: [XINMI, XINMI] } }] };
    expect(fenceFeatures(fences, 'gcj02').features[0]?.geometry).toEqual({ type: 'LineString', coordinates: [shifted, shifted] });
    const points = [{ time: 0, lon: XINMI[0], lat: XINMI[1] }, { time: 1, lon: XINMI[0], lat: XINMI[1] }];
    expect(trackFeatures(points, 'gcj02').features[0]?.geometry.coordinates).toEqual([shifted, shifted]);
  });
});

describe('the sign of a truck', () => {
  const icon = (change: object, last: object | null = {}, now = '14:00:30') =>
    truckFeatures([truck({ ...change }, last as Record<string, unknown> | null)], at(now), 'wgs84').features[0]?.properties?.['icon'] as string | undefined;

  test.each([
    [{ state: 'normal' }, {}, 'normal-moving'],
    [{ state: 'normal' }, { speed_kmh: 0.4 }, 'normal-still'],
    [{ state: 'normal' }, { course_deg: null }, 'normal-still'],
    [{ state: 'normal' }, { fix: 'none' }, 'normal-still'],
    [{ state: 'clue', rules: ['UW-01'] }, {}, 'clue-moving'],
    [{ state: 'offline' }, {}, 'offline-moving'],
    [{ state: 'silent' }, null, undefined],
  ])('%j %j: %s', (change, last, expected) => {
    expect(icon(change, last)).toBe(expected);
  });
  test('turns to another shape when its report is old, unless it has a clue', () => {
    expect(icon({ state: 'normal' }, {}, '14:03:00')).toBe('stale-moving');
    expect(icon({ state: 'clue' }, {}, '14:03:00')).toBe('clue-moving');
  });
  test('age counts from the report, and a clock that is behind makes nothing old', () => {
    expect(isStale(truck(), at('14:00:00') + STALE_AFTER_S * 1000)).toBe(false);
    expect(isStale(truck(), at('14:00:01') + STALE_AFTER_S * 1000)).toBe(true);
    expect(isStale(truck(), at('13:00:00'))).toBe(false);
    expect(isStale(truck({ state: 'silent' }, null), at('14:00:00'))).toBe(false);
  });
  test('worst first in the list', () => {
    const states = ['normal', 'silent', 'offline', 'clue'].map((state) => truck({ state }));
    expect(states.sort(worstFirst).map(({ state }) => state)).toEqual(['clue', 'offline', 'silent', 'normal']);
  });
});

test('a track is cut where reports are missing: no line where nobody saw the truck', () => {
  const point = (s: number) => ({ time: s * 1000, lon: 113 + s / 1e4, lat: 34 });
  const lines = trackFeatures([0, 10, 20, 300, 310, 900].map(point), 'wgs84').features;
  expect(lines.map(({ geometry }) => geometry.coordinates.length)).toEqual([3, 2]);
});

test('the view is fitted to every fence', () => {
  const ring: Position[] = [[113, 34], [114, 34], [114, 35], [113, 34]];
  const fences: MapFeatures = {
    features: [
      { layer: 'site', id: 'S', name: 's', kind: 'source', limit_kmh: null, geometry: { type: 'MultiPolygon', coordinates: [[ring]] } },
      { layer: 'route', id: 'R', name: 'r', kind: null, limit_kmh: null, geometry: { type: 'LineString', coordinates: [[112.5, 34.2], [113, 34.3]] } },
    ],
  };
  expect(boundsOf(positionsOf(fences))).toEqual([112.5, 34, 114, 35]);
  expect(boundsOf([])).toBeNull();
});
