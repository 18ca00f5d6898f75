// Closes segments while jobs of Node's own work on their memory.
//
//   close-in-flight rounds N    N times; prints { inFlight, seen }
//   close-in-flight exit NAME   ends by process.exit(7) with jobs on closed and on open segments,
//                               whose names begin with NAME

import { setImmediate as nextTick } from 'node:timers/promises';
import { SharedMemory } from 'named-shm';
import { JOB_COUNT, openScratchFile, startJobs } from './close-jobs';

const SIZE = 64 * 1024;

type Way = 'close at once' | 'close a tick later' | 'leave it to the garbage collector';
const WAYS: readonly Way[] = [
  'close at once',
  'close a tick later',
  'leave it to the garbage collector',
];

interface Round {
  /** Jobs that had not ended when the segment was closed. */
  readonly inFlight: number;
  /** Whether a job wrote to the segment after that. */
  readonly seen: boolean;
}

async function closeInFlight(fd: number, way: Way): Promise<Round> {
  let shm: SharedMemory | undefined = SharedMemory.create({ size: SIZE });
  using other = SharedMemory.attach(shm.name);
  let running = JOB_COUNT;
  const ended = new Promise<void>((resolve) => {
    startJobs((shm as SharedMemory).buf, fd, (error) => {
      if (error) throw error;
      running -= 1;
      if (running === 0) resolve();
    });
  });
  if (way !== 'close at once') await nextTick();
  const inFlight = running;
  shm.unlink();
  if (way === 'leave it to the garbage collector') {
    shm = undefined;
    global.gc?.();
    await ended;
    return { inFlight, seen: false };
  }
  shm.close();
  other.buf.fill(0); // What the jobs wrote while it was open. From here on they reach nobody.
  await ended;
  return { inFlight, seen: other.buf.some((byte) => byte !== 0) };
}

async function rounds(count: number): Promise<void> {
  const fd = openScratchFile(SIZE);
  let inFlight = 0;
  let seen = 0;
  for (let i = 0; i < count; i += 1) {
    const round = await closeInFlight(fd, WAYS[i % WAYS.length] as Way);
    inFlight += round.inFlight;
    if (round.seen) seen += 1;
  }
  console.log(JSON.stringify({ inFlight, seen }));
}

function exit(prefix: string): void {
  const fd = openScratchFile(SIZE);
  for (let i = 0; i < 4; i += 1) {
    const open = SharedMemory.create({ name: `${prefix}_open${i}`, size: SIZE });
    const closed = SharedMemory.create({ name: `${prefix}_closed${i}`, size: SIZE });
    startJobs(open.buf, fd);
    startJobs(closed.buf, fd);
    closed.close();
  }
  process.exit(7);
}

const [scenario, argument] = process.argv.slice(2);
if (scenario === 'exit') exit(argument as string);
else void rounds(Number(argument));
