// A program with another addon in it (argument 1) that faults on its own. Argument 2 says which
// handler that addon installs before named-shm has one, argument 3 where the signal comes from.

import { truncateSync } from 'node:fs';
import { SharedMemory } from 'named-shm';

interface ForeignAddon {
  fault(): number;
  handle(withInfo: boolean): void;
}

const [file, handler, source] = process.argv.slice(2);
const loaded = { exports: {} as ForeignAddon };
process.dlopen(loaded, file as string);
const foreign = loaded.exports;

if (handler === 'javascript') {
  process.on('SIGBUS', () => {
    console.log('javascript');
    process.exit(44);
  });
} else if (handler !== 'none') {
  foreign.handle(handler === 'info');
}

const shm = SharedMemory.create({ size: 8192 });
const view = shm.view('uint8');
truncateSync(`/dev/shm/${shm.name}`, 0);
console.log(`mended ${view[5000]}`);
shm.unlink();

if (source === 'sent') process.kill(process.pid, 'SIGBUS');
else foreign.fault();
setInterval(() => undefined, 60_000); // A signal that was sent may take a moment.
