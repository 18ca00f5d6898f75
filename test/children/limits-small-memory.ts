// Meets the end of a /dev/shm that holds 1 MiB. Prints a line of JSON.
//
//   limits-small-memory reserved    segments that don't fit
//   limits-small-memory sparse      one that is larger than the memory, without a reservation
//   limits-small-memory semaphores  locks when nothing is free
//   limits-small-memory journal N   N names, and a journal that has no room for them

import * as fs from 'node:fs';
import { Lock, Semaphore, SharedArray, SharedMemory } from 'named-shm';

const KIB = 1024;
const PAGE = 4096;

function failure(action: () => unknown): object | undefined {
  try {
    action();
  } catch (error) {
    const { name, code, errno, syscall, path, message } = error as NodeJS.ErrnoException;
    return { name, code, errno, syscall, path, message };
  }
  return undefined;
}

function reserved(): object {
  const size = 4 * KIB * KIB;
  const name = 'too-large';
  const create = failure(() => SharedMemory.create({ name, size }));
  const random = failure(() => SharedMemory.create({ size }));
  const array = failure(() => SharedArray.create('float64', [KIB, KIB], { name }));
  const either = failure(() => SharedMemory.createOrAttach({ name, size }));
  const content = new Uint8Array(size).fill(1);
  const filled = failure(() => SharedMemory.create({ name, size, content, reserve: false }));
  const left = fs.readdirSync('/dev/shm');
  using first = SharedMemory.create({ size: 700 * KIB });
  const second = failure(() => SharedMemory.create({ name, size: 400 * KIB }));
  first.close();
  first.unlink();
  using third = SharedMemory.create({ name, size: 400 * KIB });
  return { create, others: [random, array, either, filled], second, left, third: third.size };
}

function sparse(): object {
  using shm = SharedMemory.create({ size: 4 * KIB * KIB, reserve: false });
  const view = shm.view('uint8');
  const pages = view.length / PAGE;
  for (let page = 0; page < pages; page += 1) view[page * PAGE] = 1 + (page % 100);
  const error = failure(() => shm.buf);
  using other = SharedMemory.attach(shm.name);
  let shared = 0;
  while (other.view('uint8', shared * PAGE, 1)[0] === 1 + (shared % 100)) shared += 1;
  return { error, shared };
}

function semaphores(): object {
  let taken = 0;
  const kept: SharedMemory[] = [];
  const full = failure(() => {
    for (;;) {
      kept.push(SharedMemory.create({ size: PAGE }));
      taken += 1;
    }
  });
  const lock = failure(() => Lock.create({ name: 'no-room' }));
  const semaphore = failure(() => Semaphore.create({ value: 3 }));
  kept.pop()?.[Symbol.dispose]();
  using again = Lock.create({ name: 'no-room' });
  const works = again.tryAcquire();
  for (const shm of kept) shm[Symbol.dispose]();
  return { full, taken, lock, semaphore, works };
}

async function journal(count: number): Promise<object> {
  const warnings: unknown[] = [];
  process.on('warning', (warning) => warnings.push((warning as { code?: unknown }).code));
  const made = Array.from({ length: count }, () => SharedMemory.create({ size: 1 }));
  await new Promise(setImmediate);
  return { warnings, made: made.length };
}

async function run(scenario: string, count: number): Promise<object> {
  switch (scenario) {
    case 'reserved':
      return reserved();
    case 'sparse':
      return sparse();
    case 'semaphores':
      return semaphores();
    default:
      return await journal(count);
  }
}

const [scenario, count] = process.argv.slice(2);
void run(scenario as string, Number(count)).then((result) => {
  console.log(JSON.stringify(result));
});
