/** A browser without WebGL: the map is missing, its facts are not. */
import { expect, signIn, test } from './officer.js';

test('without WebGL the page says so and the lists work', async ({ page }) => {
  await signIn(page);
  await expect(page.locator('.map-state')).toContainText('不支持地图');
  await page.locator('.row.truck').first().click();
  await expect(page.locator('.card')).toBeVisible();
  await expect(page.locator('[data-carrier]').first()).toBeVisible();
});
