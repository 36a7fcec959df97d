/** A file of records: uploaded, its columns matched, tried row by row, imported once. */
import { axeFindings, expect, test } from './officer.js';
import { asRegistrar, fresh, shot, sideways } from './registrar.js';

test('a table with one bad row is tried, explained and imported without it', async ({ page }) => {
  await asRegistrar(page, '/app/import?register=carriers');
  await expect(page.locator('select').first()).toHaveValue('carriers');
  expect(await axeFindings(page)).toEqual([]);
  const table = '信用代码,公司名称,企业状态\n91350100M000100Y43,示例清运有限公司,正常\n123,坏行,正常\n';
  await page.getByLabel('文件', { exact: false }).first().setInputFiles({ name: '企业.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await page.getByRole('button', { name: '上传' }).press('Enter');
  await expect(page.getByLabel('企业名称')).toHaveValue('公司名称');
  await shot(page, 'import-columns');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: '试导入' }).press('Enter');
  await expect(page.getByText(/拒绝 1。/)).toBeVisible();
  await expect(page.locator('[data-row="3"]')).toContainText('统一社会信用代码');
  await expect(page.getByRole('button', { name: '提交导入' })).toBeDisabled();
  await shot(page, 'import-checked');
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('跳过被拒绝的行').check();
  await page.getByRole('button', { name: '提交导入' }).press('Enter');
  await expect(page.getByText(/导入完成/)).toBeVisible();
  await shot(page, 'import-done');
  await page.getByRole('link', { name: '查看登记册' }).click();
  await expect(page.locator('table.data')).toContainText('示例清运有限公司');
});

test('shapes ask for their datum and are shifted by it', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await asRegistrar(page, '/app/import?register=zones');
  const id = fresh('K');
  const kml = `<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark id="${id}"><name>甲区</name><ExtendedData><Data name="类型"><value>禁行</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>113.2,34.4 113.21,34.4 113.21,34.41 113.2,34.4</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>`;
  await page.locator('input[type=file]').setInputFiles({ name: 'zones.kml', mimeType: 'application/vnd.google-earth.kml+xml', buffer: Buffer.from(kml) });
  await page.getByRole('button', { name: '上传' }).click();
  await page.getByRole('button', { name: '试导入' }).click();
  await expect(page.getByRole('alert')).toContainText('未声明坐标系');
  await page.getByLabel('坐标系').selectOption('GCJ02');
  await page.getByRole('button', { name: '试导入' }).click();
  await expect(page.getByText(/新增 1/)).toBeVisible();
  expect(await sideways(page)).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: '提交导入' }).click();
  await expect(page.getByText(/导入完成/)).toBeVisible();
  const zone = (await (await page.request.get(`/api/v1/registers/zones/${id}`)).json()) as { record: { geometry: { coordinates: number[][][] } } };
  const lon = zone.record.geometry.coordinates[0]?.[0]?.[0] ?? 0;
  expect(lon).toBeLessThan(113.197);
  expect(lon).toBeGreaterThan(113.19);
});
