// Leaves out, on Windows, the tests that not-on-windows.js names, and fails where it names one that
// is not there.
'use strict';

const path = require('node:path');
const { TestEnvironment } = require('jest-environment-node');
const { tests } = require('./not-on-windows.js');

function fullName(test) {
  const parts = [];
  for (let block = test; block.parent; block = block.parent) parts.unshift(block.name);
  return parts.join(' › ');
}

/** `… › name`: in whatever block. */
function begins(name, beginning) {
  if (!beginning.startsWith('… › ')) return name.startsWith(beginning);
  return ` › ${name}`.includes(beginning.slice(1));
}

class WindowsEnvironment extends TestEnvironment {
  #file;
  #beginnings;
  #unmet;

  constructor(config, context) {
    super(config, context);
    this.#file = path.basename(context.testPath, '.test.ts');
    this.#beginnings = Object.values(tests[this.#file] ?? {}).flat();
    this.#unmet = new Set(this.#beginnings);
  }

  handleTestEvent(event) {
    if (event.name === 'test_start') {
      const name = fullName(event.test);
      const met = this.#beginnings.filter((beginning) => begins(name, beginning));
      for (const beginning of met) this.#unmet.delete(beginning);
      if (met.length > 0) event.test.mode = 'skip';
    }
    if (event.name === 'run_finish' && this.#unmet.size > 0) {
      const list = [...this.#unmet].join('\n  ');
      throw new Error(`not-on-windows.js names tests that ${this.#file} does not have:\n  ${list}`);
    }
  }
}

module.exports = WindowsEnvironment;
