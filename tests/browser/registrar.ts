/** What a registrar does on the pages of the registers. */
import { signIn } from './officer.js';
import type { Page } from '@playwright/test';

export function registrar(): string {
  const value = process.env['REGISTRAR'];
  if (!value) throw new Error('REGISTRAR is not set: tests/browser.sh sets it.');
  return value;
}

/** Opens a page as the registrar. */
export async function asRegistrar(page: Page, where: string): Promise<void> {
  await signIn(page, where, registrar());
}

/** How much wider the page is than the window. */
export async function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** A name no other run of a test has taken. */
export function fresh(prefix: string): string {
  return `${prefix}${Date.now().toString(36)}${Math.floor(Math.random() * 1e4)}`;
}

/** A picture for a person to look at, where SHOTS names a folder. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env['SHOTS'];
  const width = page.viewportSize()?.width ?? 0;
  if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true });
}
