import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { Lock, Semaphore, ShareableList, SharedArray, SharedMemory } from 'named-shm';

/** In use until the end, as a program's own are: not for the garbage collector. */
const held: unknown[] = [];

/**
 * Makes one of everything, under names that begin with `prefix` and under random ones; returns
 * what of it stands in shared memory, as the system spells it.
 */
export function makeEverything(prefix: string, track: boolean): string[] {
  const segments = [
    SharedMemory.create({ name: `${prefix}-segment`, size: 5000, track }),
    SharedMemory.create({ size: 1, track }),
    SharedArray.create('float64', [3, 4], { name: `${prefix}-array`, track }),
    SharedArray.create('bool', [7], { track }),
    ShareableList.create([1, 'two', null], { name: `${prefix}-list`, track }),
    ShareableList.create([], { track }),
  ];
  const semaphores = [
    Semaphore.create({ name: `${prefix}-semaphore`, value: 3, track }),
    Semaphore.create({ track }),
    Lock.create({ name: `${prefix}-lock`, track }),
    Lock.create({ track }),
  ];
  const closed = SharedMemory.create({ name: `${prefix}-closed`, size: 10, track });
  closed.close();
  const first = segments[0] as SharedMemory;
  held.push(segments, semaphores, first.buf, first.view('int32'));
  return [
    ...[...segments, closed].map(({ name }) => name),
    ...semaphores.map(({ name }) => `sem.${name}`),
  ].filter((name) => existsSync(path.join('/dev/shm', name)));
}

/** How many of them there are. */
export const EVERYTHING = 11;

/** Attaches to all that `makeEverything` has made under the prefix; returns it, in its order. */
export function attachEverything(prefix: string): string[] {
  const segment = `${prefix}-segment`;
  const segments = [
    SharedMemory.attach(segment),
    SharedArray.attach(`${prefix}-array`, 'float64', [3, 4]),
    ShareableList.attach(`${prefix}-list`),
    SharedMemory.attach(`${prefix}-closed`, { readOnly: true }),
  ];
  const semaphores = [Semaphore.attach(`${prefix}-semaphore`), Lock.attach(`${prefix}-lock`)];
  const orAttached = SharedMemory.createOrAttach({ name: segment, size: 1 });
  held.push(segments, semaphores, orAttached);
  SharedMemory.attach(segment).close();
  SharedMemory.attach(segment)[Symbol.dispose]();
  SharedMemory.createOrAttach({ name: segment, size: 1 })[Symbol.dispose]();
  Lock.createOrAttach({ name: `${prefix}-lock` })[Symbol.dispose]();
  return [...segments.map(({ name }) => name), ...semaphores.map(({ name }) => `sem.${name}`)];
}
