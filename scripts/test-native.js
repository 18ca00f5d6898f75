// The C++ tests, built with cmake and a compiler alone: the model check of the locks, whether it
// finds each mistake of native/test/mutants.json, and the drivers over the real system, plain and
// under the sanitizers, on what this system has and on the fallbacks.
'use strict';

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const mutants = JSON.parse(readFileSync(path.join(root, 'native/test/mutants.json'), 'utf8'));

const count = { passed: 0, failed: 0 };

function report(passed, what, output = '') {
  count[passed ? 'passed' : 'failed'] += 1;
  console.log(`${passed ? 'ok' : 'not ok'} ${what}`);
  if (!passed && output !== '') console.log(output);
}

function build(name, sanitizer, targets) {
  const folder = path.join(root, 'out', 'native', name);
  const configure = ['-S', root, '-B', folder, '-DNAMED_SHM_TESTS=ON'];
  if (sanitizer !== '') configure.push(`-DNAMED_SHM_TEST_SANITIZER=${sanitizer}`);
  const make = ['--build', folder, '-j', `${os.availableParallelism()}`, '--target', ...targets];
  for (const args of [configure, make]) {
    const { status, stdout, stderr } = spawnSync('cmake', args, { encoding: 'utf8' });
    if (status === 0) continue;
    console.error(`${stdout}${stderr}`);
    throw new Error(`cmake ${args.join(' ')}`);
  }
  return path.join(folder, 'native', 'test');
}

/** Runs a program whose lines say "ok" or "not ok"; ending badly is one more that failed. */
function run(folder, program, { args = [], label, env = {} }) {
  const { status, signal, stdout, stderr } = spawnSync(path.join(folder, program), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 300_000,
  });
  console.log(`# ${label}`);
  process.stdout.write(stdout);
  const results = stdout.match(/^(?:not )?ok /gm) ?? [];
  const failed = results.filter((result) => result !== 'ok ').length;
  count.failed += failed;
  count.passed += results.length - failed;
  if (failed === 0 && (status !== 0 || results.length === 0))
    report(false, `${label}: ended with ${signal ?? status}`);
  if (stderr !== '') console.log(stderr);
}

function runMutants(folder) {
  console.log('# model check: mistakes that it has to find');
  mutants.forEach(({ name, file, shows }, number) => {
    const scenarios = file === 'robust_mutex.h' ? 'mutex' : 'reader-writer lock';
    const program = path.join(folder, `mutant_${number}`);
    const { status, stdout, stderr } = spawnSync(program, [scenarios], {
      encoding: 'utf8',
      timeout: 300_000,
    });
    report(status === 1 && stdout.includes(shows), `found: ${name}`, `${stdout}${stderr}`);
  });
}

const started = Date.now();
const plain = build('plain', '', [
  'model_check',
  'mutants',
  'sync_driver_fast',
  'sync_driver_fallback',
]);
run(plain, 'model_check', { label: 'model check' });
runMutants(plain);
for (const part of ['fast', 'fallback'])
  run(plain, `sync_driver_${part}`, { label: `driver, ${part}` });

const sanitizers = [
  { name: 'tsan', flag: 'thread', args: ['threads'], env: { TSAN_OPTIONS: 'halt_on_error=1' } },
  { name: 'asan', flag: 'address,undefined', args: [], env: {} },
];
for (const { name, flag, args, env } of sanitizers) {
  const folder = build(name, flag, ['sync_driver_fast', 'sync_driver_fallback']);
  for (const part of ['fast', 'fallback'])
    run(folder, `sync_driver_${part}`, { label: `driver, ${part}, ${flag} sanitizer`, args, env });
}

const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${count.passed} passed, ${count.failed} failed (${seconds} s)`);
process.exitCode = count.failed === 0 ? 0 : 1;
