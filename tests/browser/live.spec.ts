/** The live page's main job, from a moving truck to the public black list. */
import type { Page } from '@playwright/test';
import { type Clue, expect, isPhone, mapDrawn, pendingClues, show, signIn, test } from './officer.js';

// A company falls below 60 when its trucks have driven: minutes, and more of them beside other work.
test.describe.configure({ mode: 'serial', timeout: 420_000 });

/** Where each truck is drawn. */
function drawnTrucks(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => {
    const features = window.__map?.queryRenderedFeatures({ layers: ['trucks'] }) ?? [];
    return Object.fromEntries(features.map(({ properties, geometry }) => [String(properties['plate']), geometry.coordinates.join(' ')]));
  });
}

/** Colours in the picture WebGL drew; a blank map has one or two. */
function coloursDrawn(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const map = window.__map;
        if (map === undefined) return resolve(0);
        map.once('render', () => {
          const canvas = map.getCanvas();
          const gl = canvas.getContext('webgl2');
          if (gl === null) return resolve(0);
          const pixels = new Uint32Array(canvas.width * canvas.height);
          gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer));
          resolve(new Set(pixels).size);
        });
        map.triggerRepaint();
      }),
  );
}

/** The score the page shows for a company, in hundredths. */
async function shownScore(page: Page, uscc: string): Promise<number> {
  await show(page, 'carriers');
  const text = await page.locator(`[data-carrier="${uscc}"] .score`).innerText();
  return Math.round(Number(text) * 100);
}

/**
 * Confirms one clue in the review: by keyboard alone on a desk, by touch on a phone. `false` when someone else decided it
 * meanwhile, which is no failure of the page as long as it says so.
 */
async function confirm(page: Page, clue: Clue): Promise<boolean> {
  await page.goto(`/app/review/${clue.id}`);
  const item = page.locator(`article.item[data-clue="${clue.id}"][data-ready=ready]`);
  await item.waitFor({ timeout: 20_000 }).catch(() => undefined);
  if ((await item.count()) === 0 || (await item.getAttribute('data-state')) !== 'pending') return false;
  if (isPhone(page)) await item.locator('.decision-bar button.danger').click({ timeout: 5_000 }).catch(() => undefined);
  else await page.keyboard.press('c');
  const outcome = page.locator(`[data-sent-clue="${clue.id}"][data-sent=confirmed]`).or(page.locator(`[data-refused="${clue.id}"]`));
  await expect(outcome.first()).toBeVisible();
  return (await page.locator(`[data-refused="${clue.id}"]`).count()) === 0;
}

/** Confirms clues as they come until `done` holds. */
async function confirmUntil(page: Page, done: (decided: Clue | null) => Promise<boolean>): Promise<void> {
  const tried = new Set<string>();
  await expect
    .poll(
      async () => {
        if (await done(null)) return true;
        const clue = (await pendingClues(page)).find(({ id }) => !tried.has(id));
        if (clue === undefined) return false;
        tried.add(clue.id);
        return (await confirm(page, clue)) && (await done(clue));
      },
      { timeout: 360_000, intervals: [1_000] },
    )
    .toBe(true);
}

test('the token leaves the address, and the map draws sites and trucks', async ({ page }) => {
  await signIn(page, '/app/map');
  expect(new URL(page.url()).hash).toBe('');
  await expect(page.locator('[data-stream=live]')).toBeVisible();
  await mapDrawn(page);
  await expect.poll(async () => Object.keys(await drawnTrucks(page)).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const sites = await page.evaluate(() => window.__map?.queryRenderedFeatures({ layers: ['sites-area'] }).length ?? 0);
  expect(sites).toBeGreaterThan(0);
  expect(await coloursDrawn(page)).toBeGreaterThan(10);
});

test('a truck moves on the map and in the list', async ({ page }) => {
  await signIn(page, '/app/map');
  await mapDrawn(page);
  await expect.poll(async () => Object.keys(await drawnTrucks(page)).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const before = await drawnTrucks(page);
  await expect
    .poll(async () => Object.entries(await drawnTrucks(page)).some(([plate, at]) => plate in before && before[plate] !== at), {
      timeout: 90_000,
    })
    .toBe(true);
});

test('a clue is confirmed with a reason, and the company’s score falls before the officer’s eyes', async ({ page }) => {
  await signIn(page, '/app/map');
  let before = new Map<string, number>();
  const scores = async () => {
    await show(page, 'carriers');
    await expect(page.locator('[data-carrier]').first()).toBeAttached();
    const rows = await page.locator('[data-carrier]').evaluateAll((items) =>
      items.map((item): [string, number] => [
        item.getAttribute('data-carrier') ?? '',
        Math.round(Number(item.querySelector('.score')?.textContent) * 100),
      ]),
    );
    return new Map(rows);
  };
  await show(page, 'carriers');
  await expect(page.locator('[data-carrier]').first()).toBeAttached();
  await confirmUntil(page, async (decided) => {
    if (decided === null) {
      before = await scores();
      return false;
    }
    const uscc = decided.carrier_uscc ?? '';
    // A second deduction for one incident counts nothing: then the next clue has to show it.
    return expect
      .poll(() => shownScore(page, uscc), { timeout: 10_000 })
      .toBeLessThan(before.get(uscc) ?? 0)
      .then(() => true, () => false);
  });
});

test('a company below 60 is on the black list: in the panel, on the public page, in the feed', async ({ page, browser }) => {
  await signIn(page, '/app/map');
  await show(page, 'blacklist');
  const listing = page.locator('[data-listing]').first();
  // Asked of the service: while clues are decided the page shows the review.
  await confirmUntil(page, async () => (await (await page.request.get('/api/v1/blacklist')).text()).includes('"uscc"'));
  await show(page, 'blacklist');
  await expect(listing).toBeVisible();
  const uscc = (await listing.getAttribute('data-listing')) ?? '';
  const name = await listing.locator('h3').innerText();
  expect(Number(await listing.locator('.score').innerText())).toBeLessThan(60);

  const feed = await page.request.get('/feed/blacklist.jsonl');
  expect((await feed.text()).includes(uscc)).toBe(true);

  const { baseURL } = test.info().project.use;
  const visitor = await browser.newContext({ javaScriptEnabled: false, ...(baseURL === undefined ? {} : { baseURL }) });
  const publicPage = await visitor.newPage();
  await publicPage.goto('/blacklist');
  await expect(publicPage.getByText(name).first()).toBeVisible();
  await visitor.close();

  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('/blacklist');
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(content, 'a listed company is read without scrolling sideways').toBeLessThanOrEqual(screen ?? 0);
});
