import { describe, expect, test, vi } from 'vitest';
import sheets from '../../fixtures/sheets.json';
import { asked, button, click, find, open, press, settle } from './setup';

// The picture is for browsers; happy-dom has no canvas.
vi.mock('../../src/plot', () => ({ draw: () => ({ destroy: () => undefined }), near: () => [] }));

const calm = { name: 'stand' } as const;
const sheet = { name: 'sheet', bundle: 'claude-id', level: 'rebuild' } as const;

describe('what stands', () => {
  test('is said with what to do, and can be silenced', async () => {
    const fake = await open('alerts');
    const alert = find('[data-severity="critical"]');
    expect(alert.textContent).toContain('The disk is almost full');
    expect(alert.textContent).toContain('6.9 GB to Claude’s VM');
    const times = alert.querySelector('select');
    if (times === null) throw new Error('no choice of a time');
    times.value = 'today';
    times.dispatchEvent(new Event('change', { bubbles: true }));
    await settle();
    expect(asked(fake, 'snooze')).toEqual([['low_disk', 'today']]);
  });

  test('offers the session disk where the VM does not come back', async () => {
    const fake = await open('alerts');
    const alert = find('[data-severity="warning"]');
    expect(alert.textContent).toContain('Claude’s VM does not start');
    const back = alert.querySelector('button');
    if (back === null) throw new Error('no button');
    await click(back);
    expect(asked(fake, 'undo')).toEqual([['copy-1']]);
  });

  test('a reclaim with a loss waits for the VM once its sheet was seen, and can be taken back', async () => {
    const fake = await open('running');
    await click(button('Do it when the VM stops…'));
    expect(asked(fake, 'arm')).toEqual([]);
    expect(find('h1').textContent).toBe('Rebuild the system disk?');
    await click(button('Do it when the VM stops'));
    const agreement = sheets.refused.arm.agreement;
    expect(asked(fake, 'arm')).toEqual([['claude-id', 'rebuild', agreement]]);
    fake.publish('alerts', 2);
    await settle();
    await click(button('Do not do it'));
    expect(asked(fake, 'disarm')).toEqual([['claude-id']]);
  });
});

describe('what loses nothing', () => {
  test('waits for the VM at once', async () => {
    const fake = await open('unknown');
    await click(button('Do it when the VM stops'));
    const agreement = fake.view().bundles[0]?.arm?.agreement;
    expect(agreement).toMatch(/^[0-9a-f]{16}$/);
    expect(asked(fake, 'arm')).toEqual([['claude-id', 'compact', agreement]]);
  });

  test('says when it grew and who was there', async () => {
    await open('calm');
    expect(find('.grew summary').textContent).toBe('1.1 GB since 10:35, while session 3f2a9c1e was active');
    expect([...document.querySelectorAll('.grew li')]).toHaveLength(2);
  });
});

describe('a new version', () => {
  test('is offered with its number, and can be left for later', async () => {
    const fake = await open('update');
    await click(button('Install'));
    await click(button('Later'));
    expect(asked(fake, 'update')).toEqual([[{ name: 'install', version: '0.2.0' }], [{ name: 'later' }]]);
  });

  test('is asked for at a click, once', async () => {
    const fake = await open('update', { name: 'settings' });
    await click(button('Check now'));
    expect(asked(fake, 'update')).toEqual([[{ name: 'ask' }]]);
    const { update } = fake.view();
    fake.publish('update', 2, { update: { ...update, ready: false, offer: null } });
    await settle();
    await click(button('Check now'));
    expect(asked(fake, 'update')).toHaveLength(1);
  });

  test('cannot be asked for where a build has no feed', async () => {
    await open('calm', { name: 'settings' });
    expect(document.body.textContent).toContain('This build does not update itself.');
    expect(document.querySelector('#check_for_updates')).toBeNull();
  });
});

