import { describe, expect, test } from 'vitest';
import { EVENT_CHARS_MAX, EventReader, type ServerEvent } from './sse';

function read(...pieces: string[]): ServerEvent[] {
  const reader = new EventReader();
  return pieces.flatMap((piece) => reader.push(piece));
}

const STREAM = ': hello\r\n\r\nid: 1\r\nevent: clue\r\ndata: {"a":\r\ndata: 1}\r\n\r\n: heartbeat\n\nevent: resync\ndata: {}\n\ndata:plain\r\r';
const EVENTS = [
  { event: 'clue', data: '{"a":\n1}' },
  { event: 'resync', data: '{}' },
];

describe('an event stream', () => {
  test('is the same however it is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      for (const second of [cut, Math.min(STREAM.length, cut + 1), Math.floor((cut + STREAM.length) / 2)]) {
        const events = read(STREAM.slice(0, cut), STREAM.slice(cut, second), STREAM.slice(second), '\n');
        expect(events, `cut at ${cut} and ${second}`).toEqual([...EVENTS, { event: 'message', data: 'plain' }]);
      }
    }
  });

  test('an event that is not finished is not handed on', () => {
    expect(read('event: clue\ndata: 1\n')).toEqual([]);
  });

  test('an event without data is none', () => {
    expect(read('event: clue\n\n')).toEqual([]);
  });

  test('an event beyond the bound is dropped and counted, and the next one is read', () => {
    const reader = new EventReader();
    const piece = 'x'.repeat(EVENT_CHARS_MAX / 4);
    const events = [
      ...reader.push('event: trucks\ndata: '),
      ...[1, 2, 3, 4, 5].flatMap(() => reader.push(piece)),
      ...reader.push('\n\nevent: resync\ndata: {}\n\n'),
    ];
    expect(events).toEqual([{ event: 'resync', data: '{}' }]);
    expect(reader.dropped).toBe(1);
  });
});
