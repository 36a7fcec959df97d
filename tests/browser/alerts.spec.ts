/** Alerts: the queue, claiming, handing over, dismissing with a reason, opening the review; by keyboard and by touch. */
import { type House, haulWithoutPermit, openHouse } from './house.mjs';
import { axeFindings, expect, isPhone, test } from './officer.js';

const NAMES = ['值班甲', '值班乙'];
let house: House;
test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  house = await openHouse({ trucks: 8, officers: NAMES });
});
test.afterAll(async () => house?.close());
const where = (as = 0) => `${house.base}/app/alerts#token=${house.tokens[as]}`;

test('an empty queue says so; a new alert comes by itself', async ({ page }) => {
  const nothing_yet = ((await house.ask('/api/v1/clues?state=all', house.tokens[0] ?? '')) as { clues: unknown[] }).clues.length === 0;
  await page.goto(where());
  if (nothing_yet) await expect(page.locator('.state.empty')).toContainText('当前无待处理告警');
  expect(await axeFindings(page)).toEqual([]);
  const start = Date.now() - 3600_000;
  for (let n = 0; n < 8; n += 1) await house.post(haulWithoutPermit(n, start + n * 60_000));
  await expect(page.locator('.alert')).not.toHaveCount(0, { timeout: 30_000 });
  await expect(page.locator('.alerts-bar > button')).toHaveAttribute('aria-pressed', 'false');
  expect(await axeFindings(page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(content).toBeLessThanOrEqual(screen ?? 0);
});

test('by keyboard: move, claim, open the review', async ({ page }) => {
  test.skip(isPhone(page), 'a phone has no keys');
  await page.goto(where());
  await expect(page.locator('.alert').first()).toBeVisible();
  await page.keyboard.press('j');
  const first = page.locator('.alert').first();
  await expect(first.locator('.alert-open')).toBeFocused();
  const id = await first.getAttribute('data-alert');
  await page.keyboard.press('c');
  await expect(page.locator(`[data-alert="${id}"] [data-claim]`)).toHaveAttribute('data-claim', '值班甲');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(first.locator('.alert-open')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/app/review/${id}`));
});

test('by mouse or touch: hand over to a colleague, who is named; dismiss with a reason', async ({ page }) => {
  await page.goto(where());
  const free = page.locator('.alert:has([data-claim=""])').last();
  const id = await free.getAttribute('data-alert');
  const row = page.locator(`[data-alert="${id}"]`);
  await row.locator('[data-act=hand-over]').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.locator('select')).toHaveValue('值班乙');
  expect(await axeFindings(page)).toEqual([]);
  await dialog.locator('button[type=submit]').click();
  await expect(row.locator('[data-claim]')).toHaveAttribute('data-claim', '值班乙');
  await expect(row.locator('[data-act=dismiss]')).toHaveCount(0);
  await row.locator('[data-act=claim]').click();
  await expect(row.locator('.notice.bad')).toContainText('值班乙');

  const other = page.locator('.alert:has([data-claim=""])').first();
  const other_id = await other.getAttribute('data-alert');
  await other.locator('[data-act=dismiss]').click();
  await page.getByRole('button', { name: '提交驳回' }).click();
  await expect(dialog.locator('.problem')).toContainText('请填写理由');
  await dialog.locator('textarea').fill('设备漂移');
  await page.getByRole('button', { name: '提交驳回' }).click();
  await expect(page.locator(`[data-alert="${other_id}"]`)).toHaveCount(0);
  const state = (await house.ask(`/api/v1/clues/${other_id}`, house.tokens[0] ?? '')) as { state: string };
  expect(state.state).toBe('rejected');
});
