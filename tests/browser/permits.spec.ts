/** Is this haul allowed? Permits are listed, read, issued, suspended, and anyone may check one. */
import { axeFindings, expect, signIn, test } from './officer.js';
import { asRegistrar, fresh, shot, sideways } from './registrar.js';

test('a permit is opened by keyboard: standing, terms, days, ways, QR code', async ({ page }) => {
  await asRegistrar(page, '/app/permits');
  const rows = page.locator('table.data tbody tr');
  await expect(rows.first()).toBeVisible();
  await expect(rows.first().locator('.permit-state')).toHaveText(/有效|生效|过期|暂停|吊销/);
  await shot(page, 'permits');
  expect(await axeFindings(page)).toEqual([]);
  await rows.first().locator('a').focus();
  await page.keyboard.press('Enter');
  const detail = page.locator('.permit-detail');
  await expect(detail.getByText('准予')).toBeVisible();
  await expect(detail.locator('.calendar td .day').first()).toBeVisible();
  const picture = detail.locator('.qr img');
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBeGreaterThan(100);
  await shot(page, 'permits-detail');
  expect(await axeFindings(page)).toEqual([]);
  const month = await detail.locator('.calendar caption').textContent();
  await detail.getByRole('button', { name: '下月' }).click();
  await expect(detail.locator('.calendar caption')).not.toHaveText(month ?? '');
  expect(await sideways(page)).toBeLessThanOrEqual(0);
});

test('a permit is issued, suspended and resumed, and the street sees it at once', async ({ page }) => {
  await asRegistrar(page, '/app/permits');
  await expect(page.locator('table.data')).toBeVisible();
  await page.locator('h1').click();
  await page.keyboard.press('n');
  const form = page.locator('.permit-edit');
  const number = fresh('T-');
  await form.getByLabel('编号').fill(number);
  const carrier = form.getByLabel('企业');
  await expect(carrier.locator('option').nth(1)).toBeAttached();
  await carrier.selectOption({ index: 1 });
  await form.getByLabel('核准方量（立方米）').fill('800');
  await form.getByLabel('有效期起').fill('2026-01-01');
  await form.getByLabel('有效期止').fill('2035-12-31');
  expect(await axeFindings(page)).toEqual([]);
  await shot(page, 'permits-new');
  // No site chosen yet: refused in words, nothing lost.
  await form.getByRole('button', { name: '保存', exact: true }).click();
  await expect(form.getByRole('alert')).toBeVisible();
  await expect(form.getByLabel('编号')).toHaveValue(number);
  await form.getByLabel('第 1 段工地').selectOption({ index: 1 });
  await form.getByLabel('第 1 段消纳场').selectOption({ index: 1 });
  await form.getByRole('button', { name: '保存', exact: true }).click();
  const detail = page.locator('.permit-detail');
  await expect(detail.locator('.permit-standing')).toHaveText('有效');
  const check = `/p/${number}`;
  expect(await (await page.request.get(check)).text()).toContain('✓ 有效');
  await detail.getByRole('button', { name: '暂停' }).click();
  await detail.getByLabel('事由').fill('整改');
  await shot(page, 'permits-suspend');
  await detail.locator('.save-bar').getByRole('button', { name: '暂停' }).click();
  await expect(detail.locator('.permit-standing')).toHaveText('已暂停');
  expect(await (await page.request.get(check)).text()).toContain('✕ 已暂停');
  await detail.getByRole('button', { name: '恢复' }).click();
  await detail.locator('.save-bar').getByRole('button', { name: '恢复' }).click();
  await expect(detail.locator('.permit-standing')).toHaveText('有效');
  await page.goto(check);
  expect(await axeFindings(page)).toEqual([]);
  await shot(page, 'permit-page');
});

test('an enforcer sees permits without the means to change them; nothing found is said', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await signIn(page, '/app/permits?search=no-such-permit');
  await expect(page.locator('.empty')).toContainText('没有符合条件的准运证');
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await expect(page.getByRole('button', { name: '新办（N）' })).toHaveCount(0);
});
