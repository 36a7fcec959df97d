import { axeFindings, expect, signIn, test } from './officer';
import { adminToken, someone } from './people';
import type { Page } from '@playwright/test';

async function openPart(page: Page, part: string): Promise<void> {
  await page.goto(`/app/admin?part=${part}`);
  await expect(page.locator('.administration section.panel').first()).toBeVisible();
}

test.beforeEach(async ({ page }) => {
  await page.goto(`/app/admin#token=${adminToken()}`);
  await expect(page.getByRole('heading', { name: '人员与角色' })).toBeVisible();
});

test('a person is added by keyboard, changed, reset, disabled, and the log has it all and is whole', async ({ page }) => {
  const name = someone('新同事');
  await page.locator('[data-field=person-name]').focus();
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-part=link]')).toContainText('/app/sign-in#invitation=');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: '完成' }).click();

  const opener = page.getByRole('button', { name: `管理“${name}”` });
  await opener.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await expect(page).toHaveURL(/\/app\/admin\/\d+/);
  expect(await axeFindings(page)).toEqual([]);
  await dialog.locator('[data-field=role]').selectOption('auditor');
  await dialog.locator('[data-act=change-role]').click();
  await expect(dialog.getByText('已更改，自其下一次操作起生效。')).toBeVisible();
  await dialog.locator('[data-act=reset]').click();
  await expect(dialog.locator('[data-part=link]')).toContainText('#invitation=');
  await dialog.locator('[data-act=disable]').click();
  await dialog.locator('[data-act=disable-sure]').click();
  await expect(dialog.locator('[data-act=enable]')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.locator('tr', { hasText: name })).toContainText('已停用');

  await openPart(page, 'audit');
  await page.locator('[data-field=subject]').fill(name);
  await page.locator('[data-act=search]').click();
  const rows = page.locator('table.data tbody tr');
  await expect(rows).toHaveCount(4);
  await expect(rows.first()).toContainText('停用人员');
  await expect(page).toHaveURL(/subject=/);
  await page.locator('[data-act=check]').click();
  await expect(page.getByText(/条记录首尾相连/)).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
});

test('the last administrator cannot be disabled, and the page says what to do', async ({ page }) => {
  await page.getByRole('button', { name: '管理“管理员”' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('[data-act=disable]').click();
  await dialog.locator('[data-act=disable-sure]').click();
  await expect(dialog.getByRole('alert').first()).toContainText('最后一名管理员');
});

test('health and settings are read, nothing scrolls sideways at 320 px, and the auditor sees no people', async ({ page }) => {
  for (const part of ['people', 'audit', 'health', 'settings']) {
    await openPart(page, part);
    expect(await axeFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), part).toBeLessThanOrEqual(0);
  }
  await expect(page.locator('.settings-text')).toContainText('session_idle_minutes');
});

test('who is no administrator is not shown the screen', async ({ page }) => {
  await page.request.delete('/api/v1/session');
  await page.goto('about:blank');
  await signIn(page, '/app/admin');
  await expect(page.getByText('不能打开“系统管理”')).toBeVisible();
});
