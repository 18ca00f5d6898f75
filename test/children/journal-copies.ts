// Loads the library twice, as a test runner does or a program with two versions of a dependency,
// makes things with both copies in turn, and prints the names of what stays.
import { createRequire } from 'node:module';
import { writeSync } from 'node:fs';
import * as first from 'named-shm';

const load = createRequire(__filename);
const main = load.resolve('named-shm');
for (const file of Object.keys(load.cache))
  if (!file.endsWith('.node')) Reflect.deleteProperty(load.cache, file);
const second = load(main) as typeof first;
if (second.SharedMemory === first.SharedMemory) throw new Error('the same copy');

const make = (library: typeof first): first.SharedMemory =>
  library.SharedMemory.create({ size: 10 });

const gone = make(first);
const made = [make(first), make(second), make(first)];
gone.unlink();
made.push(make(second));
make(second).unlink();
writeSync(1, `${JSON.stringify(made.map(({ name }) => name))}\n`);
setInterval(() => undefined, 1000);
