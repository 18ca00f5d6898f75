// Builds what the package brings along, so that an installation needs no compiler:
//
//   node scripts/prebuild.js [linux-x64 linux-arm64 win32-x64 …]     this system's without a name
//
// To prebuilds/SYSTEM, with the C library in the file's name where there are several. The new one
// takes the place of the old one in one step: tests that use it go on.
'use strict';

const { execFileSync } = require('node:child_process');
const { mkdirSync, readdirSync, statSync } = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const prebuildify = promisify(require('prebuildify'));
const { CROSS, folderOf, own, root } = require('./systems');

/** The newest version of a library that a file asks for: older systems compile for themselves. */
function needs(file, library) {
  const symbols = execFileSync('objdump', ['-T', file], { encoding: 'utf8' });
  const versions = [...symbols.matchAll(new RegExp(`\\(${library}_([\\d.]+)\\)`, 'g'))];
  return versions
    .map(([, version]) => version)
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1);
}

async function prebuild(system) {
  const [platform, arch] = system.split('-');
  const prebuilt = path.join(root, 'prebuilds', system);
  mkdirSync(folderOf(system), { recursive: true });
  await prebuildify({
    name: 'named-shm',
    cwd: folderOf(system),
    out: root,
    platform,
    arch,
    napi: true,
    targets: [process.versions.node],
    tagLibc: platform === 'linux',
    strip: true,
    stripBin: CROSS[system]?.strip ?? 'strip',
    nodeGyp: `"${process.execPath}" "${path.join(__dirname, 'build-for.js')}" ${system}`,
    shell: true,
  });
  for (const file of readdirSync(prebuilt)) {
    const whole = path.join(prebuilt, file);
    const size = `${Math.ceil(statSync(whole).size / 1024)} KiB`;
    const libraries = file.includes('glibc')
      ? ['GLIBC', 'GLIBCXX'].map((library) => `${library} ${needs(whole, library)}`)
      : [];
    console.log([path.relative(root, whole), size, ...libraries].join(', '));
  }
}

async function main() {
  const named = process.argv.slice(2);
  for (const system of named.length > 0 ? named : [own]) await prebuild(system);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
