// resources-cycles.js WHAT CYCLES   (needs --expose-gc)
// Does one thing CYCLES times, after a tenth of that to warm up, and prints what the process holds
// before and after, as JSON.
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Lock, Semaphore, ShareableList, SharedArray, SharedMemory } from 'named-shm';
import { systemNames } from '../support/system-names';

const [what = '', cycles = '0'] = process.argv.slice(2);

function expectError(code: string, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return;
    throw error;
  }
  throw new Error(`no ${code}`);
}

const name = `resources-${process.pid}`;
const standing = { segment: `${name}-standing`, semaphore: `${name}-standing` };

const actions: Readonly<Record<string, () => void>> = {
  segment: () => {
    const shm = SharedMemory.create({ size: 4096 });
    shm.close();
    shm.unlink();
  },
  'segment and its buf': () => {
    const shm = SharedMemory.create({ size: 4096 });
    shm.buf[4095] = 1;
    shm.view('float64', 8, 3)[0] = 1;
    shm.close();
    shm.unlink();
  },
  'segment that is only dropped': () => {
    const shm = SharedMemory.create({ size: 4096 });
    shm.buf[4095] = 1;
    shm.unlink();
  },
  attach: () => {
    const shm = SharedMemory.attach(standing.segment, { readOnly: true });
    if (shm.buf[0] !== 255) throw new Error('not what was written');
    shm.close();
  },
  'array, list and lock by using': () => {
    using array = SharedArray.create('int16', [10, 10]);
    using list = ShareableList.create([1, 'two']);
    using lock = Lock.create();
    array.set(1, 1, Number(list.get(0)));
    lock.acquireSync();
  },
  semaphore: () => {
    const semaphore = Semaphore.create({ value: 2 });
    const other = Semaphore.attach(semaphore.name);
    semaphore.acquireSync();
    other.release();
    other.close();
    semaphore.close();
    semaphore.unlink();
  },
  failures: () => {
    expectError('ENOENT', () => SharedMemory.attach(`${name}-none`));
    if (process.platform !== 'win32')
      expectError('ENOENT', () => {
        SharedMemory.unlink(`${name}-none`);
      });
    expectError('ENOENT', () => Semaphore.attach(`${name}-none`));
    expectError('EEXIST', () => SharedMemory.create({ name: standing.segment, size: 10 }));
    expectError('EEXIST', () => SharedMemory.create({ name: standing.segment, size: 2 ** 21 }));
    expectError('EEXIST', () => Semaphore.create({ name: standing.semaphore }));
    expectError('ENOSPC', () => SharedMemory.create({ name: `${name}-huge`, size: 2 ** 50 }));
    expectError('ENOSPC', () => SharedMemory.create({ size: 2 ** 50, track: false }));
    expectError('ERR_SHM_RANGE', () => SharedArray.attach(standing.segment, 'int8', [10_000]));
    expectError('ERR_SHM_CORRUPT', () => ShareableList.attach(standing.segment));
    expectError('ERR_SHM_RANGE', () =>
      SharedMemory.createOrAttach({ name: standing.segment, size: 10_000 }),
    );
  },
};

/** What the process holds once everything is collected that can be. */
async function holdings(): Promise<Readonly<Record<string, number>>> {
  for (let round = 0; round < 5; round += 1) {
    global.gc?.();
    await nextTurn();
  }
  return { ...held(), rssMiB: process.memoryUsage.rss() / 2 ** 20 };
}

function held(): Readonly<Record<string, number>> {
  // A handle that is left keeps its name.
  if (process.platform === 'win32') return { names: systemNames().length };
  const maps = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    mappings: maps.length,
    sharedMappings: maps.filter((line) => line.includes('/dev/shm/')).length,
  };
}

async function repeat(times: number): Promise<void> {
  const action = actions[what];
  if (!action) throw new Error(`no action is called ${what}`);
  for (let i = 0; i < times; i += 1) {
    action();
    // As in a program with an event loop: finalizers run between its turns.
    if (i % 500 === 0) await nextTurn();
  }
}

async function main(): Promise<void> {
  using segment = SharedMemory.create({ name: standing.segment, size: 4096 });
  using semaphore = Semaphore.create({ name: standing.semaphore });
  segment.buf.fill(255); // A list of none.
  await repeat(Number(cycles) / 10);
  const before = await holdings();
  await repeat(Number(cycles));
  const after = await holdings();
  const names = systemNames().filter((each) => each.includes(name));
  const standingNames = [segment.name, `sem.${semaphore.name}`];
  const left = names.filter((each) => !standingNames.includes(each));
  console.log(JSON.stringify({ before, after, left }));
}

void main();
