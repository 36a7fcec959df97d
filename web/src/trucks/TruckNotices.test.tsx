import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noticeList } from '../api/types';
import { LanguageContext } from '../i18n/text';
import { TruckNotices } from './TruckNotices';

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
let asked: string[];
let answer: (response: Response) => void;

const page = () => document.body.textContent ?? '';
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

function show(language: 'zh' | 'en') {
  return act(async () =>
    root.render(
      <LanguageContext value={language}>
        <TruckNotices plate="豫A12345" />
      </LanguageContext>,
    ),
  );
}

const gap = {
  kind: 'gap', cause: 'full', from: '2026-11-24T10:00:00+08:00', to: '2026-11-24T10:05:00+08:00',
  before: '2026-11-24T10:05:01+08:00', count: 7, tid: null, epc: null, terminal: '138', received: '2026-11-24T11:00:00+08:00',
};
const unknown = { ...gap, cause: 'damaged', from: null, to: null };
const conflict = { ...gap, kind: 'tag_conflict', cause: 'other_tid_seen', count: 1, tid: 'E280689400004001', epc: '30751FEB' };

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return new Promise<Response>((resolve) => (answer = resolve));
  });
  document.body.innerHTML = '<div id="page"></div>';
  root = createRoot(document.getElementById('page') as HTMLElement);
});
afterEach(async () => {
  await act(async () => root.unmount());
  vi.unstubAllGlobals();
});

test('losses and doubtful tags are shown with cause, number and time, in both languages', async () => {
  await show('zh');
  expect(page()).toContain('正在加载');
  expect(asked).toEqual(['/api/v1/trucks/%E8%B1%ABA12345/notices?limit=20']);
  await act(async () => answer(json(200, { notices: [conflict, gap, unknown] })));
  expect(document.querySelectorAll('[data-notice="gap"]').length).toBe(2);
  for (const text of ['丢失 7 条记录', '车载存储已满', '2026-11-24 10:00:00 – 10:05:00', '2026-11-24 10:05:01 之前', 'TID E280689400004001', '同一 EPC']) {
    expect(page()).toContain(text);
  }
  await show('en');
  expect(page()).toContain('7 records lost');
});

test('a truck that told nothing says so', async () => {
  await show('zh');
  await act(async () => answer(json(200, { notices: [] })));
  expect(page()).toContain('没有报告数据丢失');
});

test('a failure is shown and can be tried again', async () => {
  await show('en');
  await act(async () => answer(json(500, { title: 'The disk is full.', detail: 'The disk is full.' })));
  expect(page()).toContain('The disk is full.');
  await act(async () => document.querySelector('button')?.click());
  await act(async () => answer(json(200, { notices: [] })));
  expect(page()).toContain('told of no lost data');
});

test('a wrong member is named', () => {
  expect(() => noticeList({ notices: [{ ...gap, count: 'many' }] }, '')).toThrow('notices[0].count');
});
