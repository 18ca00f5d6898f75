import { LockKind } from '../binding';
import { checkOptions } from '../core/arguments';
import { createOrAttach } from '../core/create';
import type { AcquireSyncOptions } from './named-semaphore';
import type { AcquireOptions } from './pending-waits';
import {
  type Acquisition,
  attachLock,
  createLock,
  RobustLock,
  type RobustKind,
  type RobustLockOptions,
  unlinkLock,
} from './robust-lock';

const MUTEX: RobustKind = { native: LockKind.mutex, kind: 'mutex' };

export type MutexOptions = RobustLockOptions;

/**
 * A named lock that survives its holder: when the program, or the Worker, that holds it dies, the
 * next one gets it and hears `ownerDied`. It is never taken from a holder that lives, however long
 * that takes. For programs of this library only: Python's locks can't do this.
 *
 * Only the object that acquired it can release it.
 *
 * @example
 * using mutex = Mutex.createOrAttach({ name: 'ledger' });
 * const { ownerDied } = await mutex.acquire();
 * try {
 *   if (ownerDied) {
 *     repair();
 *     mutex.markConsistent();
 *   }
 *   change();
 * } finally {
 *   mutex.release();
 * }
 */
export class Mutex extends RobustLock {
  /** Makes a mutex that is free. @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`. */
  static create(options?: MutexOptions): Mutex {
    return new Mutex(MUTEX, createLock(MUTEX, options, 0));
  }

  /**
   * @throws SharedResourceError `ENOENT`; `EACCES`; `ERR_SHM_CORRUPT` where the name stands for
   * something else, or a mutex of another version.
   */
  static attach(name: string): Mutex {
    return new Mutex(MUTEX, attachLock(MUTEX, name));
  }

  /** Makes the mutex, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: MutexOptions & { readonly name: string }): Mutex {
    return createOrAttach(checkOptions(options).name, {
      create: () => Mutex.create(options),
      attach: () => Mutex.attach(options.name),
    });
  }

  /** Removes a name; who has the mutex open keeps it. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkLock(MUTEX, name);
  }

  /** Takes the mutex if it is free, or its holder is dead. */
  tryAcquire(): Acquisition {
    return this.take(false);
  }

  /**
   * Takes the mutex, blocking this thread and its event loop; `acquired` is false when `timeout`
   * milliseconds have passed first. A holder that dies is noticed within about 100 ms.
   */
  acquireSync(options?: AcquireSyncOptions): Acquisition {
    return this.waitSync(false, options);
  }

  /**
   * Takes the mutex without blocking: tries at once, and else waits in a thread of its own.
   *
   * @throws (rejects) the signal's reason; TypeError `ERR_SHM_CLOSED`. Nothing is held then.
   */
  acquire(options?: AcquireOptions): Promise<Acquisition> {
    return this.wait(false, options);
  }

  /** @throws TypeError `ERR_SHM_NOT_OWNER` where it is not held through this object. */
  release(): void {
    this.giveBack(false);
  }

  /**
   * Runs `fn` while holding the mutex, and releases it however `fn` ends.
   *
   * @param fn - gets the acquisition, for its `ownerDied`
   * @throws (rejects) what `fn` throws; SharedResourceError `ETIMEDOUT`; as `acquire`.
   */
  async run<T>(
    fn: (acquisition: Acquisition) => T | Promise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return this.runHolding(fn, false, options);
  }
}
