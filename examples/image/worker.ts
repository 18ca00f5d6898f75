/**
 * Filters its band of each picture, over and over, until it is told that there are no more.
 *
 *     node out/examples/image/worker.js JOB
 */
import { Semaphore, SharedMemory } from 'named-shm';
import { apply, type Frame, type Pass } from './passes';

/** What a worker is told, as JSON. */
export interface Job extends Frame {
  /** Two pictures: passes go from one to the other, and back. */
  readonly frames: readonly [string, string];
  readonly passes: readonly Pass[];
  /** The rows of its band. */
  readonly rows: readonly [number, number];
  /** One int32: not 0 when there is no more to do. */
  readonly over: string;
  /** Semaphores: its own for "do the next pass", everybody's for "done". */
  readonly go: string;
  readonly done: string;
}

function main(job: Job): void {
  using first = SharedMemory.attach(job.frames[0]);
  using second = SharedMemory.attach(job.frames[1]);
  using over = SharedMemory.attach(job.over);
  using go = Semaphore.attach(job.go);
  using done = Semaphore.attach(job.done);
  const frames = [first.view('uint8'), second.view('uint8')] as const;
  const isOver = over.view('int32');
  console.log('ready');
  for (;;) {
    for (const [i, pass] of job.passes.entries()) {
      if (!go.acquireSync({ timeout: 60_000 })) throw new Error('nobody said go');
      if (Atomics.load(isOver, 0) !== 0) return;
      const [from, to] = i % 2 === 0 ? frames : [frames[1], frames[0]];
      apply(pass, from, to, job, job.rows);
      done.release();
    }
  }
}

if (require.main === module) main(JSON.parse(process.argv[2] ?? '') as Job);
