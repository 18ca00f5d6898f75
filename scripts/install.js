// `npm install`'s step for the native addon: take the prebuilt one where it loads, else build it.
'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');

function loads() {
  // In a process of its own: an addon that is loaded here could not be replaced on Windows.
  const script = 'require("node-gyp-build")(process.argv[1])';
  return spawnSync(process.execPath, ['-e', script, root], { cwd: root }).status === 0;
}

function run(command, args) {
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', shell }).status === 0;
}

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** In a checkout cmake-js and the headers are installed and nothing is downloaded. */
function buildWithCmake() {
  let cli;
  try {
    cli = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  } catch {
    return false;
  }
  return has('cmake') && run(process.execPath, [cli, 'build', '--log-level', 'error']);
}

function buildWithGyp() {
  const bundled = process.env.npm_config_node_gyp;
  return bundled
    ? run(process.execPath, [bundled, 'rebuild'])
    : run('npx', ['--yes', 'node-gyp', 'rebuild']);
}

if (!loads() && !buildWithCmake() && !buildWithGyp()) {
  console.error(`
named-shm has no prebuilt addon for ${process.platform}-${process.arch}, and building it failed. It needs
Python 3, make and a C++17 compiler:
  Debian, Ubuntu   apt-get install python3 make g++
  Alpine           apk add python3 make g++ linux-headers
  Fedora           dnf install python3 make gcc-c++
  macOS            xcode-select --install
  Windows          "Desktop development with C++" of the Visual Studio Build Tools, and Python 3
Then run "npm rebuild named-shm".`);
  process.exitCode = 1;
}
