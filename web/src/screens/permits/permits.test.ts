import { describe, expect, it } from 'vitest';
import { shifted, weeks } from './PermitCalendar';

describe('the calendar of a permit', () => {
  it('goes over the turn of the year', () => {
    expect(shifted('2026-12', 1)).toBe('2027-01');
    expect(shifted('2026-01', -1)).toBe('2025-12');
  });
  it('begins its weeks on Monday', () => {
    // 2026-11-01 is a Sunday.
    const days = Array.from({ length: 30 }, (_, i) => ({ date: `2026-11-${String(i + 1).padStart(2, '0')}`, allowed: [], state: 'open' }));
    const rows = weeks(days);
    expect(rows.length).toBe(6);
    expect(rows[0]?.[6]?.date).toBe('2026-11-01');
    expect(rows[1]?.[0]?.date).toBe('2026-11-02');
    expect(weeks([])).toEqual([]);
  });
});
