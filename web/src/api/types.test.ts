import { describe, expect, test } from 'vitest';
import { clueJson } from '../testing/samples';
import { DecodeError } from './decode';
import * as api from './types';

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof DecodeError) return thrown.message;
    throw thrown;
  }
  return 'accepted';
}

describe('what the service sends is read into types', () => {
  test('times become milliseconds, absent members unknown', () => {
    const clue = api.clue(clueJson({ carrier_name: undefined }), 'clue');
    expect(clue.start).toBe(Date.UTC(2026, 10, 23, 6, 0, 0));
    expect(clue.carrier_name).toBeNull();
  });

  test.each([
    [{ state: 'maybe' }, 'clue.state: expected one of pending, confirmed, rejected, withdrawn'],
    [{ start: 'yesterday' }, 'clue.start: expected an RFC 3339 time'],
    [{ lat: 340 }, 'clue.lat: expected a latitude'],
    [{ points_centi: 20.5 }, 'clue.points_centi: expected an integer'],
    [{ facts: [] }, 'clue.facts: expected an object'],
    [{ decision: { outcome: 'confirmed' } }, 'clue.decision.by: expected a text'],
  ])('%j is refused, naming the member', (change, message) => {
    expect(refusal(() => api.clue(clueJson(change), 'clue'))).toBe(message);
  });

  test('the place of a failure in a list is named', () => {
    expect(refusal(() => api.truckList({ trucks: [7], as_of: '2026-11-23T14:00:00+08:00' }, ''))).toBe('trucks[0]: expected an object');
  });

  test('a polygon with a position outside the earth is refused before the map sees it', () => {
    const feature = { properties: { layer: 'site', id: 'S1', name: 'x' }, geometry: { type: 'Polygon', coordinates: [[[113, 34], [213, 34]]] } };
    expect(refusal(() => api.mapFeatures({ features: [feature] }, ''))).toBe('features[0].geometry.coordinates[0][1][0]: expected a longitude');
  });

  test('explanations come as plain lines or in both languages', () => {
    const carrier = { uscc: 'u', name: 'n', status: 'active', trucks: 1, score_centi: 1, band: 'black', listed_since: null, deductions: 1 };
    const detail = api.carrierDetail({ ...carrier, explanation: ['a', { seq: 3, zh: '扣', en: 'off' }, { zh: '仅' }] }, '');
    expect(detail.explanation).toEqual([{ zh: 'a', en: 'a' }, { zh: '扣', en: 'off' }, { zh: '仅', en: '仅' }]);
  });
});
