import { expect, test } from 'vitest';
import { at } from '../testing/samples';
import { ago, duration } from './age';
import { plateMatches, plateOnMap, plateText } from './plate';
import { change, points } from './points';
import { date, dateTime, span } from './time';

test.each([
  [7350, '73.50'],
  [10_000, '100.00'],
  [5999, '59.99'],
  [5, '0.05'],
  [0, '0.00'],
  [-5, '-0.05'],
  [-1250, '-12.50'],
])('%i hundredths are %s points', (centi, text) => {
  expect(points(centi)).toBe(text);
});

test('a change carries its sign', () => {
  expect([change(-1200), change(300)]).toEqual(['−12.00', '+3.00']);
});

test('times are read in Shanghai whatever the machine is set to', () => {
  expect(dateTime(Date.UTC(2026, 10, 23, 16, 0, 5))).toBe('2026-11-24 00:00:05');
  expect(date(Date.UTC(2026, 10, 23, 15, 59, 59))).toBe('2026-11-23');
  expect(span(at('14:00:00'), at('14:01:35'))).toBe('2026-11-23 14:00:00 – 14:01:35');
  expect(span(at('23:59:00'), at('23:59:00') + 120_000)).toBe('2026-11-23 23:59:00 – 2026-11-24 00:01:00');
});

test.each([
  [-3, '0 秒', '0 s'],
  [59.4, '59 秒', '59 s'],
  [60, '1 分', '1 min'],
  [95, '1 分 35 秒', '1 min 35 s'],
  [1799, '29 分', '29 min'],
  [4800, '1 小时 20 分', '1 h 20 min'],
  [200_000, '2 天', '2 d'],
])('%d seconds', (seconds, zh, en) => {
  expect(duration(seconds, 'zh')).toBe(zh);
  expect(ago(seconds, 'en')).toBe(`${en} ago`);
});

test('plates are written with a dot in text, a thin space on the map, and found however they are typed', () => {
  expect(plateText('豫A12345D')).toBe('豫A·12345D');
  expect(plateOnMap('豫A12345')).toBe('豫A\u200912345');
  for (const typed of ['', '豫a·123', 'a 1234', '45D']) expect(plateMatches('豫A12345D', typed), typed).toBe(true);
  expect(plateMatches('豫A12345D', '9')).toBe(false);
});
