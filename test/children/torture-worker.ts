// torture-worker.js MUTEX RW_LOCK DATA NUMBER
// Takes, holds and releases both locks in every way, until it is killed. What it sees that must not
// be is written down in DATA (torture-data.ts). Prints a line when it starts.
import { readFileSync, writeSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type Acquisition, Mutex, RwLock, SharedMemory } from 'named-shm';
import { Guarded, guardedSize, Violation } from './torture-data';

const [mutexName = '', rwLockName = '', dataName = '', numberText = ''] = process.argv.slice(2);
const number = Number(numberText);
const mutex = Mutex.attach(mutexName);
const rwLock = RwLock.attach(rwLockName);
const data = SharedMemory.attach(dataName);
const underMutex = new Guarded(data.buf.subarray(0, guardedSize));
const underRwLock = new Guarded(data.buf.subarray(guardedSize, 2 * guardedSize));

/** How long somebody who must be dead may take to look so. */
const DYING_MS = 2000;

function below(count: number): number {
  return Math.floor(Math.random() * count);
}

function isAlive(pid: number): boolean {
  try {
    if (process.platform === 'win32') return process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Whether `pid` lives, for certain: the kernel gives a process's locks up shortly before it is gone. */
function staysAlive(pid: number): boolean {
  const deadline = performance.now() + DYING_MS;
  while (isAlive(pid)) if (performance.now() > deadline) return true;
  return false;
}

async function pause(): Promise<void> {
  const way = below(10);
  if (way === 0) await setTimeout(below(3));
  else if (way < 3) await setImmediate();
  else for (const until = performance.now() + Math.random() / 5; performance.now() < until;);
}

interface Ways {
  readonly once: () => Acquisition;
  readonly sync: (options?: { timeout: number }) => Acquisition;
  readonly async: (options?: { timeout: number }) => Promise<Acquisition>;
}

async function acquire({ once, sync, async }: Ways): Promise<Acquisition> {
  const timeout = below(4);
  switch (below(6)) {
    case 0:
      return once();
    case 1:
      return sync({ timeout });
    case 2:
      return async({ timeout });
    case 3:
      return sync();
    default:
      return async();
  }
}

async function write(guarded: Guarded, ways: Ways, lock: Mutex | RwLock, release: () => void) {
  const { acquired, ownerDied } = await acquire(ways);
  if (!acquired) return;
  guarded.noteRecovery(ownerDied);
  const before = guarded.swapWriter(process.pid);
  guarded.require(ownerDied || before === 0, Violation.unreportedDeath);
  guarded.require(before === 0 || !staysAlive(before), Violation.twoOwners);
  for (const reader of guarded.readers())
    guarded.require(!staysAlive(reader), Violation.writerBesideReader);
  guarded.forgetReaders();
  guarded.require(ownerDied || guarded.isWhole(), Violation.unreportedDeath);
  guarded.require(ownerDied || !guarded.unrepaired, Violation.unreportedDeath);
  if (ownerDied) {
    guarded.countDeath();
    await pause();
    guarded.repair();
    // Now and then it is left to the next one.
    guarded.unrepaired = below(4) === 0;
    if (!guarded.unrepaired) lock.markConsistent();
  }
  const next = guarded.begin();
  await pause();
  guarded.require(guarded.isBegun(next), Violation.twoOwners);
  guarded.finish(next);
  guarded.require(guarded.swapWriter(0) === process.pid, Violation.twoOwners);
  release();
}

async function read(guarded: Guarded): Promise<void> {
  const { acquired, ownerDied } = await acquire({
    once: () => rwLock.tryAcquireRead(),
    sync: (options) => rwLock.acquireReadSync(options),
    async: (options) => rwLock.acquireRead(options),
  });
  if (!acquired) return;
  guarded.setReader(number, process.pid);
  const writer = guarded.writer;
  guarded.require(writer === 0 || ownerDied, Violation.unreportedDeath);
  guarded.require(writer === 0 || !staysAlive(writer), Violation.twoOwners);
  guarded.require(ownerDied || guarded.isWhole(), Violation.unreportedDeath);
  const seen = guarded.snapshot();
  await pause();
  guarded.require(guarded.snapshot() === seen, Violation.writerBesideReader);
  guarded.countRead();
  guarded.setReader(number, 0);
  rwLock.releaseRead();
}

async function work(): Promise<void> {
  writeSync(1, 'started\n');
  for (;;) {
    switch (below(4)) {
      case 0:
        await write(
          underRwLock,
          {
            once: () => rwLock.tryAcquireWrite(),
            sync: (options) => rwLock.acquireWriteSync(options),
            async: (options) => rwLock.acquireWrite(options),
          },
          rwLock,
          () => {
            rwLock.releaseWrite();
          },
        );
        break;
      case 1:
        await read(underRwLock);
        break;
      default:
        await write(
          underMutex,
          {
            once: () => mutex.tryAcquire(),
            sync: (options) => mutex.acquireSync(options),
            async: (options) => mutex.acquire(options),
          },
          mutex,
          () => {
            mutex.release();
          },
        );
    }
  }
}

void work();