describe('the button', () => {
  test('opens the sheet of its level', async () => {
    const fake = await open('act');
    await click(button('Reclaim 9.8 GB…'));
    expect(asked(fake, 'sheet')).toEqual([['claude-id', 'rebuild']]);
    expect(asked(fake, 'reclaim')).toEqual([]);
    expect(find('h1').textContent).toBe('Rebuild the system disk?');
  });

  test('reclaims at once where no sheet is asked for', async () => {
    const fake = await open('calm');
    await click(button('Reclaim 2.6 GB'));
    expect(asked(fake, 'reclaim')).toEqual([['claude-id', 'compact', 'fingerprint']]);
  });

  test('is inert while the VM runs, and keeps its reason', async () => {
    const fake = await open('running');
    const main = button('Reclaim 9.8 GB');
    expect(main.getAttribute('aria-disabled')).toBe('true');
    expect(main.disabled).toBe(false);
    expect(find(`#${main.getAttribute('aria-describedby')}`).textContent).toContain('Claude’s VM is running');
    await click(main);
    expect(asked(fake, 'sheet')).toEqual([]);
  });

  test('is inert while something is going on', async () => {
    await open('busy');
    expect(find('.primary').getAttribute('aria-disabled')).toBe('true');
    expect(find('progress').getAttribute('value')).toBe('0.42');
  });

  test('asks once however often it is clicked', async () => {
    const fake = await open('done');
    const undo = button('Bring back');
    undo.click();
    undo.click();
    await settle();
    expect(asked(fake, 'undo')).toEqual([['copy-1']]);
  });
});

describe('views', () => {
  test('an older revision is ignored', async () => {
    const fake = await open('calm');
    fake.publish('running', 5);
    await settle();
    fake.publish('calm', 4);
    await settle();
    expect(document.body.textContent).toContain('VM running');
  });

  test('the page speaks the language of the view', async () => {
    await open('running-german');
    expect(document.documentElement.lang).toBe('de');
    expect(document.body.textContent).not.toMatch(/Settings|Day|Reclaim/);
  });

  test('the chosen bundle stays in sight when another presses more', async () => {
    const fake = await open('two');
    const bundles = fake.view().bundles;
    fake.publish('two', 2, { bundles: [...bundles].reverse() });
    await settle();
    expect(find<HTMLInputElement>('input[value="claude-id"]').checked).toBe(true);
    expect(find('h1').textContent).toBe('13.3 GB');
  });

  test('a bundle is chosen, and everything is about it', async () => {
    const fake = await open('two');
    await click(find('input[value="claude-3p-id"]'));
    expect(find('h1').textContent).toBe('11.2 GB');
    expect(asked(fake, 'chart').at(-1)).toEqual(['claude-3p-id', 'day']);
    await click(button('Show files'));
    expect(asked(fake, 'show')).toEqual([['claude-3p-id']]);
  });

  test('the height is told before the first picture, and painted after', async () => {
    const fake = await open('calm');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(fake.calls.at(-1)).toEqual(['painted']);
  });
});

describe('the chart', () => {
  test('is asked for at once when the span changes, and rarely when data does', async () => {
    const fake = await open('calm');
    await click(find('input[value="week"]'));
    fake.publish('calm', 2);
    fake.publish('calm', 3);
    await settle();
    expect(asked(fake, 'chart')).toEqual([
      ['claude-id', 'day'],
      ['claude-id', 'week'],
    ]);
  });

  test('is asked for again after half a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const opened = open('calm');
    await vi.advanceTimersByTimeAsync(100);
    const fake = await opened;
    fake.publish('calm', 2);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(asked(fake, 'chart')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_500);
    vi.useRealTimers();
    expect(asked(fake, 'chart')).toHaveLength(2);
  });

  test('each point can be heard', async () => {
    await open('calm');
    const slider = find('input[type="range"]');
    expect(slider.getAttribute('aria-valuetext')).toBe('today, 12:00: 13.3 GB');
  });
});

describe('the sheet', () => {
  test('starts on cancel, and confirms what was seen', async () => {
    const fake = await open('calm', sheet);
    expect(document.activeElement).toBe(button('Cancel'));
    await click(button('Reclaim 9.8 GB'));
    expect(asked(fake, 'reclaim')).toEqual([['claude-id', 'rebuild', 'fingerprint']]);
    expect(find('h1').textContent).toBe('13.3 GB');
  });

  test('a VM that starts meanwhile disables it and leaves the focus', async () => {
    const fake = await open('calm', sheet);
    const confirm = button('Reclaim 9.8 GB');
    confirm.focus();
    fake.publish('running', 2);
    await settle();
    expect(asked(fake, 'sheet')).toHaveLength(2);
    expect(confirm.getAttribute('aria-disabled')).toBe('true');
    expect(document.activeElement).toBe(confirm);
    expect(find('#refusals').textContent).toContain('The VM is running');
    await click(confirm);
    expect(asked(fake, 'reclaim')).toEqual([]);
  });

  test('a plan that cannot be made anew is not confirmed', async () => {
    const fake = await open('calm', sheet);
    fake.refused.set('sheet', { sentence: 'It is gone.', hint: 'Look again.' });
    fake.publish('calm', 2);
    await settle();
    expect(button('Reclaim 9.8 GB').getAttribute('aria-disabled')).toBe('true');
    expect(find('[role="alert"]').textContent).toContain('It is gone.');
  });

  test('is left by Escape, back to the button that opened it', async () => {
    const fake = await open('act');
    await click(button('Reclaim 9.8 GB…'));
    await press('Escape');
    expect(document.activeElement).toBe(button('Reclaim 9.8 GB…'));
    expect(asked(fake, 'close')).toEqual([]);
    await press('Escape');
    expect(asked(fake, 'close')).toHaveLength(1);
  });
});

