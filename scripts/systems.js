// Where the addon for each system gets to, and what builds it for another system than this one.
'use strict';

const path = require('node:path');

const root = path.join(__dirname, '..');
const own = `${process.platform}-${process.arch}`;

/** What the compiler for another system is called in Debian, and how it is told apart in CMake. */
const CROSS = {
  'win32-x64': {
    // The one with POSIX threads: the other one lacks std::mutex.
    compiler: 'x86_64-w64-mingw32-g++-posix',
    strip: 'x86_64-w64-mingw32-strip',
    system: 'Windows',
    processor: 'x86_64',
    packages: 'g++-mingw-w64-x86-64',
  },
  'linux-arm64': {
    compiler: 'aarch64-linux-gnu-g++',
    strip: 'aarch64-linux-gnu-strip',
    system: 'Linux',
    processor: 'aarch64',
    packages: 'g++-aarch64-linux-gnu',
  },
};

/** NAMED_SHM_PREBUILD=out/SYSTEM makes Node load the addon from there. */
function folderOf(system) {
  return path.join(root, 'out', system);
}

module.exports = { CROSS, folderOf, own, root };
