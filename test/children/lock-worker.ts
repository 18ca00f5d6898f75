// Has Workers add to a plain number under a lock that they attach to by name, or block in
// acquireSync until they are terminated.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Lock, SharedMemory } from 'named-shm';

type Task = { readonly lock: string; readonly segment: string; readonly times: number };

function add({ lock: lockName, segment, times }: Task): void {
  using lock = Lock.attach(lockName);
  using shm = SharedMemory.attach(segment);
  const numbers = shm.view('float64');
  for (let i = 0; i < times; i += 1) {
    lock.acquireSync();
    numbers[0] = (numbers[0] as number) + 1;
    lock.release();
  }
}

async function countInThreads(): Promise<void> {
  using lock = Lock.create();
  using shm = SharedMemory.create({ size: 8 });
  const task: Task = { lock: lock.name, segment: shm.name, times: 1000 };
  const workers = [1, 2].map(() => new Worker(__filename, { workerData: task }));
  const ends = workers.map((worker) => once(worker, 'exit'));
  add(task);
  await Promise.all(ends);
  console.log(JSON.stringify({ count: shm.view('float64')[0], free: lock.tryAcquire() }));
}

async function endBlocked(how: string): Promise<void> {
  using lock = Lock.create();
  lock.acquireSync();
  const worker = new Worker(__filename, { workerData: { lock: lock.name, block: true } });
  await once(worker, 'message');
  if (how === 'process.exit(3)') process.exit(3);
  await worker.terminate();
  lock.release();
  console.log(JSON.stringify({ free: lock.tryAcquire() }));
}

const [what = ''] = process.argv.slice(2);

if (!isMainThread) {
  const task = workerData as Task & { readonly block?: true };
  if (task.block) {
    const lock = Lock.attach(task.lock);
    parentPort?.postMessage('blocks now');
    lock.acquireSync();
  } else {
    add(task);
  }
} else if (what === 'count') void countInThreads();
else void endBlocked(what);