describe('settings', () => {
  test('wrong fields say what to write instead', async () => {
    await open('calm', { name: 'settings' }, (fake) => (fake.formNamed = 'wrong'));
    const limit = find<HTMLInputElement>('#limit');
    expect(limit.getAttribute('aria-invalid')).toBe('true');
    expect(find(`#${limit.getAttribute('aria-describedby')}`).textContent).toContain('at least 1 GB');
    expect(find('#reserve').getAttribute('aria-invalid')).toBe('false');
  });

  test('are saved as typed, and say so', async () => {
    const fake = await open('calm', { name: 'settings' });
    const limit = find<HTMLInputElement>('#limit');
    limit.value = '20 GB';
    limit.dispatchEvent(new Event('input', { bubbles: true }));
    await click(find('input[type="radio"][value="wide"]'));
    await click(find('fieldset:not([role]) input[type="checkbox"]'));
    fake.formNamed = 'saved';
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await settle();
    const expected = { limit: '20 GB', icon: 'wide', ignored: ['c658a14f069d1907'] };
    expect(asked(fake, 'save')[0]?.[0]).toMatchObject(expected);
    expect(find('.saved').textContent).toBe('Saved');
  });

  test('a refusal keeps what was typed', async () => {
    const fake = await open('calm', { name: 'settings' });
    fake.refused.set('save', { sentence: 'The disk is full.', hint: 'Make room.' });
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await settle();
    expect(find('[role="alert"]').textContent).toContain('The disk is full.');
    expect(find<HTMLInputElement>('#limit').value).toBe('12 GB');
  });

  test('offer no menu that would pop up', async () => {
    await open('calm', { name: 'settings' });
    expect(document.querySelector('select, datalist')).toBeNull();
  });
});

describe('messages', () => {
  test('a refused command is shown with its hint until it is put away', async () => {
    const fake = await open('done');
    fake.refused.set('undo', { sentence: 'The copy is damaged.', hint: 'Keep it.' });
    await click(button('Bring back'));
    expect(find('[role="alert"]').textContent).toMatch(/The copy is damaged\.\s*Keep it\./);
    await click(button('Close message'));
    expect(find('[role="alert"]').textContent).toBe('');
    expect(asked(fake, 'dismiss')).toEqual([]);
  });

  test('a core that does not answer is said in its own words', async () => {
    const fake = await open('calm');
    fake.refused.set('show', 'channel closed');
    await click(button('Show files'));
    expect(find('[role="alert"]').textContent).toContain(fake.view().labels.no_answer);
  });

  test('the first question may be refused too', async () => {
    await open('calm', calm, (fake) => fake.refused.set('opened', { sentence: 'Not yet.', hint: 'Wait.' }));
    expect(find('[role="alert"]').textContent).toContain('Not yet.');
  });

  test('what is going on can be stopped', async () => {
    const fake = await open('busy');
    await click(button('Stop'));
    expect(asked(fake, 'stop')).toHaveLength(1);
  });
});

test('the tray leads to a place', async () => {
  const fake = await open('calm');
  fake.lead_to({ name: 'about' });
  await settle();
  expect(find('h1').textContent).toBe('About Plimsoll');
  expect(document.body.textContent).toContain('Version 0.1.0');
});

describe('a closed folder', () => {
  test('is explained, and another can be chosen', async () => {
    const fake = await open('denied');
    expect(find('.closed').textContent).toContain('is blocked');
    await click(button('Choose Folder…'));
    expect(asked(fake, 'choose_folder')).toEqual([[]]);
    expect(find('.closed').querySelectorAll('button')).toHaveLength(1);
  });

  test('leads to the settings where the system has some for it', async () => {
    const fake = await open('denied');
    const { closed } = fake.view();
    if (closed === null) throw new Error('not closed');
    fake.publish('denied', 2, { closed: { ...closed, settings: 'Open Privacy Settings' } });
    await settle();
    await click(button('Open Privacy Settings'));
    expect(asked(fake, 'privacy_settings')).toEqual([[]]);
  });
});
