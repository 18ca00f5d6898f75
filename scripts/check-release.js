// What has to be there before the package is published: node scripts/check-release.js vX.Y.Z
'use strict';

const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { root } = require('./systems');

const PREBUILDS = [
  'darwin-arm64/named-shm.node',
  'darwin-x64/named-shm.node',
  'linux-arm64/named-shm.glibc.node',
  'linux-x64/named-shm.glibc.node',
  'linux-x64/named-shm.musl.node',
  'win32-x64/named-shm.node',
];

const { version, repository } = require('../package.json');
const changes = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
const tag = process.argv[2];

const problems = [
  tag !== `v${version}` && `the tag is ${tag}, the package's version ${version}`,
  !changes.split('\n').includes(`## ${version}`) && `CHANGELOG.md has no part "## ${version}"`,
  !repository && 'package.json names no repository, which npm compares with the provenance',
  ...PREBUILDS.map(
    (file) => !existsSync(path.join(root, 'prebuilds', file)) && `prebuilds/${file} is missing`,
  ),
].filter(Boolean);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
