// test-build.js asan|fallback: runs tests with an addon that was built otherwise, by
// `npm run build:asan` or `npm run build:fallback`.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/**
 * AddressSanitizer and UndefinedBehaviorSanitizer, over the tests that work the native side
 * hardest. A report in any process fails the run, also where the test that caused it passes.
 */
const asan = {
  prebuild: path.join(root, 'out', 'asan'),
  /** Beginnings of test files' names. */
  tests: [
    'close',
    'limits',
    'lock',
    'never-crash',
    'semaphore',
    'shared-array',
    'shared-memory',
    'sync-(abort|barrier|close|condition|contract|event(?!-)|mutex|rlock|rw-lock|semaphore|wrong)',
    'truncation',
    'views',
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
      NAMED_SHM_NODE_MATRIX: 'running',
    };
  },

  begin() {
    rmSync(this.reports, { recursive: true, force: true });
    mkdirSync(this.reports, { recursive: true });
    chmodSync(this.reports, 0o1777); // Some tests run programs as another user.
    // The tests would run without the sanitizers and pass all the same.
    const { stderr } = load({
      ...this.environment(),
      ASAN_OPTIONS: 'detect_leaks=0:verbosity=1',
    });
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
  prebuild: path.join(root, 'out', 'fallback'),
  tests: [
    'lock',
    'semaphore',
    'sync-(abort|apart|arguments|barrier|close|condition|contract|event(?!-)|mutex|names|rlock|run)',
    'sync-(rw-lock|semaphore|wrong)',
  ],
  symbols: ['/tmp/named-shm-liveness'],
  environment: () => ({}),
  begin: () => undefined,
  end: () => 0,
};

function runtimeLibrary(name) {
  const compiler = process.env.CXX ?? 'g++';
  return execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
}

const build = { asan, fallback }[process.argv[2]];
if (!build) throw new Error('usage: test-build.js asan|fallback');
const inherited = { ...process.env, NAMED_SHM_PREBUILD: build.prebuild };

/** Loads the addon in a program of its own, and fails where that is not the one to be tested. */
function load(environment) {
  const script = `
    require(${JSON.stringify(root)});
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    console.log(JSON.stringify([...new Set(maps.match(/\\/.*named_shm\\.node$/gm))]));
  `;
  const loaded = spawnSync(process.execPath, ['-e', script], {
    env: { ...inherited, ...environment },
    encoding: 'utf8',
  });
  if (loaded.status !== 0)
    throw new Error(`the addon does not load:\n${loaded.stdout}${loaded.stderr}`);
  const addons = JSON.parse(loaded.stdout.trim().split('\n').at(-1));
  if (addons.length !== 1 || !addons[0].startsWith(build.prebuild + path.sep))
    throw new Error(`not the addon below ${build.prebuild} was loaded, but ${addons}`);
  const code = readFileSync(addons[0]);
  for (const symbol of build.symbols)
    if (!code.includes(symbol)) throw new Error(`${addons[0]} was built without ${symbol}`);
  return loaded;
}

build.begin();
load(build.environment());
const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
const pattern = `/test/(${build.tests.join('|')})[^/]*\\.test\\.ts$`;
const { status, signal, error } = spawnSync(process.execPath, [jest, '--runInBand', pattern], {
  cwd: root,
  env: { ...inherited, ...build.environment() },
  stdio: 'inherit',
});
if (error) throw error;
if (signal) console.error(`Jest ended by ${signal}`);
process.exitCode = build.end() > 0 || status !== 0 ? 1 : 0;
