import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { retrySeconds } from './backoff';
import { openStream, SILENCE_MS_MAX, type StreamState } from './stream';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A service whose streams the test holds in hand. */
function service(status = 200) {
  const open: ReadableStreamDefaultController<Uint8Array>[] = [];
  let tries = 0;
  vi.stubGlobal('fetch', (_path: string, init: RequestInit) => {
    tries += 1;
    if (status !== 200) return Promise.resolve(new Response('', { status }));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        open.push(controller);
        init.signal?.addEventListener('abort', () => {
          try {
            controller.error(new Error('aborted'));
          } catch {
            // It had ended.
          }
        });
      },
    });
    return Promise.resolve(new Response(body));
  });
  return { open, tries: () => tries };
}

function watch() {
  const states: StreamState['kind'][] = [];
  const events: string[] = [];
  let signedOut = false;
  const close = openStream('/api/v1/events', {
    onState: ({ kind }) => states.push(kind),
    onOpen: () => events.push('open'),
    onEvent: ({ event }) => events.push(event),
    onSignedOut: () => (signedOut = true),
  });
  return { states, events, close, signedOut: () => signedOut };
}

test('the waits between tries double up to half a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 99].map(retrySeconds)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
});

test('events are handed on while the stream lives', async () => {
  const { open } = service();
  const seen = watch();
  await vi.advanceTimersByTimeAsync(0);
  open[0]?.enqueue(new TextEncoder().encode('event: clue\ndata: {}\n\n'));
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.states).toEqual(['connecting', 'live']);
  expect(seen.events).toEqual(['open', 'clue']);
  seen.close();
});

test('a stream that ends is opened again after a second', async () => {
  const { open, tries } = service();
  const seen = watch();
  await vi.advanceTimersByTimeAsync(0);
  open[0]?.close();
  await vi.advanceTimersByTimeAsync(999);
  expect(seen.states).toEqual(['connecting', 'live', 'lost']);
  expect(tries()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.states).toEqual(['connecting', 'live', 'lost', 'connecting', 'live']);
  seen.close();
});

test('a stream that falls silent, heartbeats and all, counts as lost', async () => {
  const { open } = service();
  const seen = watch();
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX - 1);
  open[0]?.enqueue(new TextEncoder().encode(': heartbeat\n\n'));
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX - 1);
  expect(seen.states.at(-1)).toBe('live');
  await vi.advanceTimersByTimeAsync(1);
  expect(seen.states.at(-1)).toBe('lost');
  seen.close();
});

test('a service that refuses is tried less and less often', async () => {
  const { tries } = service(503);
  const seen = watch();
  await vi.advanceTimersByTimeAsync(1_000 + 2_000 + 4_000);
  expect(tries()).toBe(4);
  seen.close();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(tries()).toBe(4);
});

test('a wait is cut short when the browser says that the network is back', async () => {
  const { tries } = service(503);
  const seen = watch();
  await vi.advanceTimersByTimeAsync(100);
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(tries()).toBe(2);
  seen.close();
});

test('nobody signed in: no further try', async () => {
  const { tries } = service(401);
  const seen = watch();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(tries()).toBe(1);
  expect(seen.signedOut()).toBe(true);
});
