// The thread that close-workers runs. `workerData` says what it does, and with which segment.

import * as fs from 'node:fs';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import * as library from 'named-shm';
import { Lock, SharedMemory } from 'named-shm';
import { openScratchFile, startJobs } from './close-jobs';

export type WorkerTask =
  /** Leaves segments and locks open, some with jobs in flight, and stays or ends as told. */
  | { readonly does: 'leave open'; readonly name: string; readonly end: WorkerEnd }
  /** Adds to a counter, closes, and tells what the view reads then. */
  | { readonly does: 'count'; readonly name: string; readonly times: number }
  /** Makes a segment and reads it after it was truncated: the fault guard gets to work. */
  | { readonly does: 'fault' }
  /** Makes things, attaches to them and fails to, again and again, until it is terminated. */
  | { readonly does: 'make' }
  /** Waits without end for a lock that is never given back. */
  | { readonly does: 'wait'; readonly kind: WaitKind; readonly name: string };

export type WaitKind = 'Lock' | 'RLock' | 'Mutex';

export type WorkerEnd = 'terminated' | 'exit' | 'throws' | 'returns';

function leaveOpen(name: string, end: WorkerEnd): void {
  const shared = SharedMemory.attach(name);
  const own = SharedMemory.create({ name: `${name}_own${threadId}`, size: 64 * 1024 });
  const closed = SharedMemory.create({ name: `${name}_closed${threadId}`, size: 64 * 1024 });
  const lock = Lock.create({ name: `${name}_lock${threadId}` });
  lock.tryAcquire();
  const fd = openScratchFile(64 * 1024);
  for (const shm of [shared, own, closed]) startJobs(shm.buf, fd);
  closed.close();
  if (end === 'exit') process.exit(0);
  if (end === 'throws') throw new Error('on purpose');
  if (end === 'terminated') {
    setInterval(() => undefined, 60_000);
    parentPort?.postMessage('ready');
  }
}

function count(name: string, times: number): void {
  const shm = SharedMemory.attach(name);
  const counter = shm.view('int32');
  for (let i = 0; i < times; i += 1) Atomics.add(counter, 0, 1);
  shm.close();
  counter[1] = 99;
  parentPort?.postMessage({ afterClose: counter[0] });
}

function fault(): void {
  const shm = SharedMemory.create({ size: 16 * 1024 });
  const bytes = shm.view('uint8');
  fs.truncateSync(`/dev/shm/${shm.name}`, 0);
  parentPort?.postMessage({ read: bytes[10_000] });
}

function make(): never {
  parentPort?.postMessage('ready');
  for (;;) {
    using shm = SharedMemory.create({ size: 10 });
    using lock = Lock.create();
    using mutex = library.Mutex.create();
    mutex.tryAcquire();
    SharedMemory.attach(shm.name).close();
    Lock.attach(lock.name).close();
    SharedMemory.list();
    try {
      SharedMemory.attach(`${shm.name}_none`);
    } catch {
      // As it should be.
    }
  }
}

const task = workerData as WorkerTask;
switch (task.does) {
  case 'leave open':
    leaveOpen(task.name, task.end);
    break;
  case 'count':
    count(task.name, task.times);
    break;
  case 'fault':
    fault();
    break;
  case 'wait':
    parentPort?.postMessage('waiting');
    library[task.kind].attach(task.name).acquireSync();
    break;
  case 'make':
    make();
}
