// Runs the test suite in node.exe, under Wine:
//
//   node scripts/test-win.js [--core] [MAJOR…] [-- what Jest takes]
//
// --core: only what has most to do with the system, in some minutes.
'use strict';

const path = require('node:path');
const { folder, prepare, root, runNode, toWindows } = require('./wine/windows');

const CORE = [
  'windows',
  'errors',
  'names',
  'shared-memory',
  'create-or-attach',
  'mapped-file',
  'close-worker',
  'semaphore',
  'lock',
  'sync-mutex',
  'sync-rw-lock-death',
  'sync-abort',
  'sync-race',
  'never-crash-objects',
];

const given = process.argv.slice(2);
const split = given.includes('--') ? given.indexOf('--') : given.length;
const options = given.slice(0, split).filter((word) => word.startsWith('--'));
const wrong = options.find((option) => option !== '--core');
if (wrong !== undefined) throw new Error(`test-win.js has no option ${wrong}`);
const chosen = given.slice(0, split).filter((word) => !options.includes(word));
const majors = chosen.length > 0 ? chosen : ['20', '22'];
const patterns = given.slice(split + 1);
if (options.length > 0) patterns.push(...CORE.map((name) => `test/${name}\\.test`));

prepare();
for (const major of majors) {
  const jest = toWindows(path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'));
  const config = toWindows(path.join(root, 'jest.win.config.js'));
  const { ended, text } = runNode(major, [jest, '--config', config, '--runInBand', ...patterns], {
    log: path.join(folder, `jest-${major}.txt`),
  });
  process.stdout.write(text);
  console.log(`Node ${major} on Windows: ${ended === 0 ? 'passed' : `failed (${ended})`}`);
  if (ended !== 0) process.exitCode = 1;
}
