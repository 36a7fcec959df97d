import { expect, test } from 'vitest';
import type { Appeal } from '../screens/appeals/api';
import { byUrgency } from '../screens/appeals/order';
import { namesIn } from '../screens/cases/CaseActs';
import { cityTime } from '../screens/cases/CaseEntry';
import { runsOf } from '../screens/reports/ReportsScreen';
import { plotOf } from '../screens/score/trend';
import { bytesText, refusalOf } from './Files';

test('a file is refused before it is sent by its size and kind alone', () => {
  expect(refusalOf({ size: 5, type: 'image/png' })).toBeNull();
  expect(refusalOf({ size: 5, type: '' })).toBeNull();
  expect(refusalOf({ size: 5, type: 'text/html' })).toBe('file_kind');
  expect(refusalOf({ size: 11 * 1024 * 1024, type: 'image/png' })).toBe('file_big');
  expect([bytesText(1), bytesText(3_400_000)]).toEqual(['1 KiB', '3.2 MiB']);
});

test('days in a row are told as one stretch', () => {
  expect(runsOf(['2026-10-31', '2026-11-01', '2026-11-03'])).toEqual(['10-31 – 11-01', '11-03']);
});

test('the earliest last day leads among the open, the answered follow', () => {
  const appeal = (number: string, state: string, due: string, lodged: number) => ({ number, state, due, lodged }) as unknown as Appeal;
  const list = [appeal('a', 'upheld', '2026-01-01', 9), appeal('b', 'open', '2026-02-02', 1), appeal('c', 'open', '2026-01-05', 2)];
  expect(list.sort(byUrgency).map(({ number }) => number)).toEqual(['c', 'b', 'a']);
});

test('names are read with separators of both scripts, times are those of the city', () => {
  expect(namesIn(' 张三，李四、王五; 赵六 ')).toEqual(['张三', '李四', '王五', '赵六']);
  expect(cityTime('2026-11-23T14:03')).toBe('2026-11-23T14:03:00+08:00');
});

test('a trend is drawn in steps, the limit inside', () => {
  const plot = plotOf([{ at: 0, score_centi: 10_000 }, { at: 10, score_centi: 8_000 }], 6_000);
  expect(plot?.path).toMatch(/^M44 12H\d+(\.\d)?V\d/);
  expect(plot?.ticks.map(({ label }) => label)).toEqual(['60', '70', '80', '90', '100']);
  expect(plotOf([], 6_000)).toBeNull();
});
