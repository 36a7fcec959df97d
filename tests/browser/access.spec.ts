/** Everyone can use the page: WCAG 2.2 AA by axe, narrow screens, thumbs, and only what one may see. */
import { axeFindings, expect, isPhone, show, signIn, test } from './officer.js';

const SCREENS = ['map', 'replay', 'alerts', 'review', 'carriers', 'blacklist'] as const;

test('who is not signed in is asked to sign in and sees the black list; a wrong token is refused in words', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('[data-screen=sign-in]')).toBeVisible();
  expect((await page.request.get('/api/v1/trucks')).status()).toBe(401);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByText('使用令牌登录').click();
  const token = page.locator('[data-field=token]');
  await token.fill('not-a-token');
  await token.press('Enter');
  await expect(page.locator('.with-token .problem')).toContainText('登录失败');
  await page.goto('/app/map');
  await expect(page.locator('[data-screen=sign-in]')).toBeVisible();
  await page.goto('/app/blacklist');
  await expect(page.locator('[data-panel=blacklist]')).toBeVisible();
  await page.goto('/app/no-such-screen');
  await expect(page.locator('main')).toContainText('没有这个页面');
});

for (const language of ['zh', 'en'] as const) {
  test(`axe finds nothing on the screens at work, each reached by the navigation (${language})`, async ({ page }) => {
    await signIn(page, `/app/map?lang=${language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', language === 'zh' ? 'zh-CN' : 'en');
    await expect(page.locator('button.truck').first()).toBeVisible();
    await page.locator('button.truck').first().click();
    await expect(page.locator('.card')).toBeVisible();
    for (const screen of SCREENS) {
      if (screen !== 'map') await show(page, screen);
      expect(await axeFindings(page), screen).toEqual([]);
    }
    if (isPhone(page)) {
      await page.locator('.bottom-bar > button').click();
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await axeFindings(page)).toEqual([]);
    }
  });
}

test('no screen scrolls sideways at 320 pixels, in either language and in large text', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.addInitScript(() => localStorage.setItem('mucktrail.large_text', 'on'));
  for (const language of ['zh', 'en']) {
    for (const screen of SCREENS) {
      await signIn(page, `/app/${screen}?lang=${language}`);
      await expect(page.locator(`[data-screen=${screen}]`)).toBeVisible();
      await expect(page.locator('.state:not(.map-state)').filter({ hasText: /正在加载|Loading/ })).toHaveCount(0);
      const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      expect(content, `${screen} ${language}`).toBeLessThanOrEqual(width ?? 0);
    }
  }
});

test('buttons are at least 44 pixels high and wide', async ({ page }) => {
  await signIn(page, '/app/map');
  await expect(page.locator('button.truck').first()).toBeVisible();
  for (const screen of ['map', 'alerts', 'review']) {
    await show(page, screen);
    const small = await page.locator('button:visible').evaluateAll((buttons) =>
      buttons
        .map((button) => ({ text: button.textContent || button.getAttribute('aria-label'), box: button.getBoundingClientRect() }))
        .filter(({ box }) => box.width < 43.5 || box.height < 43.5)
        .map(({ text, box }) => `${text} ${box.width}x${box.height}`),
    );
    expect(small, screen).toEqual([]);
  }
});
