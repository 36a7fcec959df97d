import { describe, expect, test } from 'vitest';
import { clue } from '../testing/samples';
import { READING_CHARS_MAX, readings, READINGS_MAX, ruleName, sentence } from './facts';
import { historyText } from './history';
import { listed, neighbour } from './order';
import { rightToDecide } from './rights';

const NAMES = new Map([
  ['S2', '溱水小区工地'],
  ['D2', '南沟回填场'],
]);

describe('facts in words', () => {
  test.each([
    ['UW-01', { failed: 'no_permit_names_source', source: 'S2' }, '从溱水小区工地载货驶出，该企业没有任何一份涵盖此工地的核准。', 'Left 溱水小区工地 loaded; its company has no permit that names this site.'],
    ['UW-01', { failed: 'plate_not_registered', source: 'S9' }, '从S9载货驶出，该车不在任何企业名下。', 'Left S9 loaded; no company has this truck registered.'],
    ['UW-01', { failed: 'no_permit_in_force', source: 'S2' }, '从溱水小区工地载货驶出，出发时该企业涵盖此工地的核准均不在有效状态。', 'Left 溱水小区工地 loaded; none of its company’s permits that name this site was in force at departure.'],
    ['RT-01', { farthest_m: 612.4, driven_m: 1840.2 }, '载货偏离核准路线，最远 612 米，持续 1 分 35 秒，行驶 1840 米。', 'Off the approved route while loaded, up to 612 m away, for 1 min 35 s over 1840 m.'],
    ['RT-01', {}, '载货偏离核准路线，持续 1 分 35 秒。', 'Off the approved route while loaded, for 1 min 35 s.'],
    ['DP-01', { nearest_site: 'D2', nearest_site_m: 834.6 }, '在所有登记场所之外卸载，距最近的南沟回填场 835 米。', 'Unloaded outside every registered site, 835 m from 南沟回填场.'],
    ['DP-01', { nearest_site: null, nearest_site_m: null }, '在所有登记场所之外卸载。', 'Unloaded outside every registered site.'],
    ['TR-02b', { band: 'b', limit_kmh: 40, fastest_kmh: 57.3 }, '超速 20%–50%：限速 40 千米/时，最高 57 千米/时，持续 1 分 35 秒。', 'Over the limit of 40 km/h by 20–50%, at most 57 km/h, for 1 min 35 s.'],
    ['ZZ-99', {}, '未经核准运输建筑垃圾', 'Haulage without approval'],
  ])('%s %j', (rule, facts, zh, en) => {
    expect(sentence(clue({ rule, facts }), NAMES, 'zh')).toBe(zh);
    expect(sentence(clue({ rule, facts }), NAMES, 'en')).toBe(en);
  });

  test('every reading is a line with its unit; nested and unknown ones too', () => {
    const facts = { farthest_m: 612.4, median_over_percent: 36.2, permits_not_in_force: [{ permit: 'XM-1', why: 'expired' }], gone: null, new_thing_kmh: 3, list: [] };
    expect(readings(facts, 'zh')).toEqual([
      { name: '最远偏离', value: '612.4 m' },
      { name: '超出限速（中位）', value: '36.2 %' },
      { name: '当时无效的核准 1 核准文件', value: 'XM-1' },
      { name: '当时无效的核准 1 原因', value: '已过期' },
      { name: 'new_thing', value: '3 km/h' },
    ]);
  });

  test('absurdly many or long readings are cut', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`m${i}`, 'x'.repeat(1000)]));
    const lines = readings(many, 'en');
    expect(lines.length).toBe(READINGS_MAX);
    expect(lines[0]?.value.length).toBe(READING_CHARS_MAX);
  });

  test('an English rule name begins with a capital', () => {
    expect(ruleName(clue(), 'en')).toBe('Haulage without approval');
  });
});

test('history names what happened and keeps the officer’s own words', () => {
  expect(historyText('opened', 'zh')).toBe('提出');
  expect(historyText('confirmed: 现场核查: 属实', 'zh')).toBe('确认：现场核查: 属实');
  expect(historyText('moved to archive', 'zh')).toBe('moved to archive');
  expect(historyText('opened', 'en')).toBe('opened');
});

describe('the order of work', () => {
  const rows = [
    clue({ id: 'minor-new', severity: 'minor', opened_at: '2026-11-23T15:00:00+08:00' }),
    clue({ id: 'done', state: 'confirmed', opened_at: '2026-11-23T16:00:00+08:00' }),
    clue({ id: 'serious-old', severity: 'serious', opened_at: '2026-11-23T13:00:00+08:00' }),
    clue({ id: 'serious-new', severity: 'serious', opened_at: '2026-11-23T14:00:00+08:00', plate: '豫A99999' }),
  ];
  const ids = (view: Partial<Parameters<typeof listed>[1]>) => listed(rows, { clues: 'pending', only: null, clue: null, ...view }).map(({ id }) => id);

  test('pending before decided, worst before minor, new before old', () => {
    expect(ids({ clues: 'all' })).toEqual(['serious-new', 'serious-old', 'minor-new', 'done']);
  });
  test('only what the filters ask for', () => {
    expect(ids({})).toEqual(['serious-new', 'serious-old', 'minor-new']);
    expect(ids({ only: '豫A99999' })).toEqual(['serious-new']);
    expect(ids({ clues: 'rejected' })).toEqual([]);
  });
  test('the open clue stays in its place when it is decided', () => {
    expect(ids({ clue: 'done' })).toEqual(['done', 'serious-new', 'serious-old', 'minor-new']);
  });
  test('J and K hold at the ends and begin at the first', () => {
    expect(neighbour(['a', 'b'], null, 1)).toBe('a');
    expect(neighbour(['a', 'b'], 'a', 1)).toBe('b');
    expect(neighbour(['a', 'b'], 'b', 1)).toBe('b');
    expect(neighbour(['a', 'b'], 'a', -1)).toBe('a');
    expect(neighbour(['a', 'b'], 'gone', -1)).toBe('a');
    expect(neighbour([], 'a', 1)).toBeNull();
  });
});

test.each([
  ['enforcer', 'city_management', 'may'],
  ['police', 'police', 'other_authority'],
  ['admin', null, 'other_authority'],
  ['auditor', 'city_management', 'read_only'],
] as const)('a %s of %s: %s', (role, authority, right) => {
  expect(rightToDecide({ name: 'x', role, authority, company: null }, clue())).toBe(right);
});
