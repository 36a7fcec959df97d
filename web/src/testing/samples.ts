/** Values as the API sends them, for tests: each takes only what the test is about. */
import * as api from '../api/types';

export function clueJson(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'V1',
    rule: 'UW-01',
    rule_name_zh: '未经核准运输建筑垃圾',
    rule_name_en: 'haulage without approval',
    authority: 'city_management',
    severity: 'serious',
    points_centi: 2000,
    plate: '豫A12345D',
    carrier_uscc: '91410183MA00000000',
    carrier_name: '示范一号清运有限公司',
    permit: null,
    trip: 'H1',
    start: '2026-11-23T14:00:00+08:00',
    end: '2026-11-23T14:01:35+08:00',
    lat: 34.54,
    lon: 113.39,
    facts: {},
    state: 'pending',
    disproved: false,
    opened_at: '2026-11-23T14:01:36+08:00',
    decision: null,
    ...change,
  };
}

export function clue(change: Record<string, unknown> = {}): api.Clue {
  return api.clue(clueJson(change), 'clue');
}

export function truck(change: Record<string, unknown> = {}, last: Record<string, unknown> | null = {}): api.Truck {
  const report = {
    time: '2026-11-23T14:00:00+08:00',
    received: '2026-11-23T14:00:01+08:00',
    lat: 34.54,
    lon: 113.39,
    speed_kmh: 40,
    course_deg: 90,
    fix: '3d',
    load: 'full',
    lid: 'closed',
    lift: 'flat',
  };
  return api.truck(
    {
      plate: '豫A12345',
      plate_colour: 'yellow',
      carrier_uscc: null,
      carrier_name: null,
      state: 'normal',
      rules: [],
      last: last === null ? null : { ...report, ...last },
      ...change,
    },
    'truck',
  );
}

export function carrierJson(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    uscc: '91410183MA00000000',
    name: '示范一号清运有限公司',
    status: 'active',
    trucks: 4,
    score_centi: 10_000,
    band: 'red_candidate',
    listed_since: null,
    deductions: 0,
    ...change,
  };
}

export function carrier(change: Record<string, unknown> = {}): api.Carrier {
  return api.carrier(carrierJson(change), 'carrier');
}

/** Milliseconds of a time on the samples' day, in Shanghai. */
export function at(clock: string): number {
  return Date.parse(`2026-11-23T${clock}+08:00`);
}
