// Builds and runs the model check of the robust locks: native/test/model_check.cc explores the
// real code of native/sync/. With --mutants it also breaks that code in each of the ways of
// native/test/mutants.json, in a copy, and expects the check to notice.
'use strict';

const { spawnSync } = require('node:child_process');
const { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const out = path.join(root, 'out', 'native-test');

/** Compiles the check over the sources in `native`; returns what a run of it says. */
function check(native, name) {
  const test = path.join(native, 'test');
  const model = readdirSync(path.join(test, 'model')).filter((file) => file.endsWith('.cc'));
  const sources = [
    path.join(test, 'model_check.cc'),
    ...model.map((file) => path.join(test, 'model', file)),
    path.join(native, 'platform', 'posix', 'monotonic_clock.cc'),
  ];
  const binary = path.join(out, name);
  const flags = ['-O2', '-std=c++17', '-pthread', '-I', native, '-o', binary];
  const built = spawnSync(process.env.CXX ?? 'g++', [...flags, ...sources], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error(`${name} does not compile`);
  return spawnSync(binary, { encoding: 'utf8' });
}

function checkMutant({ name, file, find, replace }, index) {
  const native = path.join(out, `mutant-${index}`);
  cpSync(path.join(root, 'native'), native, { recursive: true });
  const source = path.join(native, 'sync', file);
  const text = readFileSync(source, 'utf8');
  if (!text.includes(find)) throw new Error(`mutant "${name}" fits nothing in ${file}`);
  writeFileSync(source, text.replace(find, replace));
  const noticed = check(native, `mutant-${index}-check`).status !== 0;
  console.log(`${noticed ? 'ok' : 'NOT NOTICED'} mutant: ${name}`);
  return noticed;
}

mkdirSync(out, { recursive: true });
const { status, stdout, stderr } = check(path.join(root, 'native'), 'model_check');
process.stdout.write(stdout + stderr);
const results = [status === 0];
if (process.argv.includes('--mutants')) {
  const mutants = JSON.parse(
    readFileSync(path.join(root, 'native', 'test', 'mutants.json'), 'utf8'),
  );
  mutants.forEach((mutant, index) => results.push(checkMutant(mutant, index)));
}
const failed = results.filter((passed) => !passed).length;
console.log(`native: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
