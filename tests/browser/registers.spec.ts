/** What do we know of X? Records are found, opened, created and changed, with their versions. */
import { axeFindings, expect, signIn, test } from './officer.js';
import { asRegistrar, fresh, shot, sideways } from './registrar.js';

test('a registrar finds a truck, changes it by keyboard, and its versions tell', async ({ page }) => {
  await asRegistrar(page, '/app/registers?register=trucks');
  const list = page.locator('table.data');
  await expect(list.locator('tbody tr').first()).toBeVisible();
  await shot(page, 'registers');
  expect(await axeFindings(page)).toEqual([]);
  const plate = (await list.locator('tbody tr').first().getAttribute('data-row')) ?? '';
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await expect(page.locator('[data-search]')).toBeFocused();
  await page.keyboard.type(plate);
  await expect(list.locator('tbody tr')).toHaveCount(1);
  await list.locator('tbody a').first().focus();
  await page.keyboard.press('Enter');
  const detail = page.locator('.record-detail');
  await expect(detail).toContainText('版本历史');
  await expect(detail).toContainText('设备状况');
  await shot(page, 'registers-detail');
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('h1').click();
  await page.keyboard.press('e');
  const form = page.locator('.record-edit');
  await expect(form).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  const load = String(10 + Math.floor(Math.random() * 1e6) / 1e5);
  await form.getByLabel('核定载质量（吨）').fill(load);
  await form.getByLabel('事由').fill('换证');
  await form.getByRole('button', { name: '保存', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(detail.locator('.versions li').first()).toContainText('核定载质量');
  await expect(detail.locator('.versions li').first()).toContainText('换证');
});

test('a refused record keeps what was typed and says what to do; a good one is stored', async ({ page }) => {
  await asRegistrar(page, '/app/registers?register=limits');
  await page.getByRole('button', { name: '新建（N）' }).click();
  const form = page.locator('.record-edit');
  const name = fresh('no_such_');
  await form.getByLabel('名称').fill(name);
  await form.getByLabel('数值').fill('1');
  await form.getByRole('button', { name: '保存', exact: true }).click();
  await expect(form.getByRole('alert')).toContainText('请更正');
  await expect(form.getByLabel('名称')).toHaveValue(name);
  await shot(page, 'registers-refused');
});

test('an enforcer reads the registers and cannot change them; they fit 320 pixels in both languages', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const language of ['zh', 'en']) {
    for (const register of ['trucks', 'carriers', 'sites', 'zones', 'routes', 'limits']) {
      await signIn(page, `/app/registers?register=${register}&lang=${language}`);
      await expect(page.locator('table.data, .empty').first()).toBeVisible();
      expect(await sideways(page), `${register} ${language}`).toBeLessThanOrEqual(0);
    }
  }
  await expect(page.getByRole('button', { name: /New/ })).toHaveCount(0);
});

test('a failing service is told with a way to try again', async ({ page }) => {
  let fails = true;
  await page.route('**/api/v1/registers/carriers*', (route) => (fails ? route.fulfill({ status: 500, body: '{}' }) : route.continue()));
  await asRegistrar(page, '/app/registers?register=carriers');
  const failure = page.locator('.failure');
  await expect(failure).toBeVisible();
  await shot(page, 'registers-error');
  fails = false;
  await failure.getByRole('button').click();
  await expect(page.locator('table.data')).toBeVisible();
});
