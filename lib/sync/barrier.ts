import { checkInteger, checkOptions } from '../core/arguments';
import { createOrAttach } from '../core/create';
import { rangeError, SharedResourceError } from '../core/errors';
import { checkName } from '../core/name';
import { SharedMemory } from '../memory/shared-memory';
import {
  attachParts,
  Composite,
  createParts,
  type Opened,
  type Shape,
  unlinkParts,
} from './composite';
import { type ConditionParts, conditionNotify, conditionWait } from './condition-protocol';
import { Lock } from './lock';
import {
  type AcquireSyncOptions,
  type NamedSemaphoreOptions,
  SEM_VALUE_MAX,
} from './named-semaphore';
import type { AcquireOptions } from './pending-waits';
import { Deadline, type Protocol } from './protocol';
import { timeoutError } from './run-holding';

const SHAPE: Shape = {
  counters: ['wait', 'woken', 'sleeping'],
  lock: Lock, // Not an RLock: several tasks may wait through one object.
};

/** The int32 words of the segment `name.state`. */
const Word = { parties: 0, count: 1, phase: 2 } as const;
const STATE_BYTES = 12;

/** How long whoever wakes the others waits until they are awake. */
const AWAKE_WITHIN_MS = 1000;

/** Filling until all are there; draining until all have left; what `reset` and `abort` make of it. */
const Phase = { filling: 0, draining: 1, resetting: 2, broken: 3 } as const;

export interface BarrierOptions extends NamedSemaphoreOptions {
  /** How many have to wait for each other, at least 1. */
  readonly parties: number;
}

/**
 * A point where a number of programs wait for each other, over and over; with the meaning of
 * Python's `multiprocessing.Barrier`, which itself can't be attached to by name. It consists of a
 * condition (`name.lock`, `name.sleeping`, `name.woken`, `name.wait`) and a segment, `name.state`:
 * three int32, parties, how many wait, and the phase.
 *
 * @example
 * using barrier = Barrier.createOrAttach({ name: 'step', parties: 4 });
 * for (let step = 0; step < 100; step += 1) {
 *   work(step);
 *   await barrier.wait({ timeout: 5000 });
 * }
 */
export class Barrier extends Composite<ConditionParts> {
  readonly #state: SharedMemory;
  readonly #words: Int32Array;

  private constructor(opened: Opened<ConditionParts>, state: SharedMemory, words: Int32Array) {
    super(opened);
    this.#state = state;
    this.#words = words;
  }

  /** @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`; RangeError on bad `parties`. */
  static create(options: BarrierOptions): Barrier {
    const { parties, mode, track } = checkOptions(options);
    const words = new Int32Array([checkInteger(parties, 'parties', 1, 0x7fffffff), 0, 0]);
    const content = new Uint8Array(words.buffer);
    let state: SharedMemory | undefined;
    const opened = createParts(SHAPE, options, (name) => {
      state = SharedMemory.create({
        name: `${name}.state`,
        size: content.length,
        content,
        mode,
        track,
      });
      return state;
    });
    const made = state as unknown as SharedMemory;
    return new Barrier(opened, made, wordsOf(made));
  }

  /**
   * @throws SharedResourceError `ENOENT`; `EACCES`; `ERR_SHM_CORRUPT` where `name.state` is
   * something else.
   */
  static attach(name: string): Barrier {
    const opened = attachParts(SHAPE, name);
    let state: SharedMemory | undefined;
    try {
      state = SharedMemory.attach(`${opened.name}.state`);
      return new Barrier(opened, state, wordsOf(state));
    } catch (error) {
      state?.close();
      for (const part of Object.values(opened.parts) as { close(): void }[]) part.close();
      throw error;
    }
  }

  /**
   * Makes the barrier, or attaches to the one that is there; `created` says which.
   *
   * @throws RangeError where that one is for another number of parties.
   */
  static createOrAttach(options: BarrierOptions & { readonly name: string }): Barrier {
    const barrier = createOrAttach(checkOptions(options).name, {
      create: () => Barrier.create(options),
      attach: () => Barrier.attach(options.name),
    });
    const { parties } = barrier;
    if (parties === options.parties) return barrier;
    barrier.close();
    throw rangeError(
      `barrier '${barrier.name}' already exists for ${parties} parties, not ${options.parties}`,
    );
  }

  /** Removes the five names. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkParts(SHAPE, name);
    SharedMemory.unlink(`${checkName(name, 'semaphore')}.state`);
  }

  /** How many have to wait for each other. */
  get parties(): number {
    return this.#word('parties');
  }

  /** How many wait now: old news as soon as it is read. */
  get waiting(): number {
    return this.#word('phase') === Phase.filling ? this.#word('count') : 0;
  }

  /** Whether it was aborted, or somebody's wait timed out: `reset` makes it usable again. */
  get broken(): boolean {
    return this.#word('phase') === Phase.broken;
  }

