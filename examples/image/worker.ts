/**
 * Filters bands of each picture, over and over, until it is told that there are no more.
 *
 *     node out/examples/image/worker.js JOB
 */
import { Semaphore, SharedMemory } from 'named-shm';
import { SharedCounter } from '../support/shared-counter';
import { apply, type Frame, type Pass } from './passes';

/** What a worker is told, as JSON. */
export interface Job extends Frame {
  /** Two pictures: passes go from one to the other, and back. */
  readonly frames: readonly [string, string];
  readonly passes: readonly Pass[];
  /** Rows of a band, which is what a worker takes at a time. */
  readonly band: number;
  /** Two int32: the next band to take, and not 0 when there is no more to do. */
  readonly state: string;
  /** Guards the next band where one of the workers is Python's. */
  readonly lock: string | null;
  /** Semaphores: its own for "do the next pass", everybody's for "done". */
  readonly go: string;
  readonly done: string;
}

function main(job: Job): void {
  using first = SharedMemory.attach(job.frames[0]);
  using second = SharedMemory.attach(job.frames[1]);
  using shared = SharedMemory.attach(job.state);
  using go = Semaphore.attach(job.go);
  using done = Semaphore.attach(job.done);
  const frames = [first.view('uint8'), second.view('uint8')] as const;
  const state = shared.view('int32');
  using bands = new SharedCounter(state, 0, job.lock);
  console.log('ready');
  for (;;) {
    for (const [i, pass] of job.passes.entries()) {
      if (!go.acquireSync({ timeout: 60_000 })) throw new Error('nobody said go');
      if (Atomics.load(state, 1) !== 0) return;
      const [from, to] = i % 2 === 0 ? frames : [frames[1], frames[0]];
      for (;;) {
        const begin = job.band * bands.take();
        if (begin >= job.height) break;
        apply(pass, from, to, job, [begin, Math.min(begin + job.band, job.height)]);
      }
      done.release();
    }
  }
}

if (require.main === module) main(JSON.parse(process.argv[2] ?? '') as Job);
