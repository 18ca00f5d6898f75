// Meets others in createOrAttach. Reads lines "NAME SIZE FILL"; answers each with what it saw,
// and keeps the segment until the next one.
import { createInterface } from 'node:readline';
import { SharedMemory } from 'named-shm';

let shm: SharedMemory | undefined;

console.log('ready');
createInterface({ input: process.stdin }).on('line', (line) => {
  const [name = '', size = '', fill = ''] = line.split(' ');
  shm?.close();
  const bytes = Number(size);
  const content = Buffer.alloc(bytes, Number(fill));
  shm = SharedMemory.createOrAttach({ name, size: bytes, content, track: false });
  const seen = [...new Set(shm.buf)];
  console.log(JSON.stringify({ created: shm.created, size: shm.size, seen }));
});
