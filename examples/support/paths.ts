import * as path from 'node:path';

export const packageRoot = path.dirname(require.resolve('named-shm/package.json'));

/** Where the TypeScript examples are once compiled. The Python ones stay in examples/. */
export const compiledExamples = path.join(__dirname, '..');
