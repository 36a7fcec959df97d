import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Feed } from '../live/feed';
import { FeedContext } from '../live/useLive';
import { clue, clueJson } from '../testing/samples';
import { DecisionForm } from './DecisionForm';

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
let sent: { path: string; body: string }[];
let decided: boolean;
let answer: (response: Response) => void;

beforeEach(async () => {
  sent = [];
  decided = false;
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    sent.push({ path, body: String(init.body) });
    return new Promise<Response>((resolve) => (answer = resolve));
  });
  document.body.innerHTML = '<div id="page"></div>';
  root = createRoot(document.getElementById('page') as HTMLElement);
  await act(async () =>
    root.render(
      <FeedContext value={new Feed()}>
        <DecisionForm clue={clue()} outcome="confirm" onDecided={() => (decided = true)} onCancel={() => undefined} />
      </FeedContext>,
    ),
  );
});
afterEach(async () => {
  await act(async () => root.unmount());
  vi.unstubAllGlobals();
});

const field = () => document.querySelector('textarea') as HTMLTextAreaElement;
const submit = () => act(async () => document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
const shown = () => document.querySelector('[role=alert]')?.textContent;
const quickReason = () => act(async () => document.querySelector<HTMLButtonElement>('.quick button')?.click());

test('the reason has the focus at once', () => {
  expect(document.activeElement).toBe(field());
});

test('an empty reason is not sent', async () => {
  await submit();
  expect(sent).toEqual([]);
  expect(shown()).toBe('请写明理由。');
});

test('nothing counts as decided before the service has answered, and a second submit is not sent', async () => {
  await quickReason();
  await submit();
  await submit();
  expect(sent).toEqual([{ path: '/api/v1/clues/V1/confirm', body: '{"reason":"轨迹与登记信息核对属实"}' }]);
  expect(decided).toBe(false);
  await act(async () => answer(new Response(JSON.stringify(clueJson({ state: 'confirmed' })))));
  expect(decided).toBe(true);
});

test('a refusal is shown beside the button, and the reason typed is still there', async () => {
  await quickReason();
  await submit();
  await act(async () => answer(new Response('{"detail":"Already decided.","detail_zh":"这条线索已有决定。"}', { status: 409 })));
  expect(shown()).toBe('未能提交：这条线索已有决定。');
  expect(field().value).toBe('轨迹与登记信息核对属实');
  expect(decided).toBe(false);
});
