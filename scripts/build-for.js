// Builds the addon for a system, this one or another, from the same list of sources:
//
//   node scripts/build-for.js linux-x64 | linux-arm64 | win32-x64 | …
//
// It gets to out/SYSTEM/build/Release.
'use strict';

const { execFileSync } = require('node:child_process');
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { CROSS, folderOf, own, root } = require('./systems');

const headers = path.dirname(require.resolve('node-api-headers/package.json'));

function run(command, args) {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** What Node-API exports from node.exe, looked up when it is first called. */
function nodeImportLibrary(folder) {
  const names = readdirSync(path.join(headers, 'def')).flatMap((file) =>
    readFileSync(path.join(headers, 'def', file), 'utf8')
      .split(/\r?\n/)
      .filter((line) => /^\w+$/.test(line) && line !== 'EXPORTS'),
  );
  const definition = path.join(folder, 'node.def');
  writeFileSync(definition, ['NAME node.exe', 'EXPORTS', ...new Set(names), ''].join('\n'));
  const library = path.join(folder, 'libnode.a');
  const delayed = ['--output-delaylib', library];
  run('x86_64-w64-mingw32-dlltool', ['-d', definition, '-D', 'node.exe', ...delayed]);
  return library;
}

function buildHere(folder) {
  const cli = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  run(process.execPath, [cli, 'build', '--out', folder, '--log-level', 'error']);
}

function buildAcross({ compiler, system, processor, packages }, folder) {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error(`${compiler} is missing: apt-get install ${packages}`);
  }
  const options = {
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_SYSTEM_NAME: system,
    CMAKE_SYSTEM_PROCESSOR: processor,
    CMAKE_CXX_COMPILER: compiler,
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: path.join(folder, 'Release'),
    CMAKE_RUNTIME_OUTPUT_DIRECTORY: path.join(folder, 'Release'),
    CMAKE_JS_INC: path.join(headers, 'include'),
    CMAKE_JS_LIB: system === 'Windows' ? `${nodeImportLibrary(folder)};delayimp` : '',
    NAMED_SHM_WERROR: 'ON',
  };
  const defined = Object.entries(options).map(([key, value]) => `-D${key}=${value}`);
  run('cmake', ['-S', root, '-B', folder, '--log-level=WARNING', ...defined]);
  run('cmake', ['--build', folder, '--parallel', '--', '--no-print-directory']);
}

const name = process.argv[2];
const folder = path.join(folderOf(name), 'build');
if (name !== own && !CROSS[name]) {
  console.error(`usage: build-for.js ${[own, ...Object.keys(CROSS)].join(' | ')}`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
if (name === own) buildHere(folder);
else buildAcross(CROSS[name], folder);
console.log(path.relative(root, path.join(folder, 'Release')));
