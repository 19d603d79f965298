// @vitest-environment node
import { parse } from 'svelte/compiler';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../src/', import.meta.url);
const components = readdirSync(folder).filter((name) => name.endsWith('.svelte'));

const spoken = ['aria-label', 'aria-valuetext', 'title', 'alt', 'placeholder'];

type Piece = { type?: string; data?: string; name?: string };

/** Text that people would read or hear; other attributes are for the machine. */
function words(piece: unknown): string[] {
  if (Array.isArray(piece)) return piece.flatMap(words);
  if (typeof piece !== 'object' || piece === null) return [];
  const { type, data, name } = piece as Piece;
  if (type === 'Text') return [data ?? ''];
  if (type === 'StyleDirective') return [];
  if (type === 'Attribute' && !spoken.includes(name ?? '')) return [];
  return Object.values(piece).flatMap(words);
}

test.each(components)('%s has no words of its own', (name) => {
  const { fragment } = parse(readFileSync(new URL(name, folder), 'utf8'), { modern: true });
  expect(words(fragment.nodes).filter((text) => /\p{L}/u.test(text))).toEqual([]);
});
