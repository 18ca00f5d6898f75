'use strict';

/** @type {import('jest').Config} */
module.exports = {
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/test/tsconfig.json' }] },
  globalSetup: '<rootDir>/test/support/before-all.ts',
  globalTeardown: '<rootDir>/test/support/after-all.ts',
  // They have scripts of their own, test:win and test:tarball.
  testPathIgnorePatterns: ['/node_modules/', '/test/(windows|tarball)\\.test\\.ts$'],
  // They mostly wait, for the programs that they start.
  maxWorkers: '100%',
  testTimeout: 60_000,
};
