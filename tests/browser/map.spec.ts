/** The live map: counts as filters, the list, the card with the permit and why, the address, a lost connection, a big city. */
import type { Page } from '@playwright/test';
import { fix, type House, openHouse, plate, SITE } from './house.mjs';
import { axeFindings, expect, isPhone, mapDrawn, test } from './officer.js';

const TRUCKS = 40;
const MANY = 20_000;
let house: House;
test.beforeAll(async () => {
  house = await openHouse({ trucks: TRUCKS, officers: ['监控员'] });
  await house.post(Array.from({ length: TRUCKS - 1 }, (_, n) => fix(n, Date.now() - 1000, SITE.lon + (n % 8) * 0.004, SITE.lat + Math.floor(n / 8) * 0.004)));
});
test.afterAll(async () => house?.close());
const open = async (page: Page, where = '/app/map') => {
  await page.goto(`${house.base}${where}#token=${house.tokens[0]}`);
  await expect(page.locator('.map-panel')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('button.truck').first()).toBeVisible({ timeout: 30_000 });
};

test('trucks are drawn, listed and counted; the card tells whether a truck may haul, and why', async ({ page }) => {
  await open(page);
  await mapDrawn(page);
  await page.getByRole('button', { name: '全部车辆' }).click();
  await expect.poll(() => page.evaluate(() => window.__map?.queryRenderedFeatures({ layers: ['trucks'] }).length ?? 0), { timeout: 60_000 }).toBeGreaterThan(10);
  await expect(page.locator('.map-panel .filters button').first()).toContainText(String(TRUCKS));
  await page.locator('button.truck').nth(2).click();
  await expect(page.locator('[data-permit=no]')).toContainText('登记册中没有该车的准运');
  await expect(page).toHaveURL(/\/app\/map\/.+view=/);
  expect(await axeFindings(page)).toEqual([]);
  await page.goBack();
  await expect(page.locator('.card')).toHaveCount(0);
  await page.locator('.map-panel .filters button').filter({ hasText: '超速' }).click();
  await expect(page.locator('.state.empty')).toContainText('筛选过窄');
  await expect(page).toHaveURL(/kind=speeding/);
  await page.getByRole('button', { name: '显示全部' }).click();
  await expect(page.locator('button.truck').first()).toBeVisible();
  await page.setViewportSize({ width: 320, height: 640 });
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(content).toBeLessThanOrEqual(screen ?? 0);
});

test('by keyboard: find, choose, fly, follow, layers, close', async ({ page }) => {
  test.skip(isPhone(page), 'a phone has no keys');
  await open(page);
  await mapDrawn(page);
  await page.keyboard.press('/');
  await expect(page.locator('.truck-list input')).toBeFocused();
  await page.keyboard.insertText('00007');
  await expect(page.locator('button.truck')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('button.truck').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator(`[data-card="${plate(7)}"]`)).toBeVisible();
  await page.keyboard.press('f');
  await expect(page.getByRole('button', { name: '跟随：开' })).toBeVisible();
  await page.keyboard.press('l');
  await expect(page.getByRole('button', { name: '围栏：隐藏' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.locator('.card')).toHaveCount(0);
});

test('a lost connection is said with what is known still shown, and it comes back by itself; trucks move again', async ({ page }) => {
  await page.route('**/api/v1/events', (route) => route.abort());
  await open(page);
  await expect(page.locator('.stream-bar')).toContainText('数据截至');
  await expect(page.locator('button.truck').first()).toBeVisible();
  await page.unroute('**/api/v1/events');
  await expect(page.locator('[data-stream=live]')).toBeVisible({ timeout: 60_000 });
  await mapDrawn(page);
  await page.getByRole('button', { name: '全部车辆' }).click();
  const where = () =>
    page.evaluate((of) => {
      const found = window.__map?.queryRenderedFeatures({ layers: ['trucks'] }).find(({ properties }) => properties['plate'] === of);
      return found?.geometry.coordinates.join(' ') ?? '';
    }, plate(3));
  await expect.poll(where, { timeout: 60_000 }).not.toBe('');
  const before = await where();
  await house.post([fix(3, Date.now(), SITE.lon + 0.013, SITE.lat + 0.001)]);
  await expect.poll(where, { timeout: 30_000 }).not.toBe(before);
});

test('twenty thousand trucks stay usable: the window alone is drawn, far out as counts, and a truck is found', async ({ page }) => {
  test.skip(isPhone(page), 'one measure is enough');
  const city = await openHouse({ trucks: MANY, officers: ['大城监控员'] });
  try {
    const at = (n: number) => [SITE.lon - 0.35 + (n % 200) * 0.0035, SITE.lat - 0.175 + Math.floor(n / 200) * 0.0035] as const;
    await city.post(Array.from({ length: MANY }, (_, n) => fix(n, Date.now() - 2000, ...at(n))));
    await page.goto(`${city.base}/app/map#token=${city.tokens[0]}`);
    await expect(page.locator('.map-panel[data-by-window=true]')).toHaveAttribute('data-fleet', String(MANY), { timeout: 30_000 });
    await expect.poll(() => page.evaluate(() => window.__map?.queryRenderedFeatures({ layers: ['cells', 'trucks'] }).length ?? 0), { timeout: 60_000 }).toBeGreaterThan(0);
    const start = Date.now();
    await page.locator('.truck-list input').fill('12345');
    await expect(page.locator('button.truck')).toHaveCount(1);
    expect(Date.now() - start).toBeLessThan(9_000);
    await page.locator('button.truck').first().click();
    await expect(page.locator(`[data-card="${plate(12345)}"]`)).toBeVisible();
  } finally {
    await city.close();
  }
});
