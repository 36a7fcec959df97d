import { describe, expect, it } from 'vitest';
import { stepsOf } from './StartScreen';

const empty = { registers: [], version: 0, sources: 0, sinks: 0 };

describe('the first steps', () => {
  it('are all to do in an empty system', () => {
    expect(stepsOf(empty, []).every(({ is_done }) => !is_done)).toBe(true);
  });
  it('are ticked by what the registers hold', () => {
    const held = { registers: [{ register: 'carriers', records: 1 }, { register: 'trucks', records: 2 }], version: 3, sources: 1, sinks: 0 };
    const steps = stepsOf(held, [{ plate: '豫A12345', online: false }, { plate: null, online: true }]);
    expect(steps.filter(({ is_done }) => is_done).map(({ key }) => key)).toEqual(['carriers', 'trucks', 'terminals']);
  });
});
