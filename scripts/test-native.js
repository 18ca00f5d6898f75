// test-native.js [model] [drivers]: the C++ tests, built with cmake and a compiler alone. The model
// check of the locks, and whether it finds each mistake of native/test/mutants.json; the drivers over
// the real system, plain and under the sanitizers, on what this system has and on the fallbacks.
//
// NAMED_SHM_TORTURE_KILLS says how many processes are killed, NAMED_SHM_TORTURE_SEED when and which.
'use strict';

const { spawn } = require('node:child_process');
const { randomInt } = require('node:crypto');
const { readFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const mutants = JSON.parse(readFileSync(path.join(root, 'native/test/mutants.json'), 'utf8'));
const cores = os.availableParallelism();
const kills = Number(process.env.NAMED_SHM_TORTURE_KILLS ?? 2000);
const seed = process.env.NAMED_SHM_TORTURE_SEED ?? `${randomInt(2 ** 31)}`;
/** For a build, or a program that does not end by itself. */
const deadlineMs = 600_000 + kills * 500;

const count = { passed: 0, failed: 0 };

function execute(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      timeout: deadlineMs,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, ...output }));
  });
}

async function build(name, sanitizer, targets) {
  const folder = path.join(root, 'out', 'native', name);
  for (const args of [
    ['-S', root, '-B', folder, '-DNAMED_SHM_TESTS=ON', `-DNAMED_SHM_TEST_SANITIZER=${sanitizer}`],
    ['--build', folder, '-j', `${cores}`, '--target', ...targets],
  ]) {
    const { status, stdout, stderr } = await execute('cmake', args);
    if (status !== 0) throw new Error(`cmake ${args.join(' ')}\n${stdout}${stderr}`);
  }
  return path.join(folder, 'native', 'test');
}

function report(passed, what, output = '') {
  count[passed ? 'passed' : 'failed'] += 1;
  console.log(`${passed ? 'ok' : 'not ok'} ${what}`);
  if (!passed && output !== '') console.log(output);
}

/** Runs a program whose lines say "ok" or "not ok"; ending badly is one more that failed. */
async function run(program, { args = [], label, env }) {
  const { status, signal, stdout, stderr } = await execute(program, args, env);
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

/** Runs the model check of a lock with a mistake in it. */
async function findMistake(program, { name, file, shows }) {
  const scenarios = file === 'robust_mutex.h' ? 'mutex' : 'reader-writer lock';
  const { status, stdout, stderr } = await execute(program, [scenarios]);
  report(status === 1 && stdout.includes(shows), `found: ${name}`, `${stdout}${stderr}`);
}

/** As many at a time as there are cores. */
async function runAll(tasks) {
  const left = [...tasks];
  const worker = async () => {
    for (let task = left.shift(); task; task = left.shift()) await task();
  };
  await Promise.all(Array.from({ length: cores }, worker));
}

const PARTS = ['fast', 'fallback'];

async function modelCheck() {
  const folder = await build('plain', '', ['model_check', 'mutants']);
  const check = path.join(folder, 'model_check');
  await runAll([
    ...['reader-writer lock', 'mutex'].map(
      (scenarios) => () => run(check, { args: [scenarios], label: `model check, ${scenarios}` }),
    ),
    ...mutants.map(
      (mutant, number) => () => findMistake(path.join(folder, `mutant_${number}`), mutant),
    ),
  ]);
}

async function drive(name, { sanitizer = '', args = [], env = {} } = {}) {
  const programs = PARTS.map((part) => `sync_driver_${part}`);
  const folder = await build(name, sanitizer, programs);
  for (const program of programs)
    await run(path.join(folder, program), { label: `${program}, ${name}`, args, env });
}

async function torture() {
  const folder = await build('plain', '', ['kill_driver_fast', 'kill_driver_fallback']);
  for (const [part, share] of [
    ['fast', 1],
    ['fallback', 0.25],
  ]) {
    const args = [`${Math.ceil(kills * share)}`, seed];
    const label = `kill_driver_${part} ${args.join(' ')}`;
    await run(path.join(folder, `kill_driver_${part}`), { label, args });
  }
}

async function drivers() {
  await drive('plain');
  await drive('tsan', {
    sanitizer: 'thread',
    args: ['threads'],
    env: { TSAN_OPTIONS: 'halt_on_error=1' },
  });
  await drive('asan', { sanitizer: 'address,undefined' });
  await torture();
}

async function main() {
  const started = Date.now();
  const parts = { model: modelCheck, drivers };
  const chosen = process.argv.slice(2);
  for (const part of chosen.length > 0 ? chosen : Object.keys(parts)) {
    if (!(part in parts)) throw new Error(`no part "${part}": ${Object.keys(parts).join(', ')}`);
    await parts[part]();
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${count.passed} passed, ${count.failed} failed (${seconds} s)`);
  process.exitCode = count.failed === 0 ? 0 : 1;
}

void main();
