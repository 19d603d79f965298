import { calls, expect, open, schemes, stumbles, test, unfold } from './look';

test('nobody stumbles over what is opened', async ({ page }) => {
  for (const query of ['state=done', 'state=update&place=settings']) {
    await open(page, query);
    await unfold(page);
    for (const scheme of schemes) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await stumbles(page)).toEqual([]);
    }
  }
});

test('the keyboard reaches everything, in the order it is seen', async ({ page }) => {
  await open(page, 'state=two');
  const reached: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => {
        const on = document.activeElement as HTMLInputElement;
        return on.type === 'radio' ? on.value : (on.getAttribute('aria-label') ?? on.innerText.trim());
      }),
    );
  }
  expect(reached).toEqual([
    'claude-id',
    'day',
    'Growth',
    '1.1 GB since 10:35, while session 3f2a9c1e was active',
    '13.3 GB on disk; their lengths add up to 23.7 GB',
    'VM stopped\nHow this is known',
    'Given back\n4 Nov, 09:00',
    'Reclaim 2.6 GB',
    'Other ways',
    'Show files',
    'Settings',
    expect.anything(),
  ]);
});

test('arrows choose a bundle, a span and a point', async ({ page }) => {
  await open(page, 'state=two');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('h1')).toHaveText('11.2 GB');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => calls(page, 'chart')).toContainEqual(['chart', 'claude-3p-id', 'month']);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  await expect(page.getByRole('slider')).toHaveAttribute('aria-valuetext', '25 Oct, 12:00: 7.2 GB');
  await expect(page.locator('.flag')).toHaveText('25 Oct, 12:00: 7.2 GB');
});

test('a sheet is opened, cancelled and confirmed by keys alone', async ({ page }) => {
  await open(page, 'state=act');
  await page.getByRole('button', { name: 'Reclaim' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Reclaim' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => calls(page, 'reclaim')).toEqual([['reclaim', 'claude-id', 'rebuild', 'fingerprint']]);
});

test('enter saves the settings, and the first wrong field is next', async ({ page }) => {
  await open(page, 'place=settings');
  await page.evaluate(() => (window.fake.formNamed = 'wrong'));
  await page.getByLabel('Free space to keep').press('Enter');
  await expect(page.getByLabel('Limit for the images')).toBeFocused();
  expect(await calls(page, 'save')).toHaveLength(1);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Settings' })).toBeFocused();
});

test('the focus can be seen wherever it is', async ({ page }) => {
  await open(page, 'state=done');
  for (let step = 0; step < 14; step += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const on = document.activeElement;
      const ring = (element: Element | null | undefined) =>
        element && getComputedStyle(element).outlineStyle !== 'none';
      return on === document.body || ring(on) || ring(on?.nextElementSibling) || ring(on?.parentElement);
    });
    expect(seen).toBeTruthy();
  }
});
