// The versions of Node that tests run their child programs on.
//
//   node scripts/node-versions.js install 20 22 24 26   fetches them from the npm registry
//   node scripts/node-versions.js list                  tells what is here, as JSON
//   node scripts/node-versions.js fetch win32-x64 22    one for another system; tells its path
//
// The list is the running Node and, of every other major version, what is installed below
// out/node-versions. NAMED_SHM_NODE_MATRIX=required makes a missing version an error,
// NAMED_SHM_NODE_MATRIX=running leaves only the running one.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');
const { installInto, own, root } = require('./systems');

const SUPPORTED = ['20', '22', '24', '26'];

const folder = path.join(root, 'out', 'node-versions');
const running = process.versions.node;

function isRunning(major) {
  return running.startsWith(`${major}.`);
}

function prefixOf(major, system = own) {
  return path.join(folder, system === own ? major : `${system}-${major}`);
}

function packageOf(system) {
  return `node-${system.replace('win32', 'win')}`;
}

function binaryOf(major, system = own) {
  const file = system.startsWith('win32') ? 'node.exe' : 'node';
  return path.join(prefixOf(major, system), 'node_modules', packageOf(system), 'bin', file);
}

function fetch(major, system = own) {
  if (!/^\d+$/.test(major)) throw new Error(`not a major version of Node: ${major}`);
  installInto(prefixOf(major, system), `${packageOf(system)}@${major}`);
}

/** The exact version of an installed one; undefined where there is none that runs. */
function versionOf(major) {
  const binary = binaryOf(major);
  if (!existsSync(binary)) return undefined;
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().slice(1) : undefined;
}

function install(majors) {
  for (const major of majors) {
    if (isRunning(major)) {
      console.log(`Node ${running}: ${process.execPath}`);
      continue;
    }
    if (versionOf(major) === undefined) fetch(major);
    console.log(`Node ${versionOf(major)}: ${binaryOf(major)}`);
  }
}

function fetchOnce(major, system) {
  const binary = binaryOf(major, system);
  if (!existsSync(binary)) fetch(major, system);
  console.log(binary);
}

function list() {
  const versions = [{ version: running, path: process.execPath }];
  if (process.env.NAMED_SHM_NODE_MATRIX === 'running') return versions;
  const missing = [];
  for (const major of SUPPORTED) {
    if (isRunning(major)) continue;
    const version = versionOf(major);
    if (version === undefined) missing.push(major);
    else versions.push({ version, path: binaryOf(major) });
  }
  if (missing.length > 0 && process.env.NAMED_SHM_NODE_MATRIX === 'required') {
    throw new Error(
      `these versions of Node are not installed: run ` +
        `"node scripts/node-versions.js install ${missing.join(' ')}"`,
    );
  }
  return versions;
}

const [command, ...majors] = process.argv.slice(2);
try {
  if (command === 'install' && majors.length > 0) install(majors);
  else if (command === 'list') console.log(JSON.stringify(list()));
  else if (command === 'fetch' && majors.length === 2) fetchOnce(majors[1], majors[0]);
  else throw new Error('usage: node-versions.js list | install MAJOR… | fetch SYSTEM MAJOR');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
