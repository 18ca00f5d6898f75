// A segment inside a WebAssembly memory. Prints a line of JSON.
//
//   wasm-window garbage    memories and windows that nobody keeps; with --expose-gc
//   wasm-window worker     a Worker gets the memory and adds; the window is closed under it
//   wasm-window ended      a Worker maps and ends, the main thread goes on with the memory
//   wasm-window truncated  the segment is cut short

import { readFileSync, statSync, truncateSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { SharedMemory } from 'named-shm';

const PAGE = 65_536;

interface Memory {
  readonly buffer: SharedArrayBuffer;
}
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: new (options: object) => Memory };
};

function newMemory(pages = 4): Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: 2 * pages, shared: true });
}

function mappingsOf(name: string): number {
  const { ino } = statSync(`/dev/shm/${name}`);
  const lines = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return lines.filter((line) => line.split(/ +/)[4] === `${ino}`).length;
}

async function garbage(): Promise<object> {
  using shm = SharedMemory.create({ size: PAGE });
  shm.buf.fill(1);
  let kept = 0;
  for (let i = 0; i < 200; i += 1) kept += await useAndForget(shm, i % 50 === 0 ? 3 : 0);
  await collect(10);
  return { kept, mappings: mappingsOf(shm.name), bytes: shm.buf.every((byte) => byte === 1) };
}

async function useAndForget(shm: SharedMemory, collections: number): Promise<number> {
  const memory = newMemory();
  shm.mapInto(memory, PAGE);
  await collect(collections);
  return new Uint8Array(memory.buffer)[PAGE] as number; // 0 if its window has gone.
}

async function collect(times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    global.gc?.();
    await setImmediate();
  }
}

interface Given {
  readonly scenario: string;
  readonly memory: Memory;
  readonly name: string;
}

async function inWorker(given: Given, whileItRuns?: () => unknown): Promise<void> {
  const worker = new Worker(__filename, { workerData: given });
  const ended = new Promise((resolve, reject) =>
    worker.once('exit', resolve).once('error', reject),
  );
  await new Promise((resolve) => worker.once('message', resolve));
  whileItRuns?.();
  worker.postMessage('end');
  await ended;
}

function workerThread({ scenario, memory, name }: Given): void {
  if (scenario === 'ended') {
    using shm = SharedMemory.attach(name);
    shm.mapInto(memory, PAGE);
    new Uint8Array(memory.buffer)[PAGE] = 5;
  } else {
    Atomics.add(new Int32Array(memory.buffer), PAGE / 4, 41);
  }
  parentPort?.once('message', () => {
    Atomics.add(new Int32Array(memory.buffer), PAGE / 4 + 1, 1);
  });
  parentPort?.postMessage('ready');
}

async function worker(): Promise<object> {
  using shm = SharedMemory.create({ size: PAGE });
  const memory = newMemory();
  const window = shm.mapInto(memory, PAGE);
  shm.view('int32')[0] = 1;
  let during: unknown;
  await inWorker({ scenario: 'worker', memory, name: shm.name }, () => {
    during = shm.view('int32')[0];
    window.close();
  });
  return { during, after: [...new Int32Array(memory.buffer, PAGE, 2)], kept: shm.view('int32')[0] };
}

async function ended(): Promise<object> {
  using shm = SharedMemory.create({ size: PAGE });
  const memory = newMemory();
  let during: unknown;
  await inWorker({ scenario: 'ended', memory, name: shm.name }, () => {
    during = [shm.buf[0], new Uint8Array(memory.buffer)[PAGE]];
  });
  const bytes = new Uint8Array(memory.buffer);
  const after = [shm.buf[0], bytes[PAGE], mappingsOf(shm.name)];
  bytes.fill(3);
  return { during, after, kept: shm.buf[0] };
}

function truncated(): object {
  using shm = SharedMemory.create({ size: 2 * PAGE });
  const memory = newMemory();
  using window = shm.mapInto(memory, PAGE);
  const bytes = new Uint8Array(memory.buffer);
  truncateSync(`/dev/shm/${shm.name}`, PAGE);
  bytes[PAGE] = 7;
  const read = bytes[2 * PAGE];
  let code: unknown;
  try {
    window.byteOffset.toFixed();
  } catch (error) {
    code = (error as { code: string }).code;
  }
  return { read, code, left: shm.buf[0], outside: bytes.fill(9).at(-1) };
}

if (isMainThread) {
  const scenarios: Record<string, () => unknown> = { garbage, worker, ended, truncated };
  void Promise.resolve(scenarios[process.argv[2] ?? '']?.()).then((result) => {
    console.log(JSON.stringify(result));
  });
} else {
  workerThread(workerData as Given);
}
