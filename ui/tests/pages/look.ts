import { expect, test as base, type Page } from '@playwright/test';
import { createRequire } from 'node:module';

/** A page that fails its test when it breaks the policy, reports an error, or asks anything of another machine. */
export const test = base.extend<{ watched: undefined }>({
  watched: [
    async ({ page }, use) => {
      const wrong: string[] = [];
      page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()));
      page.on('pageerror', (error) => wrong.push(error.message));
      page.on('request', (request) => {
        if (new URL(request.url()).hostname !== '127.0.0.1') wrong.push(request.url());
      });
      await use(undefined);
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export const schemes = ['light', 'dark'] as const;

export const states = [
  ...[
    'calm',
    'watch',
    'act',
    'running',
    'running-german',
    'unknown',
    'empty',
    'denied',
    'fresh',
    'two',
    'busy',
    'alerts',
  ],
  ...['done', 'failed', 'paused', 'update'],
].map((state) => [state, `state=${state}`] as const);

export const places = [
  ['sheet-compact', 'place=sheet&level=compact'],
  ['sheet-rebuild', 'place=sheet&level=rebuild'],
  ['sheet-reset', 'place=sheet&level=reset'],
  ['sheet-refused', 'state=running&place=sheet'],
  ['settings', 'place=settings'],
  ['settings-wrong', 'place=settings&form=wrong'],
  ['about', 'place=about'],
] as const;

/** Opens the page as the query says, and waits until it says that it is painted. */
export async function open(page: Page, query: string): Promise<void> {
  await page.goto(`/?${query}`);
  await page.waitForFunction(() => window.fake.calls.some(([name]) => name === 'painted'));
}

/** Opens everything that is closed. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const closed of document.querySelectorAll<HTMLElement>('summary, [aria-expanded="false"]')) closed.click();
  });
}

export function calls(page: Page, command: string): Promise<unknown[][]> {
  return page.evaluate((command) => window.fake.calls.filter(([name]) => name === command), command);
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
}

/** What assistive technology would stumble over. */
export async function stumbles(page: Page): Promise<string[]> {
  // Put in by the debugger, which the page's policy does not bind.
  const script = await import('node:fs/promises').then((fs) => fs.readFile(axe, 'utf8'));
  await page.evaluate(script);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: Axe }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
  });
}
