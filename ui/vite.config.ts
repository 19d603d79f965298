import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// In mode `fixtures` the page talks to a fake core over the recorded views; it is built away from what the app embeds.
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [svelte()],
  resolve: {
    alias: mode === 'fixtures' ? [{ find: /^\.\/backend$/, replacement: here('tests/fake.ts') }] : [],
    // Vitest would take Svelte's server build without it.
    ...(process.env['VITEST'] ? { conditions: ['browser'] } : {}),
  },
  build: {
    outDir: mode === 'fixtures' ? 'target/pages' : 'dist',
    emptyOutDir: true,
    // macOS 13 came with 16.1.
    target: 'safari16',
    modulePreload: false as const,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: { entryFileNames: 'plimsoll.js', assetFileNames: 'plimsoll[extname]', codeSplitting: false },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/unit/*.test.ts'] },
}));
