import { describe, expect, it } from 'vitest';
import { crossingOf, geometryOf, insert, lack, move, nearest, removePoint, type Shape, shapeOf } from './shape';

const square: Shape = { kind: 'polygon', parts: [[[0, 0], [10, 0], [10, 10], [0, 10]]] };

describe('shapes', () => {
  it('come from GeoJSON and go back to it', () => {
    const feature = { geometry: geometryOf(square) };
    expect(feature.geometry.coordinates).toEqual([[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]);
    expect(shapeOf(feature)).toEqual(square);
    expect(shapeOf({ geometry: { type: 'MultiPolygon', coordinates: [] } })).toBeNull();
    expect(shapeOf({ geometry: null })).toBeNull();
  });
  it('tell where an outline crosses itself', () => {
    expect(crossingOf(square)).toBeNull();
    const bow: Shape = { kind: 'polygon', parts: [[[0, 0], [10, 10], [10, 0], [0, 10]]] };
    expect(crossingOf(bow)).toEqual({ part: 0, first: 0, second: 2, at: [5, 5] });
    expect(crossingOf({ ...bow, kind: 'line' })).toBeNull();
    // Two corners at one place touch, and do not cross.
    expect(crossingOf({ kind: 'polygon', parts: [[[0, 0], [4, 0], [2, 2], [4, 4], [0, 4], [2, 2]]] })).toBeNull();
  });
  it('are changed point by point', () => {
    const more = insert(square, 0, 1, [5, -1]);
    expect(more.parts[0]?.length).toBe(5);
    expect(removePoint(more, 0, 1)).toEqual(square);
    expect(move(square, 0, 0, [1, 1]).parts[0]?.[0]).toEqual([1, 1]);
    expect(square.parts[0]?.[0]).toEqual([0, 0]);
  });
  it('lack points', () => {
    expect(lack({ kind: 'line', parts: [[[0, 0]]] })).toBe('few_points');
    expect(lack({ kind: 'polygon', parts: [[[0, 0], [1, 1], [1, 0]], []] })).toBeNull();
    expect(lack({ kind: 'polygon', parts: [[[0, 0], [1, 1], [1, 0]], [[0, 0]]] })).toBe('few_points');
  });
  it('snap to the nearest point within reach', () => {
    const far = ([x, y]: readonly [number, number]) => Math.hypot(x, y);
    expect(nearest([[3, 0], [0, 2], [9, 9]], 5, far)).toEqual([0, 2]);
    expect(nearest([[9, 9]], 5, far)).toBeNull();
  });
});
