import { flushSync, mount, unmount } from 'svelte';
import { afterEach } from 'vitest';
import App from '../../src/App.svelte';
import type { Place } from '../../src/bindings';
import { Fake } from '../fake';

let shown: ReturnType<typeof mount> | null = null;

/** Lets every pending answer arrive and be drawn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    flushSync();
  }
}

/** Opens the panel over a fake core. */
export async function open(state: string, place: Place = { name: 'stand' }, prepare?: (fake: Fake) => void) {
  const fake = new Fake(state, place);
  prepare?.(fake);
  shown = mount(App, { target: document.body, props: { backend: fake } });
  await settle();
  return fake;
}

export function find<T extends Element = HTMLElement>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`nothing matches ${selector}`);
  return found;
}

export function button(text: string): HTMLButtonElement {
  const named = (element: Element) => (element.getAttribute('aria-label') ?? element.textContent).trim() === text;
  const found = [...document.querySelectorAll('button')].find(named);
  if (found === undefined) throw new Error(`no button ${text}`);
  return found;
}

export async function click(element: HTMLElement): Promise<void> {
  element.click();
  await settle();
}

export async function press(key: string): Promise<void> {
  window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await settle();
}

export function asked(fake: Fake, command: string): unknown[][] {
  return fake.calls.filter(([name]) => name === command).map(([, ...args]) => args);
}

afterEach(async () => {
  if (shown !== null) await unmount(shown);
  shown = null;
});
