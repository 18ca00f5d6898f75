// Removes everything that a build or a test makes.
'use strict';

const { rmSync } = require('node:fs');
const path = require('node:path');

for (const folder of ['build', 'dist', 'out', 'prebuilds'])
  rmSync(path.join(__dirname, '..', folder), { recursive: true, force: true });
