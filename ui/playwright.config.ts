import { defineConfig } from '@playwright/test';
import { fileURLToPath } from 'node:url';

const port = 4319;

export default defineConfig({
  testDir: 'tests/pages',
  testMatch: '*.test.ts',
  outputDir: 'target/results',
  snapshotPathTemplate: 'tests/pages/pictures/{arg}{ext}',
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  reporter: 'line',
  timeout: 20_000,
  expect: { toHaveScreenshot: { maxDiffPixelRatio: 0.005, animations: 'disabled', caret: 'hide' } },
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 380, height: 900 },
    locale: 'en',
    timezoneId: 'UTC',
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--font-render-hinting=none',
      ],
      env: { ...process.env, FONTCONFIG_FILE: fileURLToPath(new URL('tests/fonts.conf', import.meta.url)), TZ: 'UTC' },
    },
  },
  webServer: {
    command: 'npx vite build --mode fixtures --logLevel warn && node tests/serve.js',
    env: { PORT: String(port) },
    url: `http://127.0.0.1:${port}`,
    reuseExistingServer: false,
  },
});
