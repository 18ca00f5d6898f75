/**
 * Adds one to a shared counter, many times.
 *
 *     node out/examples/counter/worker.js GUARD MEMORY LOCK GO TIMES
 */
import { createHash } from 'node:crypto';
import { Lock, Mutex, Semaphore, SharedArray } from 'named-shm';

const WORK = Buffer.alloc(1024);

const [guard = '', memory = '', lockName = '', goName = '', times = ''] = process.argv.slice(2);
using counter = SharedArray.attach(memory, 'int32', [2]);
using go = Semaphore.attach(goName);
const { data } = counter;
let repaired = 0;

/** Time in which another program can come in between, if it is let. */
function work(): void {
  createHash('sha256').update(WORK).digest();
}

/** Both numbers are to be the same: between these two lines they are not. */
function add(): void {
  const count = data[0] as number;
  work();
  data[0] = count + 1;
  data[1] = count + 1;
}

function adder(): () => void {
  if (guard === 'nothing') return add;
  if (guard === 'Atomics') {
    return () => {
      work();
      Atomics.add(data, 0, 1);
      Atomics.add(data, 1, 1);
    };
  }
  if (guard === 'Lock') {
    const lock = Lock.attach(lockName);
    return () => {
      // A lock does not notice that its holder died, so nobody should wait for ever.
      if (!lock.acquireSync({ timeout: 20_000 })) throw new Error('the lock does not get free');
      try {
        add();
      } finally {
        lock.release();
      }
    };
  }
  const mutex = Mutex.attach(lockName);
  return () => {
    const { acquired, ownerDied } = mutex.acquireSync({ timeout: 20_000 });
    if (!acquired) throw new Error('the mutex does not get free');
    if (ownerDied) {
      // Whoever held it may have died half-way: make the numbers right first, then say so.
      data[0] = data[1] as number;
      mutex.markConsistent();
      repaired += 1;
    }
    try {
      add();
    } finally {
      mutex.release();
    }
  };
}

const addOne = adder();
console.log('ready');
if (!go.acquireSync({ timeout: 20_000 })) throw new Error('nobody said go');
const begin = performance.timeOrigin + performance.now();
for (let i = 0; i < Number(times); i += 1) addOne();
const end = performance.timeOrigin + performance.now();
console.log(JSON.stringify({ begin, end, repaired }));
