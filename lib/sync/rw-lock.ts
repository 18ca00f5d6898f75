import { LockKind } from '../binding';
import { checkInteger, checkOptions } from '../core/arguments';
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

const RW_LOCK: RobustKind = { native: LockKind.rwLock, kind: 'reader-writer lock' };
const DEFAULT_READERS = 120; // 1 KiB in all
const MOST_READERS = 65536;

export interface RwLockOptions extends RobustLockOptions {
  /** How many can read at once: each takes 8 bytes. @default 120 */
  readonly maxReaders?: number | undefined;
}

/**
 * A named lock that many can hold for reading or one for writing. A writer that waits keeps new
 * readers out, so that it gets its turn. Readers and writers that die are recovered as a Mutex's
 * holder is: after a writer's death whoever acquires hears `ownerDied`, until a writer calls
 * `markConsistent()`.
 *
 * An object can hold it for reading several times. Who reads must not wait to write: it would wait
 * for itself.
 *
 * @example
 * using lock = RwLock.createOrAttach({ name: 'table' });
 * const rows = await lock.read(() => readRows());
 * await lock.write(() => changeRows());
 */
export class RwLock extends RobustLock {
  /** Makes a lock that is free. @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`. */
  static create(options?: RwLockOptions): RwLock {
    const { maxReaders = DEFAULT_READERS } = checkOptions(options);
    checkInteger(maxReaders, 'maxReaders', 1, MOST_READERS);
    return new RwLock(RW_LOCK, createLock(RW_LOCK, options, maxReaders));
  }

  /**
   * @throws SharedResourceError `ENOENT`; `EACCES`; `ERR_SHM_CORRUPT` where the name stands for
   * something else, or a lock of another version.
   */
  static attach(name: string): RwLock {
    return new RwLock(RW_LOCK, attachLock(RW_LOCK, name));
  }

  /** Makes the lock, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: RwLockOptions & { readonly name: string }): RwLock {
    return createOrAttach(checkOptions(options).name, {
      create: () => RwLock.create(options),
      attach: () => RwLock.attach(options.name),
    });
  }

  /** Removes a name; who has the lock open keeps it. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkLock(RW_LOCK, name);
  }

  /** Takes it for reading if no writer has it, or waits for it. */
  tryAcquireRead(): Acquisition {
    return this.take(true);
  }

  /** Takes it for reading, blocking this thread and its event loop; milliseconds. */
  acquireReadSync(options?: AcquireSyncOptions): Acquisition {
    return this.waitSync(true, options);
  }

  /** Takes it for reading without blocking. @throws (rejects) as `Mutex.acquire`. */
  acquireRead(options?: AcquireOptions): Promise<Acquisition> {
    return this.wait(true, options);
  }

  /** @throws TypeError `ERR_SHM_NOT_OWNER` where it is not held for reading through this object. */
  releaseRead(): void {
    this.giveBack(true);
  }

  /** Takes it for writing if nobody has it, or only the dead. */
  tryAcquireWrite(): Acquisition {
    return this.take(false);
  }

  /** Takes it for writing, blocking this thread and its event loop; milliseconds. */
  acquireWriteSync(options?: AcquireSyncOptions): Acquisition {
    return this.waitSync(false, options);
  }

  /** Takes it for writing without blocking. @throws (rejects) as `Mutex.acquire`. */
  acquireWrite(options?: AcquireOptions): Promise<Acquisition> {
    return this.wait(false, options);
  }

  /** @throws TypeError `ERR_SHM_NOT_OWNER` where it is not held for writing through this object. */
  releaseWrite(): void {
    this.giveBack(false);
  }

  /** Runs `fn` while holding it for reading, as `Mutex.run`. */
  async read<T>(
    fn: (acquisition: Acquisition) => T | Promise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return this.runHolding(fn, true, options);
  }

  /** Runs `fn` while holding it for writing, as `Mutex.run`. */
  async write<T>(
    fn: (acquisition: Acquisition) => T | Promise<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    return this.runHolding(fn, false, options);
  }
}
