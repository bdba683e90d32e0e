// Tests run on the sources: a change in @patron/log is seen by the tests of @patron/core without a build.
/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
  moduleNameMapper: {
    '^@patron/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@patron/([^/]+)/(.+)$': '<rootDir>/packages/$1/src/$2.ts',
  },
  testMatch: [
    '<rootDir>/packages/*/src/**/*.test.ts',
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/examples/*/test/**/*.test.ts',
    '<rootDir>/tools/**/*.test.ts',
  ],
  modulePathIgnorePatterns: ['<rootDir>/.cache', '/dist/'],
  testTimeout: 30_000,
};
