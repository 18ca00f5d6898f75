// Builds the addon for another system than this one.
//
//   node scripts/cross-build.js win32-x64 | linux-arm64
//
// It gets to out/cross/prebuilds; NAMED_SHM_PREBUILD=out/cross makes Node load it from there.
'use strict';

const { execFileSync } = require('node:child_process');
const { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const headers = path.dirname(require.resolve('node-api-headers/package.json'));

const TARGETS = {
  'win32-x64': {
    // The one with POSIX threads: the other one lacks std::mutex.
    compiler: 'x86_64-w64-mingw32-g++-posix',
    strip: 'x86_64-w64-mingw32-strip',
    system: 'Windows',
    processor: 'x86_64',
    packages: 'g++-mingw-w64-x86-64',
    libraries: (folder) => `${nodeImportLibrary(folder)};delayimp`,
  },
  'linux-arm64': {
    compiler: 'aarch64-linux-gnu-g++',
    strip: 'aarch64-linux-gnu-strip',
    system: 'Linux',
    processor: 'aarch64',
    packages: 'g++-aarch64-linux-gnu',
    libraries: () => '',
  },
};

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

function build(name) {
  const target = TARGETS[name];
  if (target === undefined)
    throw new Error(`usage: cross-build.js ${Object.keys(TARGETS).join(' | ')}`);
  try {
    execFileSync(target.compiler, ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error(`${target.compiler} is missing: apt-get install ${target.packages}`);
  }
  const folder = path.join(root, 'out', 'cross', name);
  mkdirSync(folder, { recursive: true });
  const options = {
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_SYSTEM_NAME: target.system,
    CMAKE_SYSTEM_PROCESSOR: target.processor,
    CMAKE_CXX_COMPILER: target.compiler,
    CMAKE_JS_INC: path.join(headers, 'include'),
    CMAKE_JS_LIB: target.libraries(folder),
    NAMED_SHM_WERROR: 'ON',
  };
  const defined = Object.entries(options).map(([key, value]) => `-D${key}=${value}`);
  run('cmake', ['-S', root, '-B', folder, '--log-level=WARNING', ...defined]);
  run('cmake', ['--build', folder, '--parallel', '--', '--no-print-directory']);
  const addon = path.join(root, 'out', 'cross', 'prebuilds', name, 'named-shm.node');
  mkdirSync(path.dirname(addon), { recursive: true });
  copyFileSync(path.join(folder, 'named_shm.node'), addon);
  run(target.strip, [addon]);
  console.log(path.relative(root, addon));
}

build(process.argv[2]);
