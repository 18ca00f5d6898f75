// Runs the tests that work the native side hardest, with the addon that `npm run build:asan` makes:
// under AddressSanitizer and UndefinedBehaviorSanitizer. A report in any process fails the run, also
// where the test that caused it passes.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');

/** Beginnings of test files' names. */
const FEATURES = [
  'barrier',
  'close',
  'condition',
  'event',
  'limits',
  'lock',
  'mutex',
  'never-crash',
  'rlock',
  'rw-lock',
  'semaphore',
  'shared-array',
  'shared-memory',
  'truncation',
  'views',
];

const root = path.join(__dirname, '..');
const prebuild = path.join(root, 'out', 'asan');
const reports = path.join(prebuild, 'reports');

function runtimeLibrary(name) {
  const compiler = process.env.CXX ?? 'g++';
  return execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
}

const common = `log_path=${path.join(reports, 'report')}:print_stacktrace=1`;
const environment = {
  ...process.env,
  // Before all other libraries: the program itself, Node, was built without.
  LD_PRELOAD: runtimeLibrary('libasan.so'),
  // SIGBUS is ours to handle, and to pass on. Node leaks by design when it exits.
  ASAN_OPTIONS: `${common}:detect_leaks=0:handle_sigbus=0:strict_string_checks=1`,
  UBSAN_OPTIONS: common,
  NAMED_SHM_PREBUILD: prebuild,
  NAMED_SHM_NODE_MATRIX: 'running',
};

/** Fails where the tests would run without the sanitizers and pass all the same. */
function checkThatSanitizersAreLive() {
  const script = `
    require(${JSON.stringify(root)});
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    const loaded = (pattern) => [...new Set(maps.match(pattern))];
    console.log(JSON.stringify({ addon: loaded(/\\/.*named_shm\\.node$/gm), runtime: loaded(/\\/.*lib[au]b?san\\.so.*$/gm) }));
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    env: { ...environment, ASAN_OPTIONS: 'detect_leaks=0:verbosity=1' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the addon does not load under ASan:\n${stdout}${stderr}`);
  const { addon, runtime } = JSON.parse(stdout.trim().split('\n').at(-1));
  if (addon.length !== 1 || !addon[0].startsWith(prebuild + path.sep))
    throw new Error(`not the sanitized addon below ${prebuild} was loaded, but ${addon}`);
  const code = readFileSync(addon[0]);
  for (const symbol of ['__asan_report_load8', '__ubsan_handle_type_mismatch_v1_abort'])
    if (!code.includes(symbol)) throw new Error(`${addon[0]} was built without ${symbol}`);
  if (runtime.length === 0 || !/AddressSanitizer Init done/.test(stderr))
    throw new Error(`AddressSanitizer did not start:\n${stderr}`);
  console.log(`sanitized: ${addon[0]}\nruntime:   ${runtime.join(', ')}`);
}

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
chmodSync(reports, 0o1777); // Some tests run programs as another user.

checkThatSanitizersAreLive();
const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');
const pattern = `/test/(${FEATURES.join('|')})[^/]*\\.test\\.ts$`;
const { status, signal, error } = spawnSync(process.execPath, [jest, '--runInBand', pattern], {
  cwd: root,
  env: environment,
  stdio: 'inherit',
});
if (error) throw error;
const written = readdirSync(reports);
for (const report of written) console.error(readFileSync(path.join(reports, report), 'utf8'));
if (written.length > 0) console.error(`${written.length} sanitizer reports, in ${reports}`);
if (signal) console.error(`Jest ended by ${signal}`);
process.exitCode = status !== 0 || written.length > 0 ? 1 : 0;
