// lock-counter.js LOCK SEGMENT TIMES
// Adds 1 to a plain number in the segment as often as it is told, each time under the lock, and
// counts how often it found somebody else inside. Begins when a line comes in.
import { once } from 'node:events';
import { Lock, SharedMemory } from 'named-shm';

const [lockName = '', segmentName = '', times = '0'] = process.argv.slice(2);

async function main(): Promise<void> {
  using lock = Lock.attach(lockName);
  using shm = SharedMemory.attach(segmentName);
  const numbers = shm.view('float64');
  const [COUNT, INSIDE, MET] = [0, 1, 2];
  console.log('ready');
  await once(process.stdin, 'data');
  for (let i = 0; i < Number(times); i += 1) {
    lock.acquireSync();
    const before = numbers[COUNT] as number;
    if (numbers[INSIDE] !== 0) numbers[MET] = 1;
    numbers[INSIDE] = process.pid;
    // Long enough for another to come in, if there were no lock.
    for (let spin = 0; spin < 200; spin += 1) if (numbers[INSIDE] !== process.pid) numbers[MET] = 1;
    numbers[COUNT] = before + 1;
    numbers[INSIDE] = 0;
    lock.release();
  }
  process.stdin.destroy();
}

void main();
