/** The registrar's work: a terminal that no register knows is shown, admitted for a truck, and revoked. */
import { axeFindings, expect, isPhone, test } from './officer.js';
import { register } from './stranger.js';

const NO_SUCH_TERMINAL = 4;
/** 豫A99999 in GBK. */
const PLATE = Buffer.from([0xd4, 0xa5, ...Buffer.from('A99999', 'ascii')]);

function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: tests/browser.sh sets it.`);
  return value;
}

test('a terminal that no register knows waits for the registrar, who admits and revokes it by keyboard', async ({ page }, info) => {
  const phone = `1470000${String(info.workerIndex + (isPhone(page) ? 5000 : 1000)).padStart(4, '0')}`;
  expect(await register(environment('GATEWAY'), phone, PLATE)).toBe(NO_SUCH_TERMINAL);
  await page.goto(`/app/terminals#token=${environment('REGISTRAR')}`);
  const waiting = page.locator(`[data-pending="${phone}"]`);
  await expect(waiting).toBeVisible({ timeout: 20_000 });
  await waiting.locator('button.row').focus();
  await page.keyboard.press('Enter');
  await expect(waiting).toContainText('ACME');
  await expect(waiting.locator('form input').first()).toBeFocused();
  expect(await axeFindings(page)).toEqual([]);

  // A plate that no register knows is refused in words.
  await page.keyboard.press('Enter');
  await expect(waiting.locator('.problem')).toContainText('未完成');
  const trucks = (await (await page.request.get('/api/v1/trucks')).json()) as { trucks: { plate: string }[] };
  const plates = trucks.trucks.map(({ plate }) => plate).sort();
  const plate = plates.at(isPhone(page) ? -1 : -2) ?? '';
  await waiting.locator('form input').first().fill(plate);
  await page.keyboard.press('Enter');
  await expect(waiting).toHaveCount(0);
  const known = page.locator(`[data-terminal="${phone}"]`);
  await expect(known).toContainText('已接入');

  await known.getByRole('button').focus();
  await page.keyboard.press('Enter');
  await known.getByRole('button', { name: '确认吊销' }).click();
  await expect(known).toContainText('已吊销');
  expect(await axeFindings(page)).toEqual([]);
});

test('the terminals fit 320 pixels, and an enforcer does not see them', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(`/app/terminals#token=${environment('REGISTRAR')}`);
  await expect(page.locator('[data-panel=terminals]')).toBeVisible();
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(content).toBeLessThanOrEqual(screen ?? 0);
  await page.goto(`/app/terminals#token=${environment('TOKEN')}`);
  await expect(page.locator('main')).toContainText('不能打开');
  await expect(page.locator('[data-panel=terminals]')).toHaveCount(0);
});
