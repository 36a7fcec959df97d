/** The evidence sheet on paper: Chromium prints it, and case, plate, rule and Chinese text can be found in the PDF. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { axeFindings, expect, pendingClues, signIn, test } from './officer.js';

interface Case {
  number: string;
  clue: string | null;
  plate: string;
  rule: string;
}

test('a case is printed on A4 and its bundle comes the same twice', async ({ page }, info) => {
  test.skip(info.project.name !== 'desktop', 'paper has one size');
  await signIn(page, '/app/check');
  await expect.poll(async () => (await pendingClues(page)).length, { timeout: 180_000 }).toBeGreaterThan(0);
  const [clue] = await pendingClues(page);
  await page.evaluate(
    (id) => fetch(`/api/v1/clues/${id}/confirm`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ reason: '轨迹与核准比对无误' }) }),
    clue?.id,
  );
  const cases = ((await (await page.request.get('/api/v1/cases')).json()) as { cases: Case[] }).cases;
  const one = cases.find(({ clue: of }) => of === clue?.id);
  if (one === undefined) throw new Error('the confirmed clue became no case');
  await page.goto(`/evidence/${one.number}`);
  await expect(page.locator('h1')).toHaveText('证据单');
  await expect(page.locator('svg').first()).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  const file = info.outputPath('evidence.pdf');
  writeFileSync(file, await page.pdf({ preferCSSPageSize: true, printBackground: true }));
  const words = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  for (const expected of [one.number, one.plate, one.rule, '证据单', '城市管理部门', '轨迹示意图', '第 1 页']) expect(words).toContain(expected);
  const zip = async () => (await page.request.get(`/api/v1/cases/${one.number}/evidence.zip`)).body();
  expect((await zip()).equals(await zip())).toBe(true);
});
