// Runs the test suite in node.exe, under Wine: `node scripts/test-win.js [MAJOR…] [-- what Jest takes]`.
'use strict';

const path = require('node:path');
const { folder, prepare, root, runNode, toWindows } = require('./wine/windows');

const given = process.argv.slice(2);
const split = given.includes('--') ? given.indexOf('--') : given.length;
const majors = split > 0 ? given.slice(0, split) : ['20', '22'];
const patterns = given.slice(split + 1);

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
