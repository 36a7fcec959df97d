/** Review: fifty cases by keyboard alone, undo, two officers at once, and what an officer sees to decide by. */
import type { Browser, Page } from '@playwright/test';
import { type House, haulWithoutPermit, openHouse } from './house.mjs';
import { axeFindings, expect, isPhone, mapDrawn, test } from './officer.js';

const CASES = 50;
/** From the key of a decision to the next case in sight. */
const NEXT_WITHIN_MS = 150;
const NAMES = ['审核甲', '审核乙'];

let house: House;
test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  house = await openHouse({ trucks: CASES, officers: NAMES });
  const start = Date.now() - 3 * 3600_000;
  for (let n = 0; n < CASES; n += 1) await house.post(haulWithoutPermit(n, start + n * 60_000));
  await expect.poll(async () => (await counts()).pending, { timeout: 60_000 }).toBe(CASES);
});
test.afterAll(async () => house?.close());

interface Clues {
  counts: { pending: number; confirmed: number; rejected: number };
  clues: { id: string; state: string; decision: { by: string } | null }[];
}
const clues = async (state: string) => (await house.ask(`/api/v1/clues?state=${state}&limit=200`, house.tokens[0] ?? '')) as Clues;
const counts = async () => (await clues('all')).counts;

async function open(page: Page, as = 0, where = '/app/review'): Promise<void> {
  await page.goto(`${house.base}${where}#token=${house.tokens[as]}`);
  await expect(page.locator('article.item[data-ready=ready]')).toBeVisible({ timeout: 30_000 });
}
const shown = (page: Page) => page.locator('article.item').getAttribute('data-clue');

interface Took {
  /** Until the other case is in the document, with its evidence, permit and rule. */
  there_ms: number;
  /** Until the frame after that: what the eye gets, with what the software renderer of the map adds. */
  seen_ms: number;
}

/** Presses a key and tells how long it takes until another case is there whole. */
function pressAndTime(page: Page, key: string): Promise<Took> {
  return page.evaluate(
    (pressed) =>
      new Promise<Took>((resolve, reject) => {
        const item = () => document.querySelector('article.item');
        const before = item()?.getAttribute('data-clue');
        const start = performance.now();
        const giveUp = setTimeout(() => reject(new Error('no other case came')), 10_000);
        const look = () => {
          const now = item();
          if (now === null || now.getAttribute('data-clue') === before) return;
          if (now.getAttribute('data-ready') !== 'ready' || now.querySelector('.plot-speed') === null) return;
          clearTimeout(giveUp);
          observer.disconnect();
          const there_ms = performance.now() - start;
          requestAnimationFrame(() => resolve({ there_ms, seen_ms: performance.now() - start }));
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { subtree: true, childList: true, attributes: true });
        document.dispatchEvent(new KeyboardEvent('keydown', { key: pressed, bubbles: true }));
      }),
    key,
  );
}

test('the evidence is whole: track and plot with one cursor, the permit beside the fact, the rule with its version', async ({ page }) => {
  await open(page);
  const item = page.locator('article.item');
  await expect(item.locator('[data-permit]')).toContainText('核准');
  await expect(item.locator('.fact-sheet')).toContainText('规则版本');
  await expect(item.locator('.plot-speed')).toHaveAttribute('d', /^M.*L/);
  expect(await axeFindings(page)).toEqual([]);
  if (isPhone(page)) {
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(content).toBeLessThanOrEqual(screen ?? 0);
    return;
  }
  await mapDrawn(page);
  const cursor = async () => Number(await item.locator('.plot-cursor').getAttribute('data-cursor'));
  const before = await cursor();
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(cursor).toBe(before + 60_000);
  const at = async () => page.evaluate(() => JSON.stringify(window.__map?.queryRenderedFeatures({ layers: ['cursor'] })[0]?.geometry.coordinates ?? null));
  const place = await at();
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(at).not.toBe(place);
  await page.keyboard.press('4');
  await page.keyboard.press(' ');
  await expect(page.locator('.player button[aria-pressed=true]').first()).toHaveText('暂停');
  await page.keyboard.press(' ');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('快捷键');
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  const first = await shown(page);
  await page.keyboard.press('j');
  await expect.poll(() => shown(page)).not.toBe(first);
  await page.keyboard.press('k');
  await expect.poll(() => shown(page)).toBe(first);
});

