// The same suite on Windows, less what test/support/not-on-windows.js lists.
'use strict';

const base = require('./jest.config.js');
const { files } = require('./test/support/not-on-windows.js');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testEnvironment: '<rootDir>/test/support/windows-environment.js',
  testTimeout: 300_000,
  testPathIgnorePatterns: Object.keys(files).map((file) => `[/\\\\]${file}\\.test\\.ts$`),
};
