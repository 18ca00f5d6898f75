// Another program, which knows only names: cuts each segment short that a line of its standard
// input names, as "NAME BYTES".

import { truncateSync } from 'node:fs';
import { createInterface } from 'node:readline';

createInterface({ input: process.stdin }).on('line', (line) => {
  const [name, size] = line.split(' ');
  truncateSync(`/dev/shm/${name}`, Number(size));
});
