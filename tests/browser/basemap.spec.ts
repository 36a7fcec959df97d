/** Basemaps: a GCJ-02 map shifts everything drawn and a change shifts it back; a PMTiles file of one's own is drawn. */
import type { Page, Route } from '@playwright/test';
import { expect, mapDrawn, signIn, test } from './officer.js';

/** One grey pixel. */
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGOoBwAAgQCAJLT5wQAAAABJRU5ErkJggg==', 'base64');

const one = (id: string, kind: string, crs: string, path: string) => ({
  id, name_zh: id, name_en: id, kind, crs, path, min_zoom: 0, max_zoom: 18, tile_size: 256, attribution: `图源 ${id}`, labels: null, hidden: false,
});

async function offer(page: Page, maps: object[]): Promise<void> {
  await page.route('**/api/v1/basemaps', (route) => route.fulfill({ json: { basemaps: maps, default: null } }));
}

interface Rendered {
  getSource(id: string): { serialize(): { data: { features: { geometry: { type: string; coordinates: unknown } }[] } } };
  getStyle(): { layers: { id: string }[] };
  querySourceFeatures(source: string, options?: object): { geometry: { coordinates: unknown } }[];
  areTilesLoaded(): boolean;
}

/** The westernmost position of everything fenced, as it is drawn. */
async function westernmost(page: Page): Promise<number> {
  return page.evaluate(() => {
    const map = window.__map as unknown as Rendered;
    const numbers = JSON.stringify(map.querySourceFeatures('fences').map(({ geometry }) => geometry.coordinates));
    const lons = [...numbers.matchAll(/\[(1\d\d\.\d+),/g)].map((match) => Number(match[1]));
    return Math.min(...lons);
  });
}

test('on a GCJ-02 map everything is drawn shifted, and without it back in its place', async ({ page }, info) => {
  test.skip(info.project.name !== 'desktop', 'the same map on a phone');
  await offer(page, [one('gd', 'raster', 'gcj02', '/tiles/gd/{z}/{x}/{y}')]);
  const asked: string[] = [];
  await page.route('**/tiles/gd/**', (route: Route) => {
    asked.push(new URL(route.request().url()).pathname);
    return route.fulfill({ contentType: 'image/png', body: PIXEL });
  });
  await signIn(page, '/app/map');
  await mapDrawn(page);
  const choice = page.locator('.basemap-choice select');
  await expect(choice).toBeVisible();
  const before = await westernmost(page);
  await choice.selectOption('gd');
  await expect(page.locator('.basemap-source')).toHaveText('图源 gd');
  await expect.poll(async () => Math.round(((await westernmost(page)) - before) * 1e4), { timeout: 30_000 }).toBeGreaterThan(50);
  expect((await westernmost(page)) - before).toBeLessThan(0.008);
  await expect.poll(() => asked.length, { timeout: 30_000 }).toBeGreaterThan(0);
  expect(asked.every((path) => /^\/tiles\/gd\/\d+\/\d+\/\d+$/.test(path))).toBe(true);
  await choice.selectOption('NONE');
  await expect.poll(async () => Math.abs((await westernmost(page)) - before) < 1e-4, { timeout: 30_000 }).toBe(true);
});

/** A PMTiles archive (version 3) of one picture at zoom 0: header, root directory, metadata, the tile. Nothing compressed. */
function archive(tile: Buffer): Buffer {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >> 7)]);
  const root = Buffer.from([...varint(1), ...varint(0), ...varint(1), ...varint(tile.length), ...varint(1)]);
  const metadata = Buffer.from('{}');
  const header = Buffer.alloc(127);
  header.write('PMTiles', 0, 'ascii');
  header.writeUInt8(3, 7);
  const sections: [number, number][] = [
    [127, root.length], [127 + root.length, metadata.length], [127 + root.length + metadata.length, 0], [127 + root.length + metadata.length, tile.length],
  ];
  sections.forEach(([offset, length], at) => {
    header.writeBigUInt64LE(BigInt(offset), 8 + at * 16);
    header.writeBigUInt64LE(BigInt(length), 16 + at * 16);
  });
  for (const at of [72, 80, 88]) header.writeBigUInt64LE(1n, at);
  // Clustered; neither directories nor tiles compressed; PNG; zoom 0 to 0.
  [1, 1, 1, 2, 0, 0].forEach((value, at) => header.writeUInt8(value, 96 + at));
  for (const [at, degrees] of [[102, -180], [106, -85], [110, 180], [114, 85]] as const) header.writeInt32LE(degrees * 1e7, at);
  return Buffer.concat([header, root, metadata, tile]);
}

test('a PMTiles file is read by stretches and drawn under the data', async ({ page }, info) => {
  test.skip(info.project.name !== 'desktop', 'the same map on a phone');
  await offer(page, [one('own', 'pmtiles', 'wgs84', '/basemaps/own/archive')]);
  const file = archive(PIXEL);
  const ranges: string[] = [];
  await page.route('**/basemaps/own/archive', (route: Route) => {
    const range = route.request().headers()['range'] ?? '';
    ranges.push(range);
    const [from = 0, to = 0] = range.replace('bytes=', '').split('-').map(Number);
    const last = Math.min(to, file.length - 1);
    return route.fulfill({
      status: 206,
      headers: { 'Content-Range': `bytes ${from}-${last}/${file.length}`, ETag: '"1"', 'Content-Type': 'application/octet-stream' },
      body: file.subarray(from, last + 1),
    });
  });
  await signIn(page, '/app/map');
  await mapDrawn(page);
  await page.locator('.basemap-choice select').selectOption('own');
  await expect
    .poll(() => page.evaluate(() => (window.__map as unknown as Rendered).getStyle().layers.map(({ id }) => id).indexOf('basemap-own')))
    .toBe(1);
  await expect.poll(() => ranges.length).toBeGreaterThan(1);
  expect(ranges.every((range) => range.startsWith('bytes='))).toBe(true);
});
