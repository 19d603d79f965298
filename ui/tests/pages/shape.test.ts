import { calls, expect, open, places, states, stumbles, test, unfold } from './look';

test.describe('at twice the size', () => {
  test.use({ viewport: { width: 190, height: 400 } });
  test('nothing needs sideways scrolling', async ({ page }) => {
    for (const [name, query] of [...states, ...places]) {
      await open(page, query);
      await unfold(page);
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll('body *')]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
          .filter((element) => element.closest('.unseen, .flag') === null)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(wide, name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBe(190);
    }
  });
});

test.describe('on a low screen', () => {
  test.use({ viewport: { width: 380, height: 520 } });
  test('the number and the button stay in sight, and the rest scrolls', async ({ page }) => {
    await open(page, 'state=running');
    await page.mouse.move(190, 260);
    await page.mouse.wheel(0, 2000);
    await expect(page.locator('h1')).toBeInViewport({ ratio: 1 });
    await expect(page.locator('.primary')).toBeInViewport({ ratio: 1 });
    await expect(page.getByText('Given back')).toBeInViewport();
    const [fit] = await calls(page, 'fit');
    expect(fit?.[1]).toBeGreaterThan(600);
  });
});

test('the window is told the height before the first picture, and when it changes', async ({ page }) => {
  await open(page, 'state=calm');
  const order = await page.evaluate(() => window.fake.calls.map(([name]) => name));
  expect(order.indexOf('fit')).toBeLessThan(order.indexOf('painted'));
  const before = await page.locator('main').boundingBox();
  expect(await calls(page, 'fit')).toEqual([['fit', before?.height]]);
  await page.getByRole('button', { name: 'Other ways' }).click();
  await expect.poll(async () => (await calls(page, 'fit')).length).toBe(2);
  const after = await page.locator('main').boundingBox();
  expect((await calls(page, 'fit')).at(-1)).toEqual(['fit', after?.height]);
});

test('nothing moves for those who asked for that', async ({ page }) => {
  await open(page, 'state=busy');
  await page.evaluate(() => window.fake.publish('calm', 2));
  await page.evaluate(() =>
    window.fake.publish('busy', 3, { activity: { sentence: '…', share: null, stoppable: false } }),
  );
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test.describe('for the others', () => {
  test.use({ contextOptions: { reducedMotion: 'no-preference' } });
  test('the water moves', async ({ page }) => {
    await open(page, 'state=calm');
    await page.evaluate(() => window.fake.publish('watch', 2));
    expect(await page.evaluate(() => document.getAnimations().length)).toBeGreaterThan(0);
  });
});

test('nothing shows through for those who asked for that', async ({ page }) => {
  // A window so low that its middle part runs on below its foot.
  await page.setViewportSize({ width: 380, height: 600 });
  await open(page, 'state=running');
  const shade = (): Promise<string> =>
    page.locator('.bottom.more').evaluate((foot) => getComputedStyle(foot, '::before').backgroundImage);
  expect(await shade()).toContain('gradient');
  const features = [{ name: 'prefers-reduced-transparency', value: 'reduce' }];
  const browser = await page.context().newCDPSession(page);
  await browser.send('Emulation.setEmulatedMedia', { features });
  expect(await shade()).toBe('none');
});

test('edges are drawn for those who asked for more contrast', async ({ page }) => {
  await open(page, 'state=calm');
  const edge = (): Promise<string> =>
    page
      .locator('.card')
      .first()
      .evaluate((card) => getComputedStyle(card).outlineStyle);
  expect(await edge()).toBe('none');
  await page.emulateMedia({ contrast: 'more' });
  expect(await edge()).toBe('solid');
  expect(await stumbles(page)).toEqual([]);
});

test('the chart shows the point under the pointer, with what happened there', async ({ page }) => {
  await open(page, 'state=calm');
  const box = await page.getByRole('img', { name: 'On disk' }).boundingBox();
  if (box === null) throw new Error('no chart');
  await page.mouse.move(box.x + 1, box.y + 60);
  await expect(page.locator('.flag')).toContainText('23 Nov, 12:00: 12.8 GB');
  await page.mouse.move(box.x + (box.width - 46) * 0.27, box.y + 60);
  await expect(page.locator('.flag')).toContainText('VM on · 23 Nov, 18:30');
  await page.mouse.move(4, 4);
  await expect(page.locator('.flag')).toBeHidden();
});

test('a year with hundreds of events is drawn at once', async ({ page }) => {
  await open(page, 'state=calm');
  await page.getByText('Year', { exact: true }).click();
  await expect(page.locator('.chart')).toHaveScreenshot('year.png');
});

test('a system without a language gets its panel too', async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'language', { get: () => 'C' }));
  await open(page, 'state=calm');
  await expect(page.locator('canvas')).toBeVisible();
});
