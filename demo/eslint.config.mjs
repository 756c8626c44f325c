// Rules for the storefront sample: the recommended ones, the security plug-in and some upkeep.
import js from '@eslint/js';
import security from 'eslint-plugin-security';

export default [
  js.configs.recommended,
  security.configs.recommended,
  {
    languageOptions: {
      sourceType: 'commonjs',
      globals: { Buffer: 'readonly', __dirname: 'readonly', console: 'readonly', module: 'writable', process: 'readonly', require: 'readonly' },
    },
    rules: {
      'consistent-return': 'warn',
      eqeqeq: 'error',
      'no-console': 'warn',
      'no-eval': 'error',
      'no-var': 'error',
      'object-shorthand': 'warn',
      'prefer-template': 'warn',
    },
  },
];
