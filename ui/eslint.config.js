import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const onlyBackend = {
  patterns: [{ group: ['@tauri-apps/*'], message: 'Only src/backend.ts talks to the core; take it as a `Backend`.' }],
};

export default ts.config(
  { ignores: ['dist/', 'target/', 'node_modules/', 'src/bindings.ts'] },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['src/**'],
    ignores: ['src/backend.ts'],
    rules: { 'no-restricted-imports': ['error', onlyBackend] },
  },
  {
    // Strict CSP: no inline style or markup may reach the page. `style:` directives set properties, which is allowed.
    files: ['src/**/*.svelte'],
    rules: {
      'svelte/no-at-html-tags': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'SvelteAttribute[key.name="style"]', message: 'The policy forbids style attributes.' },
      ],
    },
  },
);
