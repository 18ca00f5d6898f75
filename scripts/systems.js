// Where the addon for each system gets to, what builds it for another system than this one, and
// how a package for another system gets here.
'use strict';

const { execFileSync } = require('node:child_process');
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

/** Installs a package into a folder of its own: `--force`, it may be for another system. */
function installInto(folder, spec) {
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--force'];
  const args = ['install', '--prefix', folder, ...quiet, spec];
  execFileSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

module.exports = { CROSS, folderOf, installInto, own, root };
