/**
 * @jest-config-loader-options {"transpileOnly": true}
 */
import type { Config } from 'jest';

const config: Config = {
  // Most tests wait more than they compute.
  maxWorkers: 4,
  testSequencer: '<rootDir>/__tests__/setup/sequencer.mjs',
  // A safety net for a slow machine, not a rule of a test.
  testTimeout: 120_000,
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/__tests__/fixtures/', '/node_modules/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.json' }] },
  testEnvironmentOptions: { customExportConditions: ['interven-source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  globalSetup: '<rootDir>/__tests__/setup/bundles.mjs',
  moduleNameMapper: { '^(openai|openai5|openai7|zod|hono)$': '<rootDir>/node_modules/.cache/bundled/$1.mjs' },
  testEnvironment: '<rootDir>/__tests__/setup/environment.mjs',
  setupFiles: ['<rootDir>/__tests__/setup/realm.ts'],
  setupFilesAfterEnv: ['<rootDir>/__tests__/setup/quiet.ts'],
};

export default config;
