/** A page on which nothing may go wrong unseen, and what an officer does on it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Page } from '@playwright/test';

export { expect };

/** What the map offers to a test; the page hands it out because `__exposeMap` was set before it loaded. */
interface DrawnMap {
  loaded(): boolean;
  once(event: 'render', act: () => void): void;
  triggerRepaint(): void;
  getCanvas(): HTMLCanvasElement;
  queryRenderedFeatures(options: { layers: string[] }): {
    properties: Record<string, unknown>;
    geometry: { coordinates: [number, number] };
  }[];
}
declare global {
  interface Window {
    __exposeMap?: boolean;
    __map?: DrawnMap;
    __reportViolation?: (what: string) => void;
  }
}

/**
 * A page that reaches this machine alone. The test fails on an uncaught error, on a breach of the content security
 * policy and on any request to another host.
 */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(`uncaught: ${error.message}`));
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') wrong.push(`request to ${hostname}`);
    });
    await page.route((url) => url.protocol.startsWith('http') && url.hostname !== '127.0.0.1', (route) => route.abort());
    await page.exposeFunction('__reportViolation', (what: string) => wrong.push(`content security policy: ${what}`));
    await page.addInitScript(() => {
      window.__exposeMap = true;
      document.addEventListener('securitypolicyviolation', (event) => {
        window.__reportViolation?.(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
});

function token(): string {
  const value = process.env['TOKEN'];
  if (!value) throw new Error('TOKEN is not set: it must be the token of an officer of city management.');
  return value;
}

/** Opens the page as an officer at an address, as `/app/clues?clues=all`; without one, at the first screen of the role. */
export async function signIn(page: Page, where = '/', as = token()): Promise<void> {
  await page.goto(`${where}#token=${as}`);
  await expect(page.locator('[data-screen]')).toBeAttached();
}

export function isPhone(page: Page): boolean {
  return (page.viewportSize()?.width ?? 0) < 760;
}

/** Goes to a screen by the navigation: at the left on a desk, at the bottom or behind "more" on a phone. */
export async function show(page: Page, screen: string): Promise<void> {
  const link = `a[href^="/app/${screen}"]`;
  if (isPhone(page)) {
    const bar = page.locator('.bottom-bar');
    if ((await bar.locator(`> ${link}`).count()) > 0) await bar.locator(`> ${link}`).click();
    else {
      await bar.locator('> button').click();
      await bar.locator(`dialog ${link}`).click();
    }
  } else await page.locator(`.sidebar ${link}`).click();
  await expect(page.locator(`[data-screen=${screen}]`)).toBeVisible();
}

/** Waits until the map has drawn everything it was given. */
export async function mapDrawn(page: Page): Promise<void> {
  await page.waitForFunction(() => window.__map?.loaded() === true, undefined, { timeout: 60_000 });
}

export interface Clue {
  id: string;
  authority: string;
  carrier_uscc: string | null;
  points_centi: number;
}

/** Pending clues of this officer's authority that would cost a company points. */
export async function pendingClues(page: Page): Promise<Clue[]> {
  const session = (await (await page.request.get('/api/v1/session')).json()) as { authority: string };
  const answer = (await (await page.request.get('/api/v1/clues?state=pending&limit=200')).json()) as { clues: Clue[] };
  return answer.clues.filter(
    ({ authority, carrier_uscc, points_centi }) => authority === session.authority && carrier_uscc !== null && points_centi > 0,
  );
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 AA, as `rule: selector`. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's policy allows no script of others.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { target: unknown[] }[] }[] }> };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await axe.run({ runOnly: { type: 'tag', values: tags } });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  });
}
