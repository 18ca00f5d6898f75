// Loaded by every Node below `npm run test:arm64`, also by this system's own (npm is one).
'use strict';

if (process.arch === 'arm64') process.execPath = process.env.NAMED_SHM_NODE_ARM64;
