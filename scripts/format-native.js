// Runs clang-format over native/ and the C programs of bench/; with --check only tells.
'use strict';

const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

function sourcesBelow(folder) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .map((file) => path.join(folder, file))
    .filter((file) => /\.(cc|h|c)$/.test(file));
}

const binary = path.join(
  path.dirname(require.resolve('clang-format/package.json')),
  'bin',
  `${process.platform}_${process.arch}`,
  'clang-format',
);
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
const files = [...sourcesBelow('native'), ...sourcesBelow('bench')];
const { status, error } = spawnSync(binary, [...mode, ...files], { cwd: root, stdio: 'inherit' });
if (error) throw error;
process.exitCode = status;
