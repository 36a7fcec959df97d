/** The office's screens: statement, appeals, cases, listing files, statistics, waybills, rules. */
import { axeFindings, expect, isPhone, signIn, test } from './officer';

const OWN = process.env['CARRIER'] ?? '';

const SCREENS = ['score', 'appeals', 'cases', 'listings', 'reports', 'reports?view=ranking_company', 'waybills', 'waybills?view=day', 'waybills?view=sinks', 'waybills?view=areas', 'rules'];

for (const screen of SCREENS) {
  test(`${screen} is there in both languages, without findings and without sideways scroll`, async ({ page }) => {
    await signIn(page, `/app/${screen}`);
    await expect(page.locator('.office')).toBeVisible();
    await expect(page.locator('.state', { hasText: '正在加载' })).toHaveCount(0, { timeout: 15_000 });
    await expect(page.locator('.failure')).toHaveCount(0);
    expect(await axeFindings(page)).toEqual([]);
    if (isPhone(page)) await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.goto(`/app/${screen}${screen.includes('?') ? '&' : '?'}lang=en`);
    await expect(page.locator('.office')).toBeVisible();
  });
}

test('an officer enters a case by keyboard and finds it with its trail', async ({ page }) => {
  await signIn(page, '/app/cases/new');
  const answer = (await (await page.request.get('/api/v1/trucks')).json()) as { trucks: { plate: string }[] };
  await page.getByLabel('违反规则').selectOption('UW-01');
  await page.getByLabel('车辆').fill(answer.trucks[0]?.plate ?? '');
  const at = new Date(Date.now() + 8 * 3_600_000 - 86_400_000).toISOString().slice(0, 16);
  await page.getByLabel('开始时间').fill(at);
  await page.getByLabel('违法事实').fill('现场查获未经核准运输');
  await page.getByLabel('其他承办人').fill('城管己');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: '提交录入' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /案号/ })).toBeVisible();
  await expect(page.getByText('现场查获未经核准运输').first()).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
});

test('a company reads its statement and lodges an objection with a file; a wrong file is named', async ({ page }) => {
  test.skip(OWN === '', 'no account of a company');
  await signIn(page, '/app/score', OWN);
  await expect(page.locator('.big-score')).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  await page.goto('/app/appeals/new');
  await expect(page.locator('.steps')).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  const option = page.getByLabel(/针对的扣分/).locator('option').nth(1);
  test.skip((await option.count()) === 0, 'nothing was deducted from this company yet');
  await page.getByLabel(/针对的扣分/).selectOption({ index: 1 });
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByLabel(/申诉理由/).fill('车辆当日停运，见维修单');
  await expect(page.getByText('草稿已保存于平台')).toBeVisible();
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByLabel('添加文件').setInputFiles({ name: '维修单.png', mimeType: 'image/png', buffer: Buffer.from('<html>') });
  await expect(page.getByRole('alert').filter({ hasText: '维修单.png' })).toBeVisible();
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByRole('button', { name: '提交申诉' }).click();
  await expect(page.locator('.steps')).toContainText('核查处理');
  expect(await axeFindings(page)).toEqual([]);
  // Taken back, so that the same deduction can be contested again.
  await page.getByLabel(/理由/).fill('已核实');
  await page.getByRole('button', { name: '撤回申诉' }).click();
  await expect(page.locator('.steps')).toContainText('已撤回');
});
