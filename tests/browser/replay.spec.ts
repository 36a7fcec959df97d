/** Replay: a truck's way by time, its stops, fences and trips; no data leads to the nearest day; without WebGL by table. */
import { type House, haulWithoutPermit, openHouse, plate } from './house.mjs';
import { axeFindings, expect, isPhone, mapDrawn, test } from './officer.js';

let house: House;
const DAY_MS = 86_400_000;
const START = Math.floor(Date.now() / 1000) * 1000 - 3 * DAY_MS;
test.beforeAll(async () => {
  house = await openHouse({ trucks: 3, officers: ['回放员'] });
  const way = haulWithoutPermit(1, START) as { time: string }[];
  // Five minutes of it are missing: a gap, not a line.
  await house.post(way.filter(({ time }) => Date.parse(time) < START + 200_000 || Date.parse(time) > START + 500_000));
});
test.afterAll(async () => house?.close());
const address = (from: number, to: number) => `${house.base}/app/replay/${encodeURIComponent(plate(1))}?from=${from}&to=${to}#token=${house.tokens[0]}`;

test('the way is played by time, with stops, fences and load; the gap stays a gap', async ({ page }) => {
  await page.goto(address(START - 60_000, START + 700_000));
  await expect(page.locator('.replay-track')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('[data-gap]')).toHaveCount(1);
  await expect(page.locator('[data-part=fences]')).toContainText('一号工地');
  await expect(page.locator('[data-part=stops] tbody tr')).toHaveCount(1);
  await expect(page.locator('[data-part=trips]')).toContainText('满载');
  expect(await axeFindings(page)).toEqual([]);
  const at = async () => Number(await page.locator('.player-at').getAttribute('data-at'));
  const first = await at();
  if (isPhone(page)) {
    await page.locator('.player > button').click();
    await expect.poll(at).toBeGreaterThan(first);
    const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    expect(content).toBeLessThanOrEqual(screen ?? 0);
    return;
  }
  await mapDrawn(page);
  expect(await page.evaluate(() => window.__map?.queryRenderedFeatures({ layers: ['track'] }).length ?? 0)).toBeGreaterThan(1);
  await page.keyboard.press('ArrowRight');
  await expect.poll(at).toBe(first + 10_000);
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(at).toBe(first + 70_000);
  await page.keyboard.press('8');
  await page.keyboard.press(' ');
  await expect.poll(at).toBeGreaterThan(first + 100_000);
  await page.keyboard.press(' ');
  await page.locator('[data-part=stops] button').first().click();
  await expect.poll(at).toBe(first);
});

test('without data the nearest day with data is named and shown', async ({ page }) => {
  await page.goto(address(START + 2 * DAY_MS, START + 2 * DAY_MS + 3_600_000));
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(START);
  await expect(page.locator('[data-nearest]')).toContainText(/\d{4}-\d{2}-\d{2}/);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: '查看这一天' }).click();
  await expect(page.locator('.replay-track')).toBeVisible();
  expect(day).toMatch(/^\d{4}-/);
});

test('a plate and a stretch of time are asked for, and what is missing is said', async ({ page }) => {
  await page.goto(`${house.base}/app/replay#token=${house.tokens[0]}`);
  await page.locator('.replay-form button[type=submit]').click();
  await expect(page.locator('.replay-form .problem')).toContainText('请输入车牌');
  await page.locator('.replay-form input').first().fill('豫A·00001');
  await page.getByRole('button', { name: '最近 24 小时' }).click();
  await expect(page).toHaveURL(/from=\d+&to=\d+/);
  await expect(page.locator('.state.empty')).toContainText('没有轨迹数据');
});
