/**
 * The page in a real browser against a fleet-service that is already running (its `demo`, say):
 *
 *   BASE_URL=http://127.0.0.1:8790 TOKEN=… npm test
 *
 * TOKEN is an officer's of city management. CHROMIUM names another browser than the machine's own. The results are
 * also written to `test-results/results.json`.
 */
import { execFileSync } from 'node:child_process';
import { defineConfig, devices } from '@playwright/test';

function chromium(): string {
  const asked = process.env['CHROMIUM'];
  if (asked) return asked;
  try {
    return execFileSync('sh', ['-c', 'command -v chromium || command -v google-chrome'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error('No browser: install chromium and fonts-noto-cjk (apt), or name one in CHROMIUM.');
  }
}

/** WebGL by SwiftShader, and a browser that asks nobody anything. */
const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const SOFTWARE_GL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const launch = (args: string[]) => ({ executablePath: chromium(), args: [...QUIET, ...args] });

const DESK = { viewport: { width: 1366, height: 768 } };
const PHONE = { ...devices['Pixel 7'], viewport: { width: 390, height: 844 } };

export default defineConfig({
  testDir: '.',
  // One service, whose clues the tests decide, and one software renderer: one test at a time.
  workers: 1,
  fullyParallel: false,
  // Clues come when trucks make them; a drawn page comes in seconds.
  timeout: 240_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: [['list'], ['json', { outputFile: 'test-results/results.json' }]],
  use: {
    baseURL: process.env['BASE_URL'] ?? 'http://127.0.0.1:8790',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'desktop', testIgnore: 'no-webgl.spec.ts', use: { ...DESK, launchOptions: launch(SOFTWARE_GL) } },
    { name: 'phone', testIgnore: ['no-webgl.spec.ts', 'keyboard.spec.ts'], use: { ...PHONE, launchOptions: launch(SOFTWARE_GL) } },
    { name: 'no-webgl', testMatch: 'no-webgl.spec.ts', use: { ...DESK, launchOptions: launch(['--disable-3d-apis']) } },
  ],
});
