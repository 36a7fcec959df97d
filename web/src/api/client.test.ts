import { afterEach, expect, test, vi } from 'vitest';
import { get, type Problem, post } from './client';
import { object, text } from './decode';

afterEach(() => vi.unstubAllGlobals());

const named = object<{ name: string }>({ name: text });

/** What a person is told, in English, when the service answers like this. */
async function told(answer: Response | Error): Promise<[number, string]> {
  vi.stubGlobal('fetch', () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)));
  try {
    await get('/x', named);
  } catch (thrown) {
    const { status, en } = thrown as Problem;
    return [status, en];
  }
  return [200, 'no problem'];
}

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

test('a problem document is told in its own words', async () => {
  expect(await told(json(409, { title: 'Conflict', detail: 'Already decided by 李.' }))).toEqual([409, 'Already decided by 李.']);
  expect(await told(json(422, { title: 'State the reason' }))).toEqual([422, 'State the reason']);
});

test('an answer that is no problem document is told by its status', async () => {
  expect(await told(new Response('<html>Bad gateway', { status: 502 }))).toEqual([502, 'The service failed (HTTP 502).']);
});

test('no answer is told as such', async () => {
  expect((await told(new TypeError('Failed to fetch')))[0]).toBe(0);
});

test('data the page cannot read names the member', async () => {
  expect(await told(json(200, { name: 3 }))).toEqual([-1, 'The service sent data this page cannot read (/x: name: expected a text).']);
  expect((await told(new Response('{', { status: 200 })))[0]).toBe(-1);
});

test('a decision is sent as JSON', async () => {
  const fetched = vi.fn((_path: string, _init: RequestInit) => Promise.resolve(json(200, { name: 'x' })));
  vi.stubGlobal('fetch', fetched);
  await post('/api/v1/clues/V1/confirm', { reason: '属实' }, named);
  const [path, init] = fetched.mock.calls[0] ?? [];
  expect(path).toBe('/api/v1/clues/V1/confirm');
  expect(init).toMatchObject({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"reason":"属实"}' });
});
