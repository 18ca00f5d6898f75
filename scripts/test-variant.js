// test-variant.js asan|fallback|portable|arm64|nodes [what Jest takes]: runs tests with an addon that was
// built otherwise, or on another Node. `npm run test:VARIANT` builds first.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { environmentArm64, nodeArm64 } = require('./qemu/arm64');
const { root } = require('./systems');

/**
 * AddressSanitizer and UndefinedBehaviorSanitizer, over the tests that work the native side
 * hardest. A report in any process fails the run, also where the test that caused it passes.
 */
const asan = {
  build: path.join(root, 'out', 'asan'),
  /** Beginnings of test files' names. */
  tests: [
    'close',
    'limits',
    'lock',
    'mapped-file',
    'never-crash',
    'semaphore',
    'shared-array',
    'shared-memory',
    'sync-(abort|barrier|close|condition|contract|event(?!-)|mutex|rlock|rw-lock|semaphore|wrong)',
    'truncation',
    'views',
    'wasm-window',
  ],
  symbols: ['__asan_report_load8', '__ubsan_handle_type_mismatch_v1_abort'],
  reports: path.join(root, 'out', 'asan', 'reports'),

  environment() {
    const common = `log_path=${path.join(this.reports, 'report')}:print_stacktrace=1`;
    return {
      // Before all other libraries: the program itself, Node, was built without.
      LD_PRELOAD: runtimeLibrary('libasan.so'),
      // SIGBUS is ours to handle, and to pass on. Node leaks by design when it exits.
      ASAN_OPTIONS: `${common}:detect_leaks=0:handle_sigbus=0:strict_string_checks=1`,
      UBSAN_OPTIONS: common,
    };
  },

  begin() {
    rmSync(this.reports, { recursive: true, force: true });
    mkdirSync(this.reports, { recursive: true });
    chmodSync(this.reports, 0o1777); // Some tests run programs as another user.
    // The tests would run without the sanitizers and pass all the same.
    const { stderr } = load(this, { ASAN_OPTIONS: 'detect_leaks=0:verbosity=1' });
    if (!/AddressSanitizer Init done/.test(stderr))
      throw new Error(`AddressSanitizer did not start:\n${stderr}`);
  },

  /** How many have failed that no test has noticed. */
  end() {
    const written = readdirSync(this.reports);
    for (const report of written)
      console.error(readFileSync(path.join(this.reports, report), 'utf8'));
    if (written.length > 0)
      console.error(`${written.length} sanitizer reports, in ${this.reports}`);
    return written.length;
  },
};

/** What systems without futexes and file locks of their own get: all that locks promise. */
const fallback = {
  build: path.join(root, 'out', 'fallback'),
  tests: [
    'lock',
    'semaphore',
    'sync-(abort|apart|arguments|barrier|close|condition|contract|event(?!-)|mutex|names|rlock|run)',
    'sync-(rw-lock|semaphore|wrong)',
  ],
  symbols: ['/tmp/named-shm-liveness'],
};

/** The same of this system's own, as on systems that have not been tested by hand. */
const portable = { tests: fallback.tests };

/**
 * Another processor's pages, atomics and system calls, as far as qemu has them: it can't map a
 * segment into a WebAssembly memory (its mremap refuses an old size of 0).
 */
const arm64 = {
  tests: [
    'close\\.',
    'lock',
    'semaphore',
    'shared-',
    'sync-(contract|mutex\\.|rw-lock\\.)',
    'torture',
    'truncation',
  ],
  node: () => nodeArm64('20'),
  environment() {
    return { ...environmentArm64(this.node()), NAMED_SHM_TEST_SLOWNESS: '10' };
  },
};

/** One binary for all: Node-API's promise. */
const nodes = ['20', '22', '24', '26'].map((major) => ({
  tests: [
    'close\\.',
    'lock',
    'mapped-file',
    'never-crash-(arguments|objects)',
    'semaphore',
    'shareable-list\\.',
    'shared-',
    'sync-(abort|close|contract|event|mutex\\.|rw-lock)',
    'truncation',
    'views',
    'wasm-window',
  ],
  node: () => installedNode(major),
}));

function installedNode(major) {
  const script = path.join(__dirname, 'node-versions.js');
  const list = JSON.parse(execFileSync(process.execPath, [script, 'list'], { encoding: 'utf8' }));
  const found = list.find(({ version }) => version.startsWith(`${major}.`));
  if (!found)
    throw new Error(`Node ${major} is missing: node scripts/node-versions.js install ${major}`);
  return found.path;
}

function runtimeLibrary(name) {
  const compiler = process.env.CXX ?? 'g++';
  return execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
}

/** Where Node has to find it: in a build of the variant's own, else in what the package brings. */
function addonOf({ build }) {
  return build
    ? { folder: build, environment: { NAMED_SHM_PREBUILD: build } }
    : { folder: path.join(root, 'prebuilds'), environment: { PREBUILDS_ONLY: '1' } };
}

function start(variant, args, { environment, ...options }) {
  const result = spawnSync(variant.node?.() ?? process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      ...addonOf(variant).environment,
      NAMED_SHM_NODE_MATRIX: 'running',
      ...variant.environment?.(),
      ...environment,
    },
    ...options,
  });
  if (result.error) throw result.error;
  return result;
}

/** Loads the addon in a program of its own, and fails where that is not the one to be tested. */
function load(variant, environment) {
  const script = `
    require(${JSON.stringify(root)});
    const addons = Object.keys(require.cache).filter((file) => file.endsWith('.node'));
    console.log(JSON.stringify({ node: process.version, arch: process.arch, addons }));
  `;
  const loaded = start(variant, ['-e', script], { environment, encoding: 'utf8' });
  if (loaded.status !== 0)
    throw new Error(`the addon does not load:\n${loaded.stdout}${loaded.stderr}`);
  const { node, arch, addons } = JSON.parse(loaded.stdout.trim().split('\n').at(-1));
  const { folder } = addonOf(variant);
  if (addons.length !== 1 || !addons[0].startsWith(folder + path.sep))
    throw new Error(`not the addon below ${folder} was loaded, but ${addons}`);
  const code = readFileSync(addons[0]);
  for (const symbol of variant.symbols ?? [])
    if (!code.includes(symbol)) throw new Error(`${addons[0]} was built without ${symbol}`);
  console.log(`Node ${node} on ${arch}, ${path.relative(root, addons[0])}`);
  return loaded;
}

/** Whether all tests passed. */
function test(variant, jestArgs) {
  variant.begin?.();
  load(variant);
  const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
  const pattern = `/test/(${variant.tests.join('|')})[^/]*\\.test\\.ts$`;
  const args = [jest, '--runInBand', ...(jestArgs.length > 0 ? jestArgs : [pattern])];
  const { status, signal } = start(variant, args, { stdio: 'inherit' });
  if (signal) console.error(`Jest ended by ${signal}`);
  return (variant.end?.() ?? 0) === 0 && status === 0;
}

const [name, ...jestArgs] = process.argv.slice(2);
const variants = {
  asan: [asan],
  fallback: [fallback],
  portable: [portable],
  arm64: [arm64],
  nodes,
}[name];
if (!variants)
  throw new Error('usage: test-variant.js asan|fallback|portable|arm64|nodes [what Jest takes]');
if (!variants.map((variant) => test(variant, jestArgs)).every(Boolean)) process.exitCode = 1;
