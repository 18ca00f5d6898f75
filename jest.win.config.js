// The same suite on Windows, less what test/support/not-on-windows.js lists.
'use strict';

const base = require('./jest.config.js');
const { existsSync } = require('node:fs');
const path = require('node:path');
const { files, tests } = require('./test/support/not-on-windows.js');

for (const file of [...Object.keys(files), ...Object.keys(tests)]) {
  if (!existsSync(path.join(__dirname, 'test', `${file}.test.ts`)))
    throw new Error(`not-on-windows.js names a test file that is not there: ${file}`);
}

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testEnvironment: '<rootDir>/test/support/windows-environment.js',
  testTimeout: 300_000,
  testPathIgnorePatterns: Object.keys(files).map((file) => `[/\\\\]${file}\\.test\\.ts$`),
};
