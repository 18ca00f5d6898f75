import { checkOptions, checkTimeout } from '../core/arguments';
import { createOrAttach } from '../core/create';
import { typeError } from '../core/errors';
import {
  type AcquireSyncOptions,
  attachSemaphore,
  createSemaphore,
  NamedSemaphore,
  type NamedSemaphoreOptions,
  unlinkSemaphore,
} from './named-semaphore';
import { type AcquireOptions, checkSignal } from './pending-waits';
import { Deadline } from './protocol';

/** What the waits of other tasks end with when one has the lock: then it is theirs as well. */
const ENTERED = new Error('held through this object by now');

export type RLockOptions = NamedSemaphoreOptions;

/**
 * A named lock that its holder can take again; Python's `multiprocessing.RLock` is the same thing.
 * The holder is this object: whoever acquires through it while it is held goes one level deeper,
 * another async task of the program too. Other objects, threads and programs wait. It does not
 * notice when its holder dies.
 *
 * @example
 * using lock = RLock.createOrAttach({ name: 'tree' });
 * lock.acquireSync();
 * lock.acquireSync(); // depth 2
 * lock.release();
 * lock.release(); // free
 */
export class RLock extends NamedSemaphore {
  #depth = 0;
  #levelsAtClose = 0;

  /** Makes a lock that is free. @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`. */
  static create(options?: RLockOptions): RLock {
    return new RLock(createSemaphore(options, { value: 1, maxValue: 1 }));
  }

  /** @throws SharedResourceError `ENOENT`, `EACCES`. */
  static attach(name: string): RLock {
    return new RLock(attachSemaphore(name, 1));
  }

  /** Makes the lock, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: RLockOptions & { readonly name: string }): RLock {
    return createOrAttach(checkOptions(options).name, {
      create: () => RLock.create(options),
      attach: () => RLock.attach(options.name),
    });
  }

  /** Removes a name; who has the lock open keeps it. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkSemaphore(name);
  }

  /** How often it is held through this object: 0 where it is not. */
  get depth(): number {
    return this.#depth;
  }

  override tryAcquire(): boolean {
    return this.#deeper() || this.#entered(super.tryAcquire());
  }

  override acquireSync(options?: AcquireSyncOptions): boolean {
    if (this.#depth > 0) checkTimeout(checkOptions(options).timeout);
    return this.#deeper() || this.#entered(super.acquireSync(options));
  }

  override async acquire(options?: AcquireOptions): Promise<boolean> {
    const { timeout, signal } = checkOptions(options);
    checkTimeout(timeout);
    checkSignal(signal);
    const deadline = new Deadline(timeout);
    while (!this.tryAcquire()) {
      try {
        return this.#entered(await super.acquire({ timeout: deadline.left, signal }));
      } catch (error) {
        if (error !== ENTERED) throw error;
      }
    }
    return true;
  }

  /**
   * Goes up one level; from the first one the lock is free.
   *
   * @throws TypeError `ERR_SHM_NOT_OWNER` where it is not held through this object.
   */
  override release(): void {
    if (this.#depth > 1) this.#depth -= 1;
    else this.releaseAll();
  }

  override close(): void {
    this.#levelsAtClose ||= this.#depth;
    super.close();
    this.#depth = 0;
  }

  /** With the last level, and not where one is left that can't be released any more. @internal */
  protected override releaseClosed(): void {
    this.#levelsAtClose -= 1;
    if (this.#levelsAtClose === 0) super.releaseClosed();
  }

  /** Frees it from any depth, which is returned, for `restore` after it was acquired again. @internal */
  releaseAll(): number {
    const depth = this.#depth;
    if (depth === 0 && !this.closed)
      throw typeError('ERR_SHM_NOT_OWNER', `lock '${this.name}' is not held through this object`);
    super.release();
    this.#depth = 0;
    return depth;
  }

  /** Acquiring it again was one level; another task of the program may have some too. @internal */
  restore(depth: number): void {
    this.#depth += depth - 1;
  }

  #deeper(): boolean {
    if (this.#depth === 0) return false;
    this.#depth += 1;
    return true;
  }

  #entered(acquired: boolean): boolean {
    if (!acquired) return false;
    this.#depth = 1;
    this.endWaits(ENTERED);
    return true;
  }
}
