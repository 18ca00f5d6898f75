// lock-waiter.js LOCK SEGMENT TIMEOUT
// Blocks in acquireSync; once it has the lock or has waited enough it says so in the segment's
// first byte (1 taken, 2 not) and on its output. A tracked segment of its own shows whether it
// cleans up when it is ended meanwhile.
import { writeSync } from 'node:fs';
import { Lock, SharedMemory } from 'named-shm';

const [lockName = '', segmentName = '', timeout = ''] = process.argv.slice(2);

const own = SharedMemory.create({ size: 1 });
const lock = Lock.attach(lockName);
const shm = SharedMemory.attach(segmentName);
writeSync(1, `${own.name}\n`);
const taken = timeout === '' ? lock.acquireSync() : lock.acquireSync({ timeout: Number(timeout) });
shm.buf[0] = taken ? 1 : 2;
writeSync(1, `${taken ? 'taken' : 'not taken'}\n`);
