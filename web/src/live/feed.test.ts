import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { carrierJson, clueJson } from '../testing/samples';
import { Feed } from './feed';

const AS_OF = '2026-11-23T14:00:00+08:00';
let feed: Feed;
let stream: ReadableStreamDefaultController<Uint8Array>;
let answers: Record<string, () => unknown>;
let signedOut: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  signedOut = false;
  const clues = (list: unknown[]) => ({ clues: list, counts: { pending: list.length, confirmed: 0, rejected: 0, withdrawn: 0 } });
  answers = {
    '/api/v1/map/trucks': () => ({ as_of: AS_OF, total: 0, streamed: true, counts: {}, listed: [], fitting: 0, trucks: [], cells: [] }),
    '/api/v1/claims': () => ({ claims: [], withdraw_within_s: 600 }),
    '/api/v1/trucks': () => ({ trucks: [], as_of: AS_OF }),
    '/api/v1/clues': () => clues([clueJson()]),
    '/api/v1/carriers': () => ({ carriers: [carrierJson()] }),
    '/api/v1/blacklist': () => ({ listed: [], as_of: AS_OF }),
    '/api/v1/map': () => ({ features: [] }),
  };
  vi.stubGlobal('fetch', async (address: string) => {
    const path = address.split('?')[0] ?? '';
    if (path === '/api/v1/events') return new Response(new ReadableStream<Uint8Array>({ start: (c) => void (stream = c) }));
    const body = await answers[path]?.();
    return body instanceof Response ? body : new Response(JSON.stringify(body));
  });
  feed = new Feed();
});
afterEach(() => {
  feed.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open() {
  feed.openForOfficer({ onSignedOut: () => (signedOut = true), onNews: () => undefined });
  await vi.advanceTimersByTimeAsync(0);
}
async function send(event: string, data: unknown) {
  stream.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  await vi.advanceTimersByTimeAsync(0);
}
const clueState = () => {
  const { clues } = feed.snapshot();
  return clues.kind === 'ready' ? clues.value.by_id.get('V1')?.state : clues.kind;
};

test('everything is fetched when the stream opens', async () => {
  await open();
  const { trucks, clues, carriers, blacklist, fences } = feed.snapshot();
  expect([trucks, clues, carriers, blacklist, fences].map(({ kind }) => kind)).toEqual(Array(5).fill('ready'));
  expect(signedOut).toBe(false);
});

test('an event that comes while the lists are fetched is not hidden by their older answer', async () => {
  const older = answers['/api/v1/clues']?.();
  const held: ((answer: unknown) => void)[] = [];
  answers['/api/v1/clues'] = () => new Promise((resolve) => held.push(resolve));
  await open();
  await send('clue', clueJson({ state: 'withdrawn' }));
  expect(clueState()).toBe('loading');
  for (const answer of held) answer(older);
  await vi.advanceTimersByTimeAsync(0);
  expect(held.length).toBeGreaterThan(0);
  expect(clueState()).toBe('withdrawn');
});

test('resync fetches everything again', async () => {
  await open();
  answers['/api/v1/clues'] = () => ({ clues: [clueJson({ state: 'rejected' })], counts: {} });
  await send('resync', {});
  expect(clueState()).toBe('rejected');
});

test('an event the page cannot read makes it fetch everything, once', async () => {
  await open();
  answers['/api/v1/clues'] = () => ({ clues: [clueJson({ state: 'confirmed' })], counts: {} });
  await send('clue', { id: 7 });
  await send('clue', { id: 8 });
  expect(clueState()).toBe('pending');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(clueState()).toBe('confirmed');
});

test('one panel that fails leaves the others', async () => {
  answers['/api/v1/carriers'] = () => new Response('{"detail":"no disk"}', { status: 500 });
  await open();
  const { carriers, clues } = feed.snapshot();
  expect(carriers.kind === 'failed' && carriers.problem.en).toBe('no disk');
  expect(clues.kind).toBe('ready');
});

test('a listing event brings the new black list', async () => {
  await open();
  answers['/api/v1/blacklist'] = () => ({ listed: [{ uscc: 'u', name: 'n', score_centi: 5600, since: AS_OF, cause: [], feed_seq: 1 }], as_of: AS_OF });
  await send('listing', { action: 'list', row: { name: 'n' } });
  const { blacklist } = feed.snapshot();
  expect(blacklist.kind === 'ready' && blacklist.value.listed.length).toBe(1);
});
