/** The page without a mouse. Not run on the phone, which has no keys. */
import { expect, signIn, test } from './officer.js';

test('the keyboard reaches the content by the skip link, and shortcuts stay out of fields and can be switched off', async ({ page }) => {
  await signIn(page, '?clues=all');
  await expect(page.locator('.row.clue').first()).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.locator('.skip')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#main')).toBeFocused();

  await page.keyboard.press('j');
  await expect(page.locator('.row.clue').first()).toBeFocused();
  await page.keyboard.press('/');
  const search = page.locator('.truck-list input');
  await expect(search).toBeFocused();
  await page.keyboard.press('j');
  await expect(search).toHaveValue('j');

  await page.locator('.top-buttons button').first().click();
  await page.keyboard.press('j');
  await expect(page.locator('.row.clue').first()).not.toBeFocused();
});
