import { describe, expect, test } from 'vitest';
import { Problem } from '../api/client';
import { at, carrier, clue, truck } from '../testing/samples';
import { ANNOUNCE_EVERY_MS, Announcer } from './announcer';
import * as change from './model';
import { CLUES_KEPT_MAX, EMPTY, type Model } from './model';

const NO_COUNTS = { pending: 0, confirmed: 0, rejected: 0, withdrawn: 0 };
const clues = (model: Model) => (model.clues.kind === 'ready' ? model.clues.value : null);
const withTruck = (time: string) => ({ trucks: [truck({}, { time: `2026-11-23T${time}+08:00` })], as_of: at(time) });
const shownTime = (model: Model) => (model.trucks.kind === 'ready' ? model.trucks.value.get('豫A12345')?.last?.time : null);

describe('trucks', () => {
  test('a newer report replaces an older one, never the other way round', () => {
    let model = change.withTruckList(EMPTY, withTruck('14:00:00'), 0);
    model = change.withChangedTrucks(model, withTruck('14:00:10'), 0);
    model = change.withChangedTrucks(model, withTruck('14:00:05'), 0);
    expect(shownTime(model)).toBe(at('14:00:10'));
    expect(model.as_of).toBe(at('14:00:10'));
  });

  test('the difference of the clocks is known', () => {
    const model = change.withTruckList(EMPTY, withTruck('14:00:00'), at('13:59:50'));
    expect(model.clock_offset_ms).toBe(10_000);
  });

  test('changes before the list has come are left out: the list will hold them', () => {
    expect(change.withChangedTrucks(EMPTY, withTruck('14:00:00'), 0)).toBe(EMPTY);
  });
});

describe('clues', () => {
  const start = change.withClueLists(EMPTY, { clues: [clue()], counts: NO_COUNTS }, { clues: [clue()], counts: { ...NO_COUNTS, pending: 1 } });

  test('a decision moves the count', () => {
    const model = change.withClue(start, clue({ state: 'confirmed' }));
    expect(clues(model)?.counts).toEqual({ ...NO_COUNTS, confirmed: 1 });
  });

  test('the answer to a decision and its live event count once', () => {
    const decided = clue({ state: 'confirmed' });
    expect(clues(change.withClue(change.withClue(start, decided), decided))?.counts).toEqual({ ...NO_COUNTS, confirmed: 1 });
  });

  test('beyond the bound the oldest decided clues go, never a pending one', () => {
    let model = start;
    for (let i = 0; i < CLUES_KEPT_MAX; i += 1) {
      model = change.withClue(model, clue({ id: `C${i}`, state: 'rejected', opened_at: new Date(at('15:00:00') + i).toISOString() }));
    }
    expect(clues(model)?.by_id.size).toBe(CLUES_KEPT_MAX);
    expect(clues(model)?.by_id.has('V1')).toBe(true);
    expect(clues(model)?.by_id.has('C0')).toBe(false);
  });
});

describe('scores', () => {
  const uscc = carrier().uscc;
  const start = change.withCarrierList(EMPTY, { carriers: [carrier()] }, 0);

  test('a fall is marked with its size and forgotten later', () => {
    const fallen = change.withCarrier(start, carrier({ score_centi: 8000 }), 1_000);
    expect(fallen.score_changes.get(uscc)).toEqual({ by_centi: -2000, at: 1_000 });
    const later = change.withCarrier(fallen, carrier({ score_centi: 8000 }), 1_000 + change.SCORE_CHANGE_SHOWN_MS);
    expect(later.score_changes.size).toBe(0);
  });

  test('a change missed while the connection was lost shows when the list comes anew', () => {
    const model = change.withCarrierList(start, { carriers: [carrier({ score_centi: 5600 })] }, 5);
    expect(model.score_changes.get(uscc)).toEqual({ by_centi: -4400, at: 5 });
  });

  test('a first load marks nothing', () => {
    expect(start.score_changes.size).toBe(0);
  });
});

test('a failed refresh keeps the data and says so; a failed first load shows the failure', () => {
  const problem = new Problem(500, '坏', 'broken');
  expect(change.failed(change.ready(1), problem)).toEqual({ kind: 'ready', value: 1, stale: problem });
  expect(change.failed({ kind: 'loading' }, problem)).toEqual({ kind: 'failed', problem });
});

test('the live region gets at most one message in five seconds, with everything that came', () => {
  const announcer = new Announcer();
  announcer.note('clue');
  expect([...(announcer.poll(0) ?? [])]).toEqual([['clue', 1]]);
  announcer.note('clue');
  announcer.note('clue');
  announcer.note('listed');
  expect(announcer.poll(ANNOUNCE_EVERY_MS - 1)).toBeNull();
  expect([...(announcer.poll(ANNOUNCE_EVERY_MS) ?? [])]).toEqual([['clue', 2], ['listed', 1]]);
  expect(announcer.poll(10 * ANNOUNCE_EVERY_MS)).toBeNull();
});
