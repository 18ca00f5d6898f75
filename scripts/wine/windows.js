// A Windows on this Linux: Wine, a real node.exe, and what Jest needs there.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const { closeSync, existsSync, mkdirSync, openSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { installInto, root } = require('../systems');

const folder = path.join(root, 'out', 'wine');
const WINE = '/usr/lib/wine/wine64';
const RESOLVER = '@unrs/resolver-binding-win32-x64-msvc';

/** As Windows programs see a file of this system. */
function toWindows(file) {
  return `Z:${file.replaceAll('/', '\\')}`;
}

function run(command, args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
}

function nodeExe(major) {
  return run(process.execPath, ['scripts/node-versions.js', 'fetch', 'win32-x64', major]);
}

/** Jest's resolver is native, too: npm ci has installed this system's. */
function installResolver() {
  const { version } = require('unrs-resolver/package.json');
  const installed = path.join(folder, 'node_modules', RESOLVER);
  const library = path.join(installed, 'bcryptprimitives.dll');
  if (existsSync(library)) return;
  installInto(folder, `${RESOLVER}@${version}`);
  const source = path.join(__dirname, 'bcryptprimitives.c');
  run('x86_64-w64-mingw32-gcc', ['-shared', '-s', '-o', library, source, '-ladvapi32']);
}

/** Makes sure that all is there; throws with what to install where it is not. */
function prepare() {
  if (!existsSync(WINE)) throw new Error('Wine is missing: apt-get install wine64');
  mkdirSync(folder, { recursive: true });
  installResolver();
}

/** Runs a program in node.exe; its output gets to a file (Node fails on one of Wine's pipes). */
function runNode(major, args, { log }) {
  const output = openSync(log, 'w');
  const { status, signal, error } = spawnSync(WINE, [nodeExe(major), ...args], {
    cwd: root,
    stdio: ['ignore', output, output],
    env: {
      ...process.env,
      NAMED_SHM_NODE_MATRIX: 'running',
      NAMED_SHM_TEST_SLOWNESS: '5',
      PREBUILDS_ONLY: '1',
      NODE_PATH: toWindows(path.join(folder, 'node_modules')),
      NODE_SKIP_PLATFORM_CHECK: '1',
      WINEDEBUG: '-all',
      WINEPREFIX: path.join(folder, 'prefix'),
    },
  });
  closeSync(output);
  if (error) throw error;
  return { ended: signal ?? status, text: readFileSync(log, 'utf8') };
}

module.exports = { folder, prepare, root, runNode, toWindows };
