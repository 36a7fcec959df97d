import { expect, test } from 'vitest';
import { project, projectFeatures, unproject } from './project';

test('the shift at Xinmi is some 600 m, and the way back leads to the same place', () => {
  const [lon, lat] = project([113.39, 34.54], 'gcj02');
  expect(lon - 113.39).toBeCloseTo(0.006515, 5);
  expect(lat - 34.54).toBeCloseTo(-0.001017, 5);
  for (const place of [[113.39, 34.54], [73.6, 39.5], [126.5, 45.8], [121.5, 31.2]] as const) {
    const [x, y] = unproject(project([...place], 'gcj02'), 'gcj02');
    expect(Math.abs(x - place[0])).toBeLessThan(1e-9);
    expect(Math.abs(y - place[1])).toBeLessThan(1e-9);
  }
});

test('outside China and in WGS-84 nothing is shifted', () => {
  expect(project([2.35, 48.85], 'gcj02')).toEqual([2.35, 48.85]);
  expect(unproject([2.35, 48.85], 'gcj02')).toEqual([2.35, 48.85]);
  const data = { type: 'FeatureCollection' as const, features: [] };
  expect(projectFeatures(data, 'wgs84')).toBe(data);
});

test('every kind of geometry is shifted at every point', () => {
  const place = [113.39, 34.54];
  const moved = project([113.39, 34.54], 'gcj02');
  const geometries = [
    { type: 'Point' as const, coordinates: place },
    { type: 'LineString' as const, coordinates: [place, place] },
    { type: 'Polygon' as const, coordinates: [[place, place]] },
    { type: 'MultiPolygon' as const, coordinates: [[[place]]] },
  ];
  const features = geometries.map((geometry) => ({ type: 'Feature' as const, geometry, properties: {} }));
  for (const { geometry } of projectFeatures({ type: 'FeatureCollection', features }, 'gcj02').features) {
    expect(JSON.stringify(geometry)).not.toContain('113.39,');
    expect(JSON.stringify(geometry)).toContain(JSON.stringify(moved));
  }
});
