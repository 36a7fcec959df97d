/** A browser without WebGL: the map is missing, its facts are not. */
import { expect, show, signIn, test } from './officer.js';

test('without WebGL the page says so and the lists, the plot and the table work', async ({ page }) => {
  await signIn(page, '/app/map');
  await expect(page.locator('.map-state')).toContainText('不支持地图');
  await page.locator('button.truck').first().click();
  await expect(page.locator('.card')).toBeVisible();
  await show(page, 'review');
  await expect(page.locator('article.item, .state.empty').first()).toBeVisible({ timeout: 60_000 });
  const plate = await page.evaluate(async () => ((await (await fetch('/api/v1/trucks')).json()) as { trucks: { plate: string }[] }).trucks[0]?.plate ?? '');
  await page.goto(`/app/replay/${encodeURIComponent(plate)}?from=${Date.now() - 600_000}&to=${Date.now() + 5_000}`);
  await expect(page.locator('.point-table tbody tr').first()).toBeVisible();
  await expect(page.locator('.map-state')).toContainText('不支持地图');
});
