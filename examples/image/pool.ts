import { Lock, Semaphore, SharedMemory } from 'named-shm';
import { type Program, startNode } from '../support/programs';
import { type Python, startPython } from '../support/python';
import type { Frame, Pass } from './passes';
import type { Job } from './worker';

/** Small enough that nobody waits long for the last one, large enough to be worth taking. */
const BAND_ROWS = 32;

/** Processes that filter a picture in shared memory: who is free takes the next band of rows. */
export class Pool implements Disposable {
  /** Where a picture is put before `filter`. */
  readonly input: Buffer;
  /** Where it is after that. */
  readonly output: Buffer;
  readonly #passes: readonly Pass[];
  readonly #frames: readonly [SharedMemory, SharedMemory];
  readonly #shared = SharedMemory.create({ size: 8 });
  readonly #done = Semaphore.create({ value: 0 });
  readonly #lock: Lock | undefined;
  readonly #workers: readonly { readonly go: Semaphore; readonly program: Program }[];

  private constructor(frame: Frame, passes: readonly Pass[], count: number, python?: Python) {
    const size = 4 * frame.width * frame.height;
    this.#passes = passes;
    this.#frames = [SharedMemory.create({ size }), SharedMemory.create({ size })];
    const [first, second] = this.#frames;
    this.input = first.buf.subarray(0, size);
    this.output = (passes.length % 2 === 0 ? first : second).buf.subarray(0, size);
    this.#lock = python && Lock.create();
    this.#workers = Array.from({ length: count }, (_, i) => {
      const go = Semaphore.create({ value: 0 });
      const job: Job = {
        width: frame.width,
        height: frame.height,
        frames: [first.name, second.name],
        passes,
        band: BAND_ROWS,
        state: this.#shared.name,
        lock: this.#lock?.name ?? null,
        go: go.name,
        done: this.#done.name,
      };
      const args = [JSON.stringify(job)];
      const options = { deadlineMs: 600_000 };
      // With Python, every other worker is one.
      const program =
        python && i % 2 === 1
          ? startPython(python, 'image/worker', args, options)
          : startNode('image/worker', args, options);
      return { go, program };
    });
  }

  /** Starts the processes and waits until all are ready. */
  static async start(
    frame: Frame,
    passes: readonly Pass[],
    count: number,
    python?: Python,
  ): Promise<Pool> {
    const pool = new Pool(frame, passes, count, python);
    await Promise.all(pool.#workers.map(({ program }) => program.firstLine));
    return pool;
  }

  /** Filters what is in `input`, into `output`. */
  async filter(): Promise<void> {
    const failed = Promise.race(
      this.#workers.map(({ program }) =>
        program.lines.then(() => {
          throw new Error('a worker has ended');
        }),
      ),
    );
    failed.catch(() => undefined);
    // A pass reads rows of its neighbours: none begins before all have ended the one before it.
    const state = this.#shared.view('int32');
    for (let pass = 0; pass < this.#passes.length; pass += 1) {
      state[0] = 0;
      for (const { go } of this.#workers) go.release();
      for (let done = 0; done < this.#workers.length; done += 1)
        await Promise.race([this.#done.acquire({ timeout: 60_000 }), failed]);
    }
  }

  /** Ends the processes. */
  async end(): Promise<void> {
    this.#shared.view('int32')[1] = 1;
    for (const { go } of this.#workers) go.release();
    await Promise.all(this.#workers.map(({ program }) => program.lines));
  }

  [Symbol.dispose](): void {
    for (const part of [...this.#frames, this.#shared, this.#done]) part[Symbol.dispose]();
    this.#lock?.[Symbol.dispose]();
    for (const { go } of this.#workers) go[Symbol.dispose]();
  }
}
