import { checkFunction, checkInteger, checkOptions } from '../core/arguments';
import { createOrAttach } from '../core/create';
import { typeError } from '../core/errors';
import { attachParts, Composite, createParts, type Shape, unlinkParts } from './composite';
import { type ConditionParts, conditionNotify, conditionWait } from './condition-protocol';
import {
  type AcquireSyncOptions,
  type NamedSemaphoreOptions,
  SEM_VALUE_MAX,
} from './named-semaphore';
import type { AcquireOptions } from './pending-waits';
import { Deadline, type Protocol } from './protocol';
import { RLock } from './rlock';

const SHAPE: Shape = {
  counters: ['wait', 'woken', 'sleeping'],
  lock: RLock,
};

export type ConditionOptions = NamedSemaphoreOptions;

/** The semaphores of a Python program's Condition, each by `._semlock.name`. */
export interface ConditionNames {
  readonly lock: string;
  readonly sleeping: string;
  readonly woken: string;
  readonly wait: string;
}

/**
 * A lock on which programs wait until another one says that something has changed; Python's
 * `multiprocessing.Condition` is the same thing. It consists of four semaphores: `name.lock` (an
 * RLock), `name.sleeping`, `name.woken` and `name.wait`.
 *
 * `notify` waits until those it woke are awake, as Python's does. One that was killed in its sleep
 * never wakes: give `notify` a timeout where that can happen.
 *
 * @example
 * using ready = Condition.createOrAttach({ name: 'ready' });
 * await ready.run(async () => {
 *   await ready.waitFor(() => queue[0] > 0, { timeout: 1000 });
 * });
 */
export class Condition extends Composite<ConditionParts> {
  /** @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`. */
  static create(options?: ConditionOptions): Condition {
    return new Condition(createParts(SHAPE, options));
  }

  /**
   * By the one name of a condition of ours, or by the names of a Python program's semaphores.
   *
   * @throws SharedResourceError `ENOENT`, `EACCES`.
   */
  static attach(named: string | ConditionNames): Condition {
    return new Condition(attachParts(SHAPE, named));
  }

  /** Makes the condition, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: ConditionOptions & { readonly name: string }): Condition {
    return createOrAttach(checkOptions(options).name, {
      create: () => Condition.create(options),
      attach: () => Condition.attach(options.name),
    });
  }

  /** Removes the four names. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkParts(SHAPE, name);
  }

  tryAcquire(): boolean {
    this.assertOpen();
    return this.parts.lock.tryAcquire();
  }

  acquireSync(options?: AcquireSyncOptions): boolean {
    this.assertOpen();
    return this.parts.lock.acquireSync(options);
  }

  async acquire(options?: AcquireOptions): Promise<boolean> {
    this.assertOpen();
    return this.parts.lock.acquire(options);
  }

  release(): void {
    this.assertOpen();
    this.parts.lock.release();
  }

  /** Runs `fn` while holding the lock, as `Lock.run`. */
  async run<T>(fn: () => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    this.assertOpen();
    return this.parts.lock.run(fn, options);
  }

  /**
   * Releases the lock, waits to be notified, and takes the lock again; false when `timeout`
   * milliseconds have passed first. Look at what you wait for again after it.
   *
   * @throws (rejects) TypeError `ERR_SHM_NOT_OWNER` where the lock is not held; the signal's
   * reason, with the lock held.
   */
  async wait(options?: AcquireOptions): Promise<boolean> {
    const { timeout, signal } = checkOptions(options);
    return this.runAsync(this.#wait(timeout), signal);
  }

  /** As `wait`, blocking this thread and its event loop. */
  waitSync(options?: AcquireSyncOptions): boolean {
    return this.runSync(this.#wait(checkOptions(options).timeout));
  }

  /** Waits until `predicate` is true; false where it is not when `timeout` has passed. */
  async waitFor(predicate: () => boolean, options?: AcquireOptions): Promise<boolean> {
    const { timeout, signal } = checkOptions(options);
    return this.runAsync(this.#waitFor(predicate, timeout), signal);
  }

  /** As `waitFor`, blocking this thread and its event loop. */
  waitForSync(predicate: () => boolean, options?: AcquireSyncOptions): boolean {
    return this.runSync(this.#waitFor(predicate, checkOptions(options).timeout));
  }

  /**
   * Wakes up to `count` of those who wait, and waits until they are awake. The lock must be held.
   *
   * @throws (rejects) SharedResourceError `ETIMEDOUT` where some are not awake in time: they may
   * have been killed; TypeError `ERR_SHM_NOT_OWNER`.
   */
  async notify(count = 1, options?: AcquireOptions): Promise<void> {
    const { timeout, signal } = checkOptions(options);
    await this.runAsync(this.#notify(count, timeout), signal);
  }

  /** As `notify`, for all who wait. */
  async notifyAll(options?: AcquireOptions): Promise<void> {
    await this.notify(SEM_VALUE_MAX, options);
  }

  /** As `notify`, blocking this thread and its event loop. */
  notifySync(count = 1, options?: AcquireSyncOptions): void {
    this.runSync(this.#notify(count, checkOptions(options).timeout));
  }

  /** As `notifyAll`, blocking this thread and its event loop. */
  notifyAllSync(options?: AcquireSyncOptions): void {
    this.notifySync(SEM_VALUE_MAX, options);
  }

  *#wait(timeout: number | undefined): Protocol<boolean> {
    this.#checkHeld();
    return yield* this.#sleep(timeout);
  }

  *#sleep(timeout: number | undefined): Protocol<boolean> {
    const { lock } = this.parts;
    const depth = lock instanceof RLock ? lock.depth : 1;
    try {
      return yield* conditionWait(this.parts, timeout);
    } finally {
      // Nobody can release it through a closed object.
      for (let level = 0; this.closed && level < depth; level += 1) lock.release();
    }
  }

  *#waitFor(predicate: () => boolean, timeout: number | undefined): Protocol<boolean> {
    checkFunction(predicate, 'predicate');
    this.#checkHeld();
    const deadline = new Deadline(timeout);
    while (!predicate()) {
      if (deadline.left === 0) return false;
      yield* this.#sleep(deadline.left);
      this.assertOpen();
    }
    return true;
  }

  *#notify(count: number, timeout: number | undefined): Protocol<void> {
    checkInteger(count, 'count', 0, SEM_VALUE_MAX);
    this.#checkHeld();
    yield* conditionNotify(this.parts, count, { timeout });
  }

  #checkHeld(): void {
    if (this.parts.lock instanceof RLock && this.parts.lock.depth === 0)
      throw typeError('ERR_SHM_NOT_OWNER', `acquire condition '${this.name}' first`);
  }
}
