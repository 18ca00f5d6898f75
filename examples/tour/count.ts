/**
 * Adds one to a shared counter, many times, each time under a lock.
 *
 *     node out/examples/tour/count.js MEMORY LOCK TIMES
 */
import { createHash } from 'node:crypto';
import { Lock, SharedArray } from 'named-shm';

const WORK = Buffer.alloc(4096);

const [memory = '', lockName = '', times = ''] = process.argv.slice(2);
using counter = SharedArray.attach(memory, 'int32', [1]);
using lock = Lock.attach(lockName);

function acquire(): void {
  // A lock does not notice that its holder died, so nobody should wait for ever.
  if (!lock.acquireSync({ timeout: 20_000 })) throw new Error('the lock does not get free');
}

// The starting line: who started this program holds the lock until all are ready.
console.log('ready');
acquire();
lock.release();

for (let i = 0; i < Number(times); i += 1) {
  acquire();
  try {
    const count = counter.get(0);
    createHash('sha256').update(WORK).digest(); // Time for the others to come in, if they could.
    counter.set(0, count + 1);
  } finally {
    lock.release();
  }
}
console.log(`+ ${times}`);
