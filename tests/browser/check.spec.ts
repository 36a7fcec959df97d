/** 路面核查: one word by thumb or keyboard; without a network by what the device keeps; notes that are sent later, once. */
import type { Page } from '@playwright/test';
import { axeFindings, expect, signIn, test } from './officer.js';

test.use({ permissions: ['geolocation'], geolocation: { latitude: 34.54, longitude: 113.39 } });

async function registered(page: Page): Promise<string> {
  const { trucks } = (await (await page.request.get('/api/v1/checks/snapshot')).json()) as { trucks: { plate: string }[] };
  const plate = trucks[0]?.plate;
  if (plate === undefined) throw new Error('no truck is registered');
  return plate;
}

test('a plate is typed on its own keyboard and answered with one word', async ({ page }) => {
  await signIn(page, '/app/check');
  const plate = await registered(page);
  for (const key of plate) await page.locator('.plate-keys').getByRole('button', { name: key, exact: true }).click();
  await page.locator('.check').getByRole('button', { name: '核查', exact: true }).click();
  const word = page.locator('[data-may]');
  await expect(word).toHaveText(/可以|不可以/);
  await expect(page).toHaveURL(/plate=/);
  expect(await axeFindings(page)).toEqual([]);
  const sizes = await page.locator('.check button').evaluateAll((buttons) =>
    buttons.map((button) => button.getBoundingClientRect()).filter(({ width }) => width > 0).map(({ width, height }) => Math.min(width, height)),
  );
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(47.5);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over).toBeLessThanOrEqual(0);
});

test('by keyboard alone: a truck nobody knows, a plate that is not whole', async ({ page }) => {
  await signIn(page, '/app/check');
  const plate = page.locator('#check-plate');
  await plate.fill('豫Z99Z9');
  await plate.press('Enter');
  await expect(page.locator('#check-problem')).toBeVisible();
  await plate.fill('豫Z99Z99');
  await plate.press('Enter');
  await expect(page.locator('[data-may=unknown]')).toContainText('查无');
  await page.getByRole('button', { name: '附近车辆' }).click();
  await expect(page.locator('.check-near')).toContainText(/没有车辆上报|米/);
});

test('without a network the device answers and keeps a note, which is sent once when the network is back', async ({ page, context }) => {
  await signIn(page, '/app/check');
  const plate = await registered(page);
  await expect(page.locator('.check-kept')).toBeVisible();
  // The worker keeps the page in its own time.
  await page.waitForFunction(async () => {
    const cache = await caches.open('mucktrail-page-1');
    const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
    return paths.includes('/') && paths.some((path) => path.includes('CheckScreen'));
  });
  await context.setOffline(true);
  await page.reload();
  await page.locator('#check-plate').fill(plate);
  await page.locator('#check-plate').press('Enter');
  await expect(page.locator('.check-offline')).toContainText('离线：依据');
  await expect(page.locator('[data-may]')).toHaveText(/可以|不可以/);
  expect(await axeFindings(page)).toEqual([]);
  const text = `离线记录 ${test.info().project.name}`;
  await page.locator('summary', { hasText: '记录为线索' }).click();
  await page.getByLabel('情况说明').fill(text);
  await page.locator('.check-note').getByRole('button', { name: '提交' }).click();
  await expect(page.locator('.check')).toContainText('已存在本机');
  await expect(page.locator('.check-waiting')).toBeVisible();
  await context.setOffline(false);
  await expect(page.locator('.check-waiting')).toHaveCount(0);
  const { tips } = (await (await page.request.get('/api/v1/public-reports?state=received')).json()) as { tips: { text: string; plate: string; origin: string }[] };
  expect(tips.filter((tip) => tip.text === text)).toMatchObject([{ plate, origin: 'officer' }]);
});
