import { expect, test } from 'vitest';
import type { MapFeature } from '../api/types';
import { kindOf, worstFirst } from '../screens/map/kinds';
import { dayOf, fromInput, presetRange, RANGE_MS_MAX, toInput, validRange } from '../screens/replay/range';
import type { Fix } from './api';
import { gapsOf, indexAt, passagesOf, PLOT_POINTS_MAX, speedPath, speedTrack, stopsOf, tripsOf } from './shape';

const fix = (second: number, more: Partial<Fix> = {}): Fix => ({
  time: second * 1000, lat: 34.5, lon: 113.4 + second / 1e5, speed_kmh: 40, course_deg: null, fix: '3d', load: null, lid: null, ...more,
});
const SCALE = { from: 0, to: 1_000_000, top_kmh: 100, width: 600, height: 100 };

test('a gap is neither a line on the map nor one in the plot', () => {
  const points = [fix(0), fix(10), fix(400), fix(410)];
  expect(gapsOf(points)).toEqual([{ from: 10_000, to: 400_000 }]);
  expect(speedPath(points, SCALE).match(/M/g)).toHaveLength(2);
  expect(speedTrack(points, 'wgs84').features.map(({ geometry }) => geometry.coordinates.length)).toEqual([2, 2]);
});

test('a track changes its colour with the speed and stays joined', () => {
  const [slow, fast] = speedTrack([fix(0, { speed_kmh: 10 }), fix(10, { speed_kmh: 10 }), fix(20, { speed_kmh: 90 })], 'wgs84').features;
  expect(slow?.properties?.['colour']).not.toBe(fast?.properties?.['colour']);
  expect(slow?.geometry.coordinates.at(-1)).toEqual(fast?.geometry.coordinates[0]);
});

test('the cursor stands on the fix at or before its moment', () => {
  const points = [fix(0), fix(10), fix(20)];
  expect([-5, 0, 9.9, 10, 99].map((second) => indexAt(points, second * 1000))).toEqual([0, 0, 0, 1, 2]);
  expect(indexAt([], 0)).toBe(-1);
});

test('a long plot is thinned and keeps its extremes', () => {
  const points = Array.from({ length: 3 * PLOT_POINTS_MAX }, (_, n) => fix(n, { speed_kmh: n === 4321 ? 99 : 30 }));
  const path = speedPath(points, { ...SCALE, to: points.length * 1000 });
  expect(path.match(/[ML]/g)?.length).toBeLessThanOrEqual(PLOT_POINTS_MAX + 4);
  expect(path).toContain(' 1.0');
});

test('two minutes at rest are a stop, less is none', () => {
  const rest = (from: number, to: number) => [fix(from, { speed_kmh: 0 }), fix(to, { speed_kmh: 0 })];
  expect(stopsOf([fix(0), ...rest(10, 130), fix(140), ...rest(150, 200), fix(210)]).map(({ from, to }) => [from, to])).toEqual([[10_000, 130_000]]);
});

test('stretches of load join over unknown readings', () => {
  const trips = tripsOf([fix(0, { load: 'empty' }), fix(10, { load: 'empty' }), fix(20, { load: 'full' }), fix(30, { load: 'unknown' }), fix(40, { load: 'full' })]);
  expect(trips.map(({ load, from, to }) => [load, from, to])).toEqual([['empty', 0, 10_000], ['full', 20_000, 40_000]]);
});

test('a fence is entered and left, and its hole is outside', () => {
  const ring = (half: number) => [[113.4 - half, 34.5 - half], [113.4 + half, 34.5 - half], [113.4 + half, 34.5 + half], [113.4 - half, 34.5 + half], [113.4 - half, 34.5 - half]] as [number, number][];
  const fence: MapFeature = { layer: 'site', id: 'S1', name: '工地', kind: 'source', limit_kmh: null, geometry: { type: 'Polygon', coordinates: [ring(0.01), ring(0.001)] } };
  const at = (second: number, lon: number) => fix(second, { lon });
  expect(passagesOf([at(0, 113.38), at(10, 113.395), at(20, 113.4), at(30, 113.405), at(40, 113.42)], [fence]).map(({ from, to }) => [from, to])).toEqual([[10_000, 10_000], [30_000, 30_000]]);
});

test('a truck is looked for by its gravest clue, and the worst come first', () => {
  expect(kindOf({ state: 'clue', rules: ['TR-02', 'UW-01'] })).toBe('no_permit');
  expect(kindOf({ state: 'offline', rules: [] })).toBe('offline');
  const truck = (plate: string, rules: string[]) => ({ plate, rules, state: 'normal' as const, carrier_uscc: null, carrier_name: null, last: null });
  const list = [truck('豫A3', []), truck('豫A2', ['RT-01']), truck('豫A1', [])];
  expect(worstFirst(list, null, '').map(({ plate }) => plate)).toEqual(['豫A2', '豫A1', '豫A3']);
  expect(worstFirst(list, 'normal', '3').map(({ plate }) => plate)).toEqual(['豫A3']);
});

test('ranges are the city’s days and hours, whatever the machine is set to', () => {
  const noon = Date.parse('2026-11-23T12:00:00+08:00');
  expect(toInput(noon)).toBe('2026-11-23T12:00:00');
  expect(fromInput('2026-11-23T12:00')).toBe(noon);
  expect(fromInput('nonsense')).toBeNull();
  expect(presetRange('today', noon).from).toBe(noon - 12 * 3_600_000);
  expect(dayOf(noon).from).toBe(noon - 12 * 3_600_000);
  expect(validRange(noon, noon)).toBeNull();
  expect(validRange(noon, noon + RANGE_MS_MAX + 1)).toBeNull();
});
