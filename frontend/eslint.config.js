import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/lib/paraglide', 'src/lib/api/openapi.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
  },
  {
    rules: {
      'no-undef': 'off', // TypeScript's task
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'max-lines': ['error', { max: 260, skipBlankLines: true, skipComments: true }],
      // Addresses are #/places of this one page: there is no base path to resolve them against.
      'svelte/no-navigation-without-resolve': 'off',
      // Maps and sets in private fields are bookkeeping; what is shown is in $state and replaced whole.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-unused-private-class-members': 'off', // it takes ??= for no use; TypeScript checks this
    },
  },
  { files: ['src/test/**', 'e2e/**'], rules: { 'max-lines': 'off' } },
)
