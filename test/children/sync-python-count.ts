// Counts in a segment, together with other programs: TYPE NAMED SEGMENT TIMES WAY. It attaches to a
// lock or to what has one, says "ready", and counts once it is told to, blocking or (WAY is async)
// awaiting. At the end it says how often somebody else was there while it held the lock.
import {
  BoundedSemaphore,
  Condition,
  type ConditionNames,
  Lock,
  RLock,
  SharedMemory,
} from 'named-shm';

const ATTACH = {
  Lock: (name: unknown) => Lock.attach(name as string),
  RLock: (name: unknown) => RLock.attach(name as string),
  BoundedSemaphore: (name: unknown) => BoundedSemaphore.attach(name as string, { value: 1 }),
  Condition: (names: unknown) => Condition.attach(names as ConditionNames),
};

const [type, named = '', segmentName = '', times, way] = process.argv.slice(2);
const lock = ATTACH[type as keyof typeof ATTACH](JSON.parse(named));
const depth = type === 'RLock' || type === 'Condition' ? 2 : 1;
const words = SharedMemory.attach(segmentName).view('int32');
const nobody = 0;

/** Long enough, some microseconds, for others to come in if the lock let them. */
const LOOKS = 500;

function countOne(): boolean {
  let alone = Atomics.exchange(words, 1, process.pid) === nobody;
  const seen = Atomics.load(words, 0);
  for (let look = 0; look < LOOKS; look += 1)
    alone = Atomics.load(words, 1) === process.pid && alone;
  Atomics.store(words, 0, seen + 1);
  return Atomics.exchange(words, 1, nobody) === process.pid && alone;
}

async function count(): Promise<void> {
  let intrusions = 0;
  for (let i = 0; i < Number(times); i += 1) {
    for (let level = 0; level < depth; level += 1) {
      if (way === 'async') await lock.acquire();
      else lock.acquireSync();
    }
    if (!countOne()) intrusions += 1;
    for (let level = 0; level < depth; level += 1) lock.release();
  }
  console.log(intrusions);
}

process.stdin.once('data', () => {
  process.stdin.destroy();
  void count();
});
console.log('ready');
