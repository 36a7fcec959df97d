import { axeFindings, expect, isPhone, test } from './officer';
import { codeOf, invite, PASSWORD, someone, withPassword } from './people';
import type { Page } from '@playwright/test';

async function signOut(page: Page): Promise<void> {
  // By the API: the button is elsewhere on a phone, and is other tests' matter.
  await page.request.delete('/api/v1/session');
  await page.goto('/app/sign-in');
  await expect(page.locator('[data-field=name]')).toBeVisible();
}

async function signInBy(page: Page, name: string, password: string): Promise<void> {
  await page.locator('[data-field=name]').fill(name);
  await page.locator('[data-field=password]').fill(password);
  await page.locator('[data-field=password]').press('Enter');
}

async function noSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

test('a link sets a password once, by keyboard alone, and leaves the address', async ({ page }) => {
  const name = someone('张三');
  const secret = await invite(page.request, name);
  await page.goto(`/app/sign-in#invitation=${secret}`);
  await expect(page.getByRole('heading', { name: '设置密码' })).toBeVisible();
  await expect(page.locator('main')).toContainText(name);
  expect(page.url()).not.toContain(secret);
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('[data-field=new-password]').focus();
  await page.keyboard.type('password1234');
  await page.keyboard.press('Tab');
  await page.keyboard.type('password1234');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-part=refusal]')).toContainText('密码过于常见');
  for (const field of ['new-password', 'again']) await page.locator(`[data-field=${field}]`).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/app\/map/);

  await page.request.delete('/api/v1/session');
  await page.goto('about:blank');
  await page.goto(`/app/sign-in#invitation=${secret}`);
  await expect(page.getByRole('alert').first()).toContainText('链接无法使用');
  expect(await axeFindings(page)).toEqual([]);
});

test('name and password sign in, a refusal says what to do and keeps the name, and a lock tells how long', async ({ page }) => {
  const name = someone('李四');
  await withPassword(page.request, name);
  await page.goto('/app/sign-in');
  expect(await axeFindings(page)).toEqual([]);
  await noSidewaysScroll(page);
  await signInBy(page, name, 'not the right one');
  await expect(page.locator('[data-part=refusal]').first()).toContainText('姓名或密码错误');
  await expect(page.locator('[data-field=name]')).toHaveValue(name);
  expect(await axeFindings(page)).toEqual([]);
  await signInBy(page, name, PASSWORD);
  await expect(page).toHaveURL(/\/app\/map/);

  await signOut(page);
  const nobody = someone('无此人');
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const answered = page.waitForResponse('**/api/v1/session');
    await signInBy(page, nobody, `wrong number ${attempt}`);
    await answered;
  }
  await expect(page.locator('[data-part=refusal]').first()).toContainText(/请等待 \d+ 秒后再试/);
  await expect(page.locator('[data-act=sign-in]')).toBeDisabled();
  await page.setViewportSize({ width: 320, height: 640 });
  await noSidewaysScroll(page);
});

test('the second factor is turned on with a picture and a code, asked for at the sign-in, and turned off', async ({ page }) => {
  const name = someone('王五');
  await withPassword(page.request, name);
  await page.goto('/app/account');
  await signInBy(page, name, PASSWORD);
  await expect(page.getByRole('heading', { name: '动态验证码' })).toBeVisible();
  await page.locator('[data-act=begin-factor]').click();
  await expect(page.locator('img.qr')).toBeVisible();
  const secret = (await page.locator('[data-part=secret]').textContent()) ?? '';
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('[data-field=code]').fill(codeOf(secret, -1));
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-part=recovery] li')).toHaveCount(10);
  const recovery = (await page.locator('[data-part=recovery] li').first().textContent()) ?? '';
  await page.getByRole('button', { name: '已抄好' }).click();
  await expect(page.locator('[data-act=drop-factor]')).toBeVisible();

  await signOut(page);
  await signInBy(page, name, PASSWORD);
  await expect(page.locator('[data-field=code]')).toBeFocused();
  expect(await axeFindings(page)).toEqual([]);
  await page.keyboard.type('000000');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-part=refusal]').first()).toContainText('验证码错误');
  await page.locator('[data-field=code]').fill(codeOf(secret, 1));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/app\/map/);

  await page.goto('/app/account');
  await page.locator('[data-field=code]').fill(recovery);
  await page.locator('[data-act=drop-factor]').click();
  await expect(page.locator('[data-act=begin-factor]')).toBeVisible();
});

test('the own account changes its password, signs other browsers out and gives a token', async ({ page, browser, baseURL }) => {
  const name = someone('赵六');
  await withPassword(page.request, name);
  const other = await browser.newContext({ baseURL: baseURL ?? '' });
  expect((await other.request.post('/api/v1/session', { data: { name, password: PASSWORD } })).status()).toBe(200);
  await page.goto('/app/account');
  await signInBy(page, name, PASSWORD);
  await expect(page.locator('[data-act=end-others]')).toBeVisible();
  await page.locator('[data-field=token-name]').fill('月报程序');
  await page.locator('[data-act=give-token]').click();
  const token = (await page.locator('[data-part=token]').textContent()) ?? '';
  const headers = { Authorization: `Bearer ${token}` };
  expect((await other.request.get('/api/v1/trucks', { headers })).status()).toBe(200);
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('[data-field=present]').fill(PASSWORD);
  for (const field of ['new', 'again']) await page.locator(`[data-field=${field}]`).fill('four words nobody connects');
  await page.locator('[data-act=change-password]').click();
  await expect(page.getByRole('alert').filter({ hasText: '密码已修改' })).toBeVisible();
  expect((await other.request.get('/api/v1/session')).status()).toBe(401);
  await page.getByRole('button', { name: '收回令牌“月报程序”' }).click();
  await expect(page.getByText('已失效')).toBeVisible();
  expect((await page.request.get('/api/v1/trucks', { headers })).status()).toBe(401);
  if (isPhone(page)) await noSidewaysScroll(page);
  await other.close();
});
