import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { Semaphore, SharedArray, SharedMemory } from 'named-shm';
import { expectSame } from '../support/expect';
import { integer, parseOptions } from '../support/options';
import { compiledExamples } from '../support/paths';
import { startNode } from '../support/programs';
import { type Python, pythonFor, startPython } from '../support/python';
import { formatCount, formatTime, row, step } from '../support/report';
import { formatRate } from '../support/table';
import { HEADER_BYTES, median, now, type Received, SLOTS } from './frames';
import type { Sent } from './ipc-consumer';

const USAGE = `Usage: npm run demo -- producer-consumer [options]

One program makes, another one takes: 100 numbers, then frames through a double buffer.

  --size BYTES         of a frame (default: 33177600, 3840 × 2160 in RGBA)
  --frames N           (default: 60)
  --ipc-frames N       how many are sent over child_process IPC (default: 10)
  --with python        the consumer is Python
  --python COMMAND     the Python to use
  --json               the figures as JSON`;

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const options = parseOptions(
    args,
    {
      size: word,
      frames: word,
      'ipc-frames': word,
      with: word,
      python: word,
      json: { type: 'boolean' },
    },
    USAGE,
  );
  if (options === undefined) return 0;
  const size = integer('size', options.size, { byDefault: 3840 * 2160 * 4, max: 2 ** 30 });
  const frames = integer('frames', options.frames, { byDefault: 60, max: 1_000_000 });
  const ipcFrames = integer('ipc-frames', options['ipc-frames'], { byDefault: 10, max: 100_000 });
  const python = await pythonFor(options);

  if (options.json === true) {
    const [shared, ipc] = [await stream(size, frames, python), await streamByIpc(size, ipcFrames)];
    const [handover, ipcHandover] = [shared, ipc].map(({ handoverMs }) => median(handoverMs)) as [
      number,
      number,
    ];
    const summary = {
      size,
      shared: summaryOf(shared, size),
      ipc: summaryOf(ipc, size),
      faster: ipcHandover / handover,
    };
    console.log(JSON.stringify(summary, null, 2));
    return shared.wrong + ipc.wrong === 0 ? 0 : 1;
  }
  const received: Received[] = [];
  const held = [
    await step('100 numbers', () => hundredNumbers(python)),
    await step('Frames through a double buffer', async () => {
      row('frames', `${frames} of ${formatCount(size)} bytes, in ${SLOTS} places`);
      received.push(tell(await stream(size, frames, python), size));
      return 'in order, none torn, none copied';
    }),
    await step('The same over child_process IPC', async () => {
      row('frames', `${ipcFrames} of ${formatCount(size)} bytes`);
      received.push(tell(await streamByIpc(size, ipcFrames), size));
      const [here = NaN, there = NaN] = received.map(({ handoverMs }) => median(handoverMs));
      return `shared memory hands a frame over ${formatCount(Math.round(there / here))} times as fast`;
    }),
  ];
  return held.every(Boolean) ? 0 : 1;
}

async function hundredNumbers(python: Python | undefined): Promise<string> {
  using numbers = SharedArray.create('float64', [100]);
  using full = Semaphore.create({ value: 0 });
  const args = [numbers.name, full.name];
  const consumer = python
    ? startPython(python, 'producer-consumer/numbers', args)
    : startNode('producer-consumer/numbers', args);
  await consumer.firstLine;
  for (let i = 0; i < 100; i += 1) numbers.set(i, i * 3.14);
  full.release(); // Not before: who gets it may read.
  const [, said = ''] = await consumer.lines;
  row(python ? 'Python' : 'Node', `their sum is ${said}`);
  expectSame(
    'the sum',
    Number(said),
    numbers.data.reduce((sum, value) => sum + value, 0),
  );
  return 'the semaphore says when they are there';
}

async function stream(size: number, frames: number, python: Python | undefined): Promise<Received> {
  using shm = SharedMemory.create({ size: SLOTS * (HEADER_BYTES + size) });
  using free = Semaphore.create({ value: SLOTS });
  using full = Semaphore.create({ value: 0 });
  const args = [shm.name, free.name, full.name, String(frames), String(size)];
  const options = { deadlineMs: 600_000 };
  const consumer = python
    ? startPython(python, 'producer-consumer/consumer', args, options)
    : startNode('producer-consumer/consumer', args, options);
  await consumer.firstLine;
  const producer = startNode('producer-consumer/producer', args, options);
  const [[, said = '']] = await Promise.all([consumer.lines, producer.lines]);
  return JSON.parse(said) as Received;
}

async function streamByIpc(size: number, frames: number): Promise<Received> {
  const file = path.join(compiledExamples, 'producer-consumer', 'ipc-consumer.js');
  const consumer = fork(file, { serialization: 'advanced' });
  const send = (message: Sent): boolean => consumer.send(message);
  try {
    await once(consumer, 'spawn');
    const pixels = new Uint8Array(size);
    for (let index = 0; index < frames; index += 1) {
      pixels.fill(index & 255);
      send({ done: now(), index, pixels });
      await once(consumer, 'message');
    }
    send('over');
    const [received] = (await once(consumer, 'message')) as [Received];
    return received;
  } finally {
    consumer.kill('SIGKILL');
  }
}

function tell(received: Received, size: number): Received {
  const { frames, wrong, handoverMs } = received;
  const { framesPerSecond, bytesPerSecond } = summaryOf(received, size);
  row('received', `${frames} frames, ${wrong} of them wrong`);
  row(
    'rate',
    `${framesPerSecond.toFixed(1)} frames a second, ${formatRate(bytesPerSecond)}, drawing included`,
  );
  row('handover', `${formatHandover(median(handoverMs))}, the median`);
  expectSame('wrong frames', wrong, 0);
  return received;
}

function formatHandover(milliseconds: number): string {
  return milliseconds < 1 ? `${(1000 * milliseconds).toFixed(0)} µs` : formatTime(milliseconds);
}

function summaryOf({ frames, wrong, handoverMs, milliseconds }: Received, size: number) {
  const framesPerSecond = (1000 * frames) / milliseconds;
  return {
    frames,
    wrong,
    framesPerSecond,
    bytesPerSecond: framesPerSecond * size,
    medianHandoverMs: median(handoverMs),
  };
}
