// Opens segments, writes into them, prints their names, and holds them until the end of stdin:
// one argument for each, the name of what to attach to or =SIZE for what to create.
import { SharedMemory } from 'named-shm';

for (const argument of process.argv.slice(2)) {
  const shm = argument.startsWith('=')
    ? SharedMemory.create({ size: Number(argument.slice(1)) })
    : SharedMemory.attach(argument);
  shm.buf.write('held');
  console.log(shm.name);
}
process.stdin.resume();