  /**
   * Waits until all parties do. A timeout or an abort breaks the barrier for all.
   *
   * @returns a number from 0 to parties - 1, another one for each of them
   * @throws (rejects) SharedResourceError `ERR_SHM_BROKEN` where the barrier is broken or reset
   * meanwhile, or the timeout passed, `ETIMEDOUT` where not even its lock was free in time; the
   * signal's reason.
   */
  async wait(options?: AcquireOptions): Promise<number> {
    const { timeout, signal } = checkOptions(options);
    return this.runAsync(this.#wait(timeout), signal);
  }

  /** As `wait`, blocking this thread and its event loop. */
  waitSync(options?: AcquireSyncOptions): number {
    return this.runSync(this.#wait(checkOptions(options).timeout));
  }

  /** Empties the barrier: those who wait get `ERR_SHM_BROKEN`, those who come later start anew. */
  async reset(options?: AcquireOptions): Promise<void> {
    const { timeout, signal } = checkOptions(options);
    await this.runAsync(this.#reset(timeout), signal);
  }

  /** As `reset`, blocking this thread and its event loop. */
  resetSync(options?: AcquireSyncOptions): void {
    this.runSync(this.#reset(checkOptions(options).timeout));
  }

  /** Breaks the barrier: those who wait and those who come get `ERR_SHM_BROKEN`, until `reset`. */
  async abort(options?: AcquireOptions): Promise<void> {
    const { timeout, signal } = checkOptions(options);
    await this.runAsync(this.#abort(timeout), signal);
  }

  /** As `abort`, blocking this thread and its event loop. */
  abortSync(options?: AcquireSyncOptions): void {
    this.runSync(this.#abort(checkOptions(options).timeout));
  }

  override unlink(): void {
    super.unlink();
    this.#state.unlink();
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#state.unlinkOwn();
  }

  /** @internal */
  protected override closeParts(): void {
    super.closeParts();
    this.#state.close();
  }

  *#wait(timeout: number | undefined): Protocol<number> {
    const words = this.#words;
    const deadline = new Deadline(timeout);
    yield* this.#takeLock(deadline);
    try {
      // The last round's parties leave first.
      while (words[Word.phase] === Phase.draining || words[Word.phase] === Phase.resetting)
        yield* this.#sleep(deadline);
      if (words[Word.phase] === Phase.broken) throw this.#brokenError();
      const index = words[Word.count] as number;
      words[Word.count] = index + 1;
      try {
        if (index + 1 === words[Word.parties]) yield* this.#enter(Phase.draining);
        while (words[Word.phase] === Phase.filling) yield* this.#sleep(deadline);
        if (words[Word.phase] !== Phase.draining) throw this.#brokenError();
        return index;
      } catch (error) {
        if (words[Word.phase] === Phase.filling) yield* this.#enter(Phase.broken);
        throw error;
      } finally {
        words[Word.count] = (words[Word.count] as number) - 1;
        if (words[Word.count] === 0 && words[Word.phase] !== Phase.broken)
          yield* this.#enter(Phase.filling);
      }
    } finally {
      this.parts.lock.release();
    }
  }

  *#reset(timeout: number | undefined): Protocol<void> {
    yield* this.#takeLock(new Deadline(timeout));
    try {
      const empty = this.#words[Word.count] === 0;
      const draining = this.#words[Word.phase] === Phase.draining;
      if (!draining) yield* this.#enter(empty ? Phase.filling : Phase.resetting);
    } finally {
      this.parts.lock.release();
    }
  }

  *#abort(timeout: number | undefined): Protocol<void> {
    yield* this.#takeLock(new Deadline(timeout));
    try {
      yield* this.#enter(Phase.broken);
    } finally {
      this.parts.lock.release();
    }
  }

  /** Those who sleep look at the phase when they wake: one that was killed must not hold it up. */
  *#enter(phase: number): Protocol<void> {
    this.#words[Word.phase] = phase;
    this.#state.assertUsable();
    const options = { timeout: AWAKE_WITHIN_MS, abortable: false, takesBack: false };
    try {
      yield* conditionNotify(this.parts, SEM_VALUE_MAX, options);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ETIMEDOUT') throw error;
    }
  }

  *#sleep(deadline: Deadline): Protocol<void> {
    if (deadline.left === 0) throw this.#brokenError();
    yield* conditionWait(this.parts, deadline.left);
  }

  *#takeLock(deadline: Deadline): Protocol<void> {
    if (!(yield { on: this.parts.lock, timeout: deadline.left, abortable: true }))
      throw timeoutError('the lock of barrier', this.name);
  }

  #word(word: keyof typeof Word): number {
    this.assertOpen();
    this.#state.assertUsable();
    return this.#words[Word[word]] as number;
  }

  #brokenError(): SharedResourceError {
    this.#state.assertUsable();
    return new SharedResourceError('ERR_SHM_BROKEN', `barrier '${this.name}' is broken`, {
      path: `/${this.name}`,
    });
  }
}

/** @throws SharedResourceError `ERR_SHM_CORRUPT` for what no barrier has written. */
function wordsOf(state: SharedMemory): Int32Array {
  if (state.size >= STATE_BYTES) {
    const words = state.view('int32', 0, STATE_BYTES / 4);
    const [parties = 0, count = -1, phase = -1] = words;
    if (parties > 0 && count >= 0 && phase >= Phase.filling && phase <= Phase.broken) return words;
  }
  throw new SharedResourceError('ERR_SHM_CORRUPT', `not the state of a barrier, or a damaged one`, {
    path: `/${state.name}`,
  });
}