test('a case someone else works on is read only and says who', async ({ page }) => {
  const [first] = (await clues('pending')).clues;
  const claimed = await fetch(`${house.base}/api/v1/clues/${first?.id}/claim`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${house.tokens[1]}`, 'Content-Type': 'application/json' },
    body: '{}',
  });
  expect(claimed.status).toBe(200);
  await open(page, 0, `/app/review/${first?.id}`);
  await expect(page.locator('[data-hindrance]')).toContainText('审核乙');
  await page.keyboard.press('c');
  await expect(page.locator(`article.item[data-clue="${first?.id}"]`)).toHaveAttribute('data-state', 'pending');
  await fetch(`${house.base}/api/v1/clues/${first?.id}/claim`, { method: 'DELETE', headers: { Authorization: `Bearer ${house.tokens[1]}`, 'Content-Type': 'application/json' } });
  await expect(page.locator('[data-hindrance]')).toHaveCount(0);
});

test('by touch: confirm with a reason, undo, dismiss with a reason', async ({ page }) => {
  test.skip(!isPhone(page), 'the desk does it by keyboard');
  await open(page);
  const id = await shown(page);
  await page.locator('.decision-bar button.danger').click();
  await expect(page.locator('.sent-line')).toHaveAttribute('data-sent', 'confirmed');
  await page.locator('.sent-line button').click();
  await expect(page.locator('.sent-line')).toHaveAttribute('data-sent', 'undone');
  await expect.poll(() => shown(page)).toBe(id);
  await page.getByRole('button', { name: '驳回 (D)' }).click();
  await page.locator('form.decision input').fill('现场复核不属实');
  await page.getByRole('button', { name: '提交驳回' }).click();
  await expect(page.locator('.sent-line')).toHaveAttribute('data-sent', 'rejected');
});

test('fifty cases are decided by keyboard alone, undo works, nothing is decided twice, and the pace is told', async ({ page, browser }) => {
  test.skip(isPhone(page), 'a phone has no keys');
  await open(page);
  const times: Took[] = [];

  // Two officers at once on the same case: one decides, the other is told who did.
  const rival = await second(browser);
  const contested = await shown(page);
  await rival.goto(`${house.base}/app/review/${contested}#token=${house.tokens[1]}`);
  await expect(rival.locator(`article.item[data-clue="${contested}"][data-ready=ready]`)).toBeVisible();
  await Promise.all([page.keyboard.press('c'), rival.keyboard.press('c')]);
  await expect.poll(async () => (await counts()).confirmed).toBe(1);
  const refused = async () => (await page.locator(`[data-refused="${contested}"]`).count()) + (await rival.locator(`[data-refused="${contested}"]`).count());
  const by = (await clues('confirmed')).clues[0]?.decision?.by ?? '';
  // Who came second was refused by name, or saw the decision arrive before the key was pressed.
  if ((await refused()) > 0) {
    const told = [...(await page.locator('[data-refused]').allInnerTexts()), ...(await rival.locator('[data-refused]').allInnerTexts())].join(' ');
    expect(told).toContain(by);
  }
  await rival.context().close();

  // A decision is taken back and taken again.
  const undone = await shown(page);
  times.push(await pressAndTime(page, 'c'));
  await expect(page.locator('.sent-line')).toHaveAttribute('data-sent', 'confirmed');
  await page.keyboard.press('u');
  await expect(page.locator('.sent-line')).toHaveAttribute('data-sent', 'undone');
  await expect.poll(() => shown(page)).toBe(undone);
  expect((await counts()).confirmed).toBe(1);

  // The rest without a pause: confirmed, and every fifth dismissed with a reason.
  let left = (await counts()).pending;
  for (let n = 0; left > 1; n += 1, left -= 1) {
    if (n % 5 === 4) {
      await page.keyboard.press('d');
      await expect(page.locator('form.decision select')).toBeFocused();
      const before = await shown(page);
      const start = Date.now();
      await page.keyboard.press('Enter');
      await expect.poll(() => shown(page), { intervals: [10] }).not.toBe(before);
      expect(Date.now() - start).toBeLessThan(2_000);
    } else {
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      // The evidence is looked at before it is decided.
      await mapDrawn(page);
      times.push(await pressAndTime(page, 'c'));
    }
  }
  await page.keyboard.press('c');
  await expect.poll(async () => (await counts()).pending, { timeout: 30_000 }).toBe(0);
  await expect(page.locator('.state.empty')).toContainText('没有待审核');
  const all = await counts();
  expect(all.confirmed + all.rejected).toBe(CASES);
  const trail = new Set((await clues('all')).clues.map(({ id }) => id));
  expect(trail.size).toBe(CASES);
  const told = (of: (took: Took) => number) => {
    const sorted = times.map(of).sort((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return { p50: at(0.5), p95: at(0.95), worst: at(1) };
  };
  const there = told(({ there_ms }) => there_ms);
  const seen = told(({ seen_ms }) => seen_ms);
  console.log(
    `officer's pace: ${times.length} next cases by key: there p50 ${there.p50} p95 ${there.p95} worst ${there.worst} ms, ` +
      `in the next frame p50 ${seen.p50} p95 ${seen.p95} worst ${seen.worst} ms (bar ${NEXT_WITHIN_MS} ms)`,
  );
  // A time is a measure of this machine at rest: told here always, held to the bar by `make bars-officers-pace`.
  if (process.env['HOLD_THE_BAR'] === '1') {
    expect(there.worst).toBeLessThanOrEqual(NEXT_WITHIN_MS);
    expect(seen.worst).toBeLessThanOrEqual(NEXT_WITHIN_MS);
  }
});

async function second(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  return context.newPage();
}
