/** What is the zone, and when does it hold? Drawn by keyboard alone, by mouse on the map, tried on last week, stored. */
import { axeFindings, expect, isPhone, test } from './officer.js';
import { asRegistrar, fresh, shot, sideways } from './registrar.js';
import type { Page } from '@playwright/test';

const CORNERS: readonly (readonly [string, string])[] = [
  ['113.30', '34.50'],
  ['113.31', '34.50'],
  ['113.31', '34.51'],
];

/** Fills the table of coordinates. */
async function fillCorners(page: Page, corners = CORNERS): Promise<void> {
  for (const [i, [lon, lat]] of corners.entries()) {
    await page.getByRole('button', { name: '增加一点' }).first().click();
    await page.getByLabel(`第 ${i + 1} 点经度`, { exact: true }).fill(lon);
    await page.getByLabel(`第 ${i + 1} 点纬度`, { exact: true }).fill(lat);
  }
}

test('a zone is drawn by keyboard, refused where it crosses itself, undone, tried and stored', async ({ page }) => {
  await asRegistrar(page, '/app/editor?register=zones');
  await expect(page.locator('table.data, .empty').first()).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  await shot(page, 'editor-list');
  await page.locator('h1').click();
  await page.keyboard.press('n');
  const id = fresh('Z');
  await page.getByLabel('编号').fill(id);
  await page.getByLabel('名称').fill(`试验禁行区${id}`);
  await expect(page.getByText('点数不足')).toBeVisible();
  await fillCorners(page, [...CORNERS, ['113.305', '34.49']]);
  await expect(page.getByText(/第 \d 条边与第 \d 条边/)).toBeVisible();
  await expect(page.getByRole('button', { name: '保存', exact: true })).toHaveCount(0);
  await shot(page, 'editor-crossing');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('第 4 点纬度', { exact: true }).fill('34.52');
  await expect(page.getByText(/条边与第/)).toHaveCount(0);
  await page.getByRole('button', { name: '试算：上周会多报多少' }).click();
  await expect(page.locator('.trial-result')).toContainText(/会新增 \d+ 条线索，撤回 \d+ 条/, { timeout: 30_000 });
  await shot(page, 'editor-trial');
  await page.getByRole('button', { name: '保存', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(id));
  const answer = await page.request.get(`/api/v1/registers/zones/${id}`);
  const stored = (await answer.json()) as { record: { geometry: { coordinates: number[][][] } } };
  expect(stored.record.geometry.coordinates[0]?.length).toBe(5);
  // Undo takes the last step back.
  await page.getByRole('button', { name: '删除第 4 点' }).click();
  await expect(page.getByLabel('第 4 点经度', { exact: true })).toHaveCount(0);
  await page.locator('h1').click();
  await page.keyboard.press('u');
  await expect(page.getByLabel('第 4 点经度', { exact: true })).toHaveCount(1);
});

test('points are added and dragged on the map', async ({ page }) => {
  test.skip(isPhone(page), 'drawing is done with a mouse; a phone has the table');
  await asRegistrar(page, '/app/editor?register=routes&new=1');
  const canvas = page.locator('.draw-canvas canvas');
  await expect(canvas).toBeVisible({ timeout: 30_000 });
  await page.waitForFunction(() => window.__map?.loaded() === true, undefined, { timeout: 60_000 });
  await canvas.scrollIntoViewIfNeeded();
  const box = (await canvas.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  await page.mouse.click(...at(0.3, 0.5));
  await page.mouse.click(...at(0.6, 0.5));
  await expect(page.getByLabel('第 2 点经度', { exact: true })).toBeVisible();
  const before = await page.getByLabel('第 2 点纬度', { exact: true }).inputValue();
  await page.mouse.move(...at(0.6, 0.5));
  await page.mouse.down();
  await page.mouse.move(...at(0.65, 0.35), { steps: 5 });
  await page.mouse.up();
  await expect(page.getByLabel('第 2 点纬度', { exact: true })).not.toHaveValue(before);
  await shot(page, 'editor-map');
  expect(await axeFindings(page)).toEqual([]);
});

test('the editor fits 320 pixels', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const where of ['/app/editor?register=zones', '/app/editor?register=zones&new=1&lang=en']) {
    await asRegistrar(page, where);
    await expect(page.locator('table').first()).toBeVisible();
    expect(await sideways(page), where).toBeLessThanOrEqual(0);
  }
});
