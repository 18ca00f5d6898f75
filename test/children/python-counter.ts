// Counts in a segment, together with other programs: SEGMENT TIMES LOCK... Under each lock it counts
// so many times, in two words of its own. It says "ready", begins once it is told to, and then says
// how often somebody else was there while it held a lock.
import { Lock, SharedMemory } from 'named-shm';

const [segmentName = '', times, ...lockNames] = process.argv.slice(2);
const words = SharedMemory.attach(segmentName).view('int64');
const locks = lockNames.map((name) => Lock.attach(name));
const me = BigInt(process.pid);
const nobody = 0n;

/** Long enough, some microseconds, for others to come in if the lock let them. */
const LOOKS = 3000;

/** Whether it was alone while it did. */
function countOne(count: number, holder: number): boolean {
  let alone = Atomics.exchange(words, holder, me) === nobody;
  const seen = Atomics.load(words, count);
  for (let look = 0; look < LOOKS; look += 1) alone = Atomics.load(words, holder) === me && alone;
  Atomics.store(words, count, seen + 1n);
  return Atomics.exchange(words, holder, nobody) === me && alone;
}

process.stdin.once('data', () => {
  let intrusions = 0;
  locks.forEach((lock, i) => {
    for (let time = 0; time < Number(times); time += 1) {
      lock.acquireSync();
      if (!countOne(2 * i, 2 * i + 1)) intrusions += 1;
      lock.release();
    }
  });
  console.log(intrusions);
  process.exit();
});
console.log('ready');
