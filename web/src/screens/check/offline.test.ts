import { expect, test } from 'vitest';
import { answerOf, hoursHold, type PermitShown, type SnapshotTruck } from './offline';

const at = (text: string) => Date.parse(`2026-11-23T${text}:00+08:00`); // a Monday

const permit = (change: Partial<PermitShown> = {}): PermitShown => ({
  number: 'XM-1',
  valid_from: at('00:00'),
  valid_until: at('00:00') + 7 * 86_400_000,
  status: 'valid',
  hours: [{ days: ['mon'], from: '20:00', to: '06:00' }],
  legs: [],
  waste_class: '',
  ...change,
});
const truck = (change: Partial<SnapshotTruck> = {}): SnapshotTruck => ({
  plate: '豫A12345',
  kind: 'muck',
  carrier: '甲',
  carrier_active: true,
  permits: [permit()],
  ...change,
});
const check = (one: SnapshotTruck, now: number) => {
  const { may, reason } = answerOf({ as_of: now, trucks: [one] }, '豫A12345', now);
  return `${may} ${reason}`;
};

test('the snapshot answers as the service does', () => {
  const evening = at('21:00');
  expect(check(truck(), evening)).toBe('yes permit');
  expect(check(truck(), at('12:00'))).toBe('no outside_hours');
  expect(check(truck({ permits: [permit({ status: 'revoked' })] }), evening)).toBe('no permit_stopped');
  expect(check(truck({ permits: [] }), evening)).toBe('no no_permit');
  expect(check(truck({ permits: [permit({ valid_until: evening })] }), evening)).toBe('no no_permit');
  expect(check(truck({ carrier_active: false }), evening)).toBe('no carrier');
  expect(check(truck({ kind: 'mixer', permits: [] }), evening)).toBe('yes mixer');
  expect(check(truck({ plate: '豫B1' }), evening)).toBe('unknown not_registered');
});

test('hours past midnight belong to the day they begin on', () => {
  const night = [{ days: ['mon'], from: '20:00', to: '06:00' }];
  expect(hoursHold(night, at('19:59'))).toBe(false);
  expect(hoursHold(night, at('20:00'))).toBe(true);
  expect(hoursHold(night, at('05:59') + 86_400_000)).toBe(true);
  expect(hoursHold(night, at('06:00') + 86_400_000)).toBe(false);
  expect(hoursHold(night, at('05:59'))).toBe(false);
  expect(hoursHold([{ days: ['mon'], from: '08:00', to: '08:00' }], at('07:00') + 86_400_000)).toBe(true);
  expect(hoursHold([], at('12:00'))).toBe(true);
});
