'use strict';

const js = require('@eslint/js');
const { defineConfig } = require('eslint/config');
const tseslint = require('typescript-eslint');

const node = Object.fromEntries(
  ['require', 'module', 'process', 'console', '__dirname', 'Buffer'].map((name) => [
    name,
    'readonly',
  ]),
);

const browser = Object.fromEntries(
  [
    'document',
    'EventSource',
    'getComputedStyle',
    'localStorage',
    'matchMedia',
    'requestAnimationFrame',
    'ResizeObserver',
    'setTimeout',
  ].map((name) => [name, 'readonly']),
);

module.exports = defineConfig(
  { ignores: ['build/', 'dist/', 'out/', 'prebuilds/', 'examples/*/assembly/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['scripts/*/*.d.ts'] },
        tsconfigRootDir: __dirname,
      },
    },
    rules: {
      // Numbers in messages are what the messages are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Classes of static factories and `create(...)` without a variable are this library's manner.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
    },
  },
  {
    // One direction of imports: each folder knows only those below it.
    files: ['lib/core/**', 'lib/cleanup/**', 'lib/memory/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/list/*', '**/sync/*', '**/manager/*', '**/cli/*'] }] },
      ],
    },
  },
  {
    // Jest's matchers are `any`; wrong arguments and borrowed methods are what tests are about.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.js'],
    ignores: ['examples/*/web/**'],
    languageOptions: { globals: node, sourceType: 'commonjs' },
  },
  {
    files: ['examples/*/web/**/*.js'],
    languageOptions: { globals: browser, sourceType: 'module' },
  },
);
