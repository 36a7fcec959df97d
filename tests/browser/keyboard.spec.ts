/** The page without a mouse. Not run on the phone, which has no keys. */
import { expect, signIn, test } from './officer.js';

test('the keyboard reaches the content by the skip link, and shortcuts stay out of fields and can be switched off', async ({ page }) => {
  await signIn(page, '/app/map');
  await expect(page.locator('button.truck').first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.locator('.skip')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();
  await page.keyboard.press('/');
  const search = page.locator('.truck-list input');
  await expect(search).toBeFocused();
  await page.keyboard.press('/');
  await expect(search).toHaveValue('/');
  await search.fill('');
  await page.locator('[data-setting=shortcuts]').click();
  await page.keyboard.press('/');
  await expect(search).not.toBeFocused();
  await page.locator('[data-setting=large-text]').click();
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('18px');
});

test('the screens are reached by the navigation, and the focus goes to their title', async ({ page }) => {
  await signIn(page, '/app/map');
  await page.locator('.sidebar a[href="/app/review"]').press('Enter');
  await expect(page.locator('[data-screen=review]')).toBeVisible();
  await expect(page.locator('h1')).toBeFocused();
  await expect(page).toHaveTitle(/违规审核/);
  await page.goBack();
  await expect(page.locator('[data-screen=map]')).toBeVisible();
});
