// Workers that end in every way, with segments open. Prints a line of JSON.
//
//   close-workers ends N END    N of them that end so, each with segments open and jobs in flight
//   close-workers shared        two and the main thread on one segment
//   close-workers first         one is the only thread to load the addon, and ends
//   close-workers anywhere N         N that make things all the time are terminated, at any moment
//   close-workers waiting WAY KIND   one waits for a lock for ever; WAY: terminate or exit

import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { systemNames } from '../support/system-names';
import type { WaitKind, WorkerEnd, WorkerTask } from './close-worker-thread';

const AT_ONCE = 4;

function start(task: WorkerTask): Worker {
  return new Worker(path.join(__dirname, 'close-worker-thread.js'), { workerData: task });
}

async function endOne(name: string, end: WorkerEnd): Promise<void> {
  const worker = start({ does: 'leave open', name, end });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.on('error', (error) => {
    if (end !== 'throws' || error.message !== 'on purpose') throw error;
  });
  if (end === 'terminated') {
    await once(worker, 'message');
    await worker.terminate();
  }
  await exited;
}

async function ends(count: number, end: WorkerEnd): Promise<object> {
  const { SharedMemory } = await import('named-shm');
  using shm = SharedMemory.create({ size: 64 * 1024 });
  let started = 0;
  async function some(): Promise<void> {
    while (started < count) {
      started += 1;
      await endOne(shm.name, end);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  using again = SharedMemory.attach(shm.name);
  shm.buf.writeUInt32LE(started, 0);
  const left = systemNames().filter((name) => name.includes(`${shm.name}_`));
  return { ended: again.buf.readUInt32LE(0), left };
}

async function shared(): Promise<object> {
  const { SharedMemory } = await import('named-shm');
  const times = 20_000;
  using shm = SharedMemory.create({ size: 4096 });
  const counter = shm.view('int32');
  const workers = [1, 2].map(() => start({ does: 'count', name: shm.name, times }));
  const messages = workers.map(async (worker) => (await once(worker, 'message')) as unknown[]);
  const exits = workers.map((worker) => once(worker, 'exit'));
  for (let i = 0; i < times; i += 1) Atomics.add(counter, 0, 1);
  const told = (await Promise.all(messages)).flat();
  await Promise.all(exits);
  return { told, count: counter[0], neighbour: counter[1] };
}

async function first(): Promise<object> {
  const worker = start({ does: 'fault' });
  const exited = once(worker, 'exit');
  const [inWorker] = (await once(worker, 'message')) as unknown[];
  await exited;
  const { SharedMemory } = await import('named-shm');
  using shm = SharedMemory.create({ size: 16 * 1024 });
  const bytes = shm.view('uint8');
  fs.truncateSync(`/dev/shm/${shm.name}`, 0);
  const read = bytes[10_000];
  let code: unknown;
  try {
    shm.view('uint8');
  } catch (error) {
    code = (error as { code?: unknown }).code;
  }
  return { inWorker, read, code };
}

async function anywhere(count: number): Promise<object> {
  for (let ended = 0; ended < count; ended += 1) {
    const worker = start({ does: 'make' });
    await once(worker, 'message');
    const moment = performance.now() + (ended % 10) / 2;
    while (performance.now() < moment);
    await worker.terminate();
  }
  return { ended: count };
}

async function waiting(way: string, kind: WaitKind): Promise<object> {
  const library = await import('named-shm');
  using lock = library[kind].create();
  lock.tryAcquire();
  const worker = start({ does: 'wait', kind, name: lock.name });
  await once(worker, 'message');
  if (way === 'exit') process.exit(7);
  await worker.terminate();
  return { terminated: true };
}

function run(scenario: string, args: readonly string[]): Promise<object> {
  switch (scenario) {
    case 'ends':
      return ends(Number(args[0]), args[1] as WorkerEnd);
    case 'shared':
      return shared();
    case 'first':
      return first();
    case 'anywhere':
      return anywhere(Number(args[0]));
    default:
      return waiting(args[0] as string, args[1] as WaitKind);
  }
}

const [scenario, ...args] = process.argv.slice(2);
void run(scenario as string, args).then((result) => {
  console.log(JSON.stringify(result));
});
