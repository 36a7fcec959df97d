/** The registrar's first day: what is still to be done, computed from what is there. */
import { axeFindings, expect, test } from './officer.js';
import { asRegistrar, shot, sideways } from './registrar.js';

const EMPTY = { registers: [], version: 0, sources: 0, sinks: 0 };

test('in a city at work the steps are done, and each leads to its place', async ({ page }) => {
  await asRegistrar(page, '/app/start');
  const steps = page.locator('.steps li');
  await expect(steps).toHaveCount(6);
  for (const step of ['carriers', 'sites', 'trucks', 'permits', 'terminals']) {
    await expect(page.locator(`[data-step=${step}]`)).toContainText('✓ 已完成');
  }
  await shot(page, 'start');
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('[data-step=permits] a').last().focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.permit-edit')).toBeVisible();
});

test('in an empty system the first step is next', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.route('**/api/v1/registers', (route) => route.fulfill({ json: EMPTY }));
  await page.route('**/api/v1/terminals', (route) => route.fulfill({ json: { terminals: [] } }));
  // Whoever opens the page is led there.
  await asRegistrar(page, '/');
  await expect(page.locator('[data-screen=start]')).toBeVisible();
  await expect(page.locator('[aria-current=step]')).toContainText('登记清运企业');
  await expect(page.getByText('已完成 0 / 6 步')).toBeVisible();
  await shot(page, 'start-empty');
  expect(await axeFindings(page)).toEqual([]);
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await page.locator('[data-step=carriers] a').first().click();
  await expect(page.locator('[data-screen=import]')).toBeVisible();
});
