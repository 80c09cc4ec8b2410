import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'interop/',
      'engines/',
      '*.js',
      '**/*.mjs',
      'scripts/',
      'dist/',
      'node_modules/',
      'coverage/',
      '__tests__/fixtures/',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    // One program for each. The project service makes another one for a file with a hashbang, whose text ESLint changes.
    languageOptions: { parserOptions: { project: ['tsconfig.json', 'src/server/page/tsconfig.json'] } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/require-await': 'off',
      // Half of the time of all rules. The code has no enums, and TypeScript refuses other objects for a class with private fields.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // The Assistants API, which this project serves, is deprecated as a whole.
      '@typescript-eslint/no-deprecated': 'off',
      // TypeScript's own noUnusedLocals and noUnusedParameters say the same.
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/promise-function-async': ['error', { checkArrowFunctions: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['__tests__/**'],
    rules: {
      // A quarter of the time of ESLint. The matchers of Jest are `any`; the rules that refuse to use one stay.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
