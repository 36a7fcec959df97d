/** 大屏: five numbers, the age of the data in the largest letters, nothing to press that changes anything. */
import { axeFindings, expect, mapDrawn, signIn, test } from './officer.js';

test('the wall shows five numbers, the map, the last alerts and how old the data is', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await signIn(page, '/app/wall');
  await expect(page.locator('.wall-numbers dd')).toHaveCount(5);
  await expect(page.locator('.wall-data')).toContainText(/数据截至|尚无车辆/);
  await expect(page.locator('.wall-clock')).toHaveText(/^\d\d:\d\d:\d\d$/);
  await mapDrawn(page);
  expect(await axeFindings(page)).toEqual([]);
  const sizes = await page.locator('.wall-clock, .wall-data').evaluateAll((parts) => parts.map((part) => parseFloat(getComputedStyle(part).fontSize)));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(24);
});

test('when the service cannot be reached the wall says so and keeps the numbers', async ({ page }) => {
  await signIn(page, '/app/wall');
  await expect(page.locator('.wall-numbers dd')).toHaveCount(5);
  await page.route('**/api/v1/wall', (route) => route.abort());
  await expect(page.locator('.wall .notice.warn')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('.wall-numbers dd')).toHaveCount(5);
});
