// cleanup-worker.js WAY PREFIX ignores|loads|makes
// Has a Worker make everything under the prefix, while the main thread does not load the library,
// loads it, or makes its own; prints the names of both and ends in the way that it is told.
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const [way = '', prefix = '', main] = process.argv.slice(2);

function say(value: unknown): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

const endsOfWorker: Readonly<Record<string, () => void>> = {
  'the Worker returns': () => parentPort?.close(),
  'the Worker throws': () => {
    throw new Error('thrown in the Worker');
  },
  'process.exit(3) in the Worker': () => process.exit(3),
};

const endsOfMain: Readonly<Record<string, (worker: Worker) => void>> = {
  'worker.terminate()': (worker) => void worker.terminate(),
  'process.exit(4)': () => process.exit(4),
  throw: () => {
    throw new Error('thrown');
  },
  'signal after the end of a listener': () => {
    const listener = (): void => undefined;
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, listener).removeListener(signal, listener);
    say('listens no more');
  },
};

async function makeIn(thread: string): Promise<string[]> {
  const { makeEverything } = await import('./cleanup-make.js');
  return makeEverything(`${prefix}-${thread}`, true);
}

async function runWorker(): Promise<void> {
  const end = endsOfWorker[way];
  if (end) parentPort?.once('message', () => setImmediate(end));
  else setInterval(() => undefined, 1000);
  parentPort?.postMessage(await makeIn('worker'));
}

async function runMain(): Promise<void> {
  if (main === 'loads') await import('named-shm');
  const ofMain = main === 'makes' ? await makeIn('main') : [];
  const worker = new Worker(__filename, { argv: process.argv.slice(2) });
  worker.once('message', (ofWorker: string[]) => {
    say({ ofMain, ofWorker });
    worker.postMessage('end');
    setImmediate(() => endsOfMain[way]?.(worker));
  });
  worker.once('error', () => undefined);
  worker.once('exit', () => {
    say('the Worker has ended');
  });
  // The process lives on after its Worker, for a while that its parent ends.
  process.stdin.resume();
}

void (isMainThread ? runMain() : runWorker());
