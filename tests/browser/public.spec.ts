/** Pages for anyone: without script, without signing in; what is sent without script arrives among the officers. */
import { axeFindings, expect, signIn, test } from './officer.js';

const PAGES = ['/blacklist', '/rankings', '/handbook', '/report'] as const;

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('every public page stands, says where it is and who runs it', async ({ page }) => {
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.locator('h1')).toBeVisible();
      await expect(page.locator('nav.way')).toContainText('当前位置');
      await expect(page.locator('footer')).toContainText('主办单位');
      await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
      await expect(page.locator('script')).toHaveCount(0);
    }
  });

  test('the list is searched and sorted by links and forms alone', async ({ page }) => {
    await page.goto('/blacklist');
    await page.locator('#q').fill('没有这样的企业');
    await page.locator('#q').press('Enter');
    await expect(page).toHaveURL(/q=/);
    await expect(page.locator('main')).toContainText('暂无公示信息');
  });

  test('a report is sent with a picture, its receipt found again, and a wrong one is shown with what was typed', async ({ page }) => {
    await page.goto('/report');
    await page.locator('#plate').fill('豫A·8D88');
    await page.locator('#text').fill('车厢没有盖，沿路掉土');
    await page.getByRole('button', { name: /提交举报/ }).click();
    await expect(page.locator('[role=alert]')).toContainText('请更正');
    await expect(page.locator('#text')).toHaveValue('车厢没有盖，沿路掉土');
    await page.locator('#what').selectOption('uncovered');
    await page.locator('#place').fill('密州大道与长乐路口');
    await page.locator('#photos').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgo=', 'base64') });
    await page.getByRole('button', { name: /提交举报/ }).click();
    const receipt = page.locator('.receipt');
    await expect(receipt).toHaveText(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const number = (await receipt.textContent()) ?? '';
    await expect(page.locator('main')).toContainText('已收到');
    await expect(page.locator('main')).not.toContainText('8D88');
    await page.locator('#receipt').fill(number.toLowerCase().replaceAll('-', ' '));
    await page.getByRole('button', { name: /查询/ }).click();
    await expect(receipt).toHaveText(number);
    await page.goto('/report/0000-0000-0000');
    await expect(page.locator('main')).toContainText('没有这个查询码');
  });
});

test('axe finds nothing on the public pages, and none scrolls sideways at 320 pixels', async ({ page }) => {
  for (const path of PAGES) {
    await page.goto(path);
    expect(await axeFindings(page), path).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of PAGES) {
    await page.goto(path);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(over, path).toBeLessThanOrEqual(0);
  }
});

test('officers find the report in their queue, compare it with the track, and close it with a reason', async ({ page }) => {
  await signIn(page, '/app/tips');
  await expect(page.locator('[data-screen=tips] table')).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('[data-screen=tips] tbody a').first().click();
  await expect(page.locator('.tip-photos img')).toBeVisible();
  await page.getByRole('button', { name: '我来核查' }).click();
  await expect(page.locator('.facts')).toContainText('核查中');
  expect(await axeFindings(page)).toEqual([]);
  await page.locator('summary', { hasText: '不立案' }).click();
  await page.getByRole('button', { name: '确认不立案' }).click();
  await expect(page.locator('.problem')).toContainText('请填写理由');
  await page.getByLabel(/理由/).fill('照片无法辨认车辆');
  await page.getByRole('button', { name: '确认不立案' }).click();
  await expect(page.locator('.facts')).toContainText('已办结');
});
