import { expect, open, places, schemes, states, stumbles, test } from './look';

for (const [name, query] of [...states, ...places]) {
  test(`${name} looks as it did, and nobody stumbles over it`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await open(page, query);
    for (const scheme of schemes) {
      await page.emulateMedia({ colorScheme: scheme });
      await expect(page.locator('main')).toHaveScreenshot(`${name}-${scheme}.png`);
      expect(await stumbles(page)).toEqual([]);
    }
  });
}

test.describe('twice as fine', () => {
  test.use({ deviceScaleFactor: 2 });
  for (const name of ['calm', 'running']) {
    test(name, async ({ page }) => {
      for (const scheme of schemes) {
        await page.emulateMedia({ colorScheme: scheme });
        await open(page, `state=${name}`);
        await expect(page.locator('main')).toHaveScreenshot(`${name}-${scheme}@2x.png`, { scale: 'device' });
      }
    });
  }
});
