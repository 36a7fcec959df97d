/** Everyone can use the page: WCAG 2.2 AA by axe, narrow screens, thumbs, and only what one may see. */
import { axeFindings, expect, mapDrawn, show, signIn, test } from './officer.js';

test('who is not signed in sees the black list alone, and a wrong token is refused in words', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('[data-panel=blacklist]')).toBeVisible();
  await expect(page.locator('[data-panel=map], [data-panel=clues], [data-panel=carriers]')).toHaveCount(0);
  expect((await page.request.get('/api/v1/trucks')).status()).toBe(401);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByText('使用令牌登录').click();
  const token = page.locator('[data-field=token]');
  await token.fill('not-a-token');
  await token.press('Enter');
  await expect(page.locator('.with-token .problem')).toContainText('登录失败');
});

for (const language of ['zh', 'en'] as const) {
  test(`axe finds nothing on the page at work (${language})`, async ({ page }) => {
    await signIn(page, `?lang=${language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', language === 'zh' ? 'zh-CN' : 'en');
    await mapDrawn(page);
    await page.locator('.row.truck').first().click();
    await expect(page.locator('.card')).toBeVisible();
    for (const panel of ['map', 'clues', 'carriers', 'blacklist'] as const) {
      await show(page, panel);
      if (panel === 'clues') {
        await page.locator('.clue-panel .filters button').last().click();
        await page.locator('.row.clue').first().click();
        await expect(page.locator('.clue-detail')).toBeVisible();
      }
      if (panel === 'carriers') await page.locator('.row.carrier').first().click();
      expect(await axeFindings(page), panel).toEqual([]);
    }
  });
}

test('the public page is clean too', async ({ page }) => {
  await page.goto('/blacklist');
  expect(await axeFindings(page)).toEqual([]);
});

test('no panel scrolls sideways at 320 pixels, in either language', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const language of ['zh', 'en']) {
    for (const panel of ['map', 'clues', 'carriers', 'blacklist']) {
      await signIn(page, `?lang=${language}&panel=${panel}&clues=all`);
      await expect(page.locator(`[data-panel=${panel}]`)).toBeVisible();
      if (panel === 'clues') await page.locator('.row.clue').first().click();
      if (panel === 'carriers') await page.locator('.row.carrier').first().click();
      if (panel === 'map') await page.locator('.row.truck').first().click();
      const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(content, `${panel} ${language}`).toBeLessThanOrEqual(screen ?? 0);
    }
  }
});

test('buttons are at least 44 pixels high and wide', async ({ page }) => {
  await signIn(page);
  await expect(page.locator('.row.truck').first()).toBeVisible();
  await mapDrawn(page);
  const small = await page.locator('button:visible').evaluateAll((buttons) =>
    buttons
      .map((button) => ({ text: button.textContent || button.getAttribute('aria-label'), box: button.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 43.5 || box.height < 43.5)
      .map(({ text, box }) => `${text} ${box.width}x${box.height}`),
  );
  expect(small).toEqual([]);
});

test('what is open is in the address, and Back closes it', async ({ page }) => {
  await signIn(page);
  await page.locator('.row.truck').first().click();
  await expect(page.locator('.card')).toBeVisible();
  await expect(page).toHaveURL(/truck=/);
  await page.goBack();
  await expect(page.locator('.card')).toHaveCount(0);
});
