// An arm64 system on this one: qemu's user mode, a real node, and what Jest needs there.
'use strict';

const { execFileSync } = require('node:child_process');
const { chmodSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { installInto, root } = require('../systems');

const folder = path.join(root, 'out', 'qemu');
const QEMU = 'qemu-aarch64-static';
const LIBRARIES = '/usr/aarch64-linux-gnu';
const RESOLVER = '@unrs/resolver-binding-linux-arm64-gnu';

function run(command, args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
}

/** Jest's resolver is native, too: npm ci has installed this system's. */
function installResolver() {
  if (existsSync(path.join(folder, 'node_modules', RESOLVER))) return;
  const { version } = require('unrs-resolver/package.json');
  installInto(folder, `${RESOLVER}@${version}`);
}

/**
 * A command that is Node for arm64. The system can't execute such a program, so that what a test
 * calls `process.execPath` has to be this command again: as-arm64.js, which each of them loads.
 */
function nodeArm64(major) {
  if (!existsSync(LIBRARIES) || !existsSync(`/usr/bin/${QEMU}`))
    throw new Error(
      'no arm64 here: apt-get install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross',
    );
  mkdirSync(folder, { recursive: true });
  installResolver();
  const node = run(process.execPath, ['scripts/node-versions.js', 'fetch', 'linux-arm64', major]);
  const command = path.join(folder, `node-${major}`);
  writeFileSync(command, `#!/bin/sh\nexec ${QEMU} -L ${LIBRARIES} '${node}' "$@"\n`);
  chmodSync(command, 0o755);
  return command;
}

/** For every program that the tests start. */
function environmentArm64(command) {
  return {
    CC: 'aarch64-linux-gnu-gcc',
    NAMED_SHM_NODE_ARM64: command,
    NODE_OPTIONS: `--require=${path.join(__dirname, 'as-arm64.js')}`,
    NODE_PATH: path.join(folder, 'node_modules'),
  };
}

module.exports = { environmentArm64, nodeArm64 };
