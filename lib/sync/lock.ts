import { checkOptions } from '../core/arguments';
import { createOrAttach } from '../core/create';
import {
  attachSemaphore,
  createSemaphore,
  NamedSemaphore,
  type NamedSemaphoreOptions,
  unlinkSemaphore,
} from './named-semaphore';

export type LockOptions = NamedSemaphoreOptions;

/**
 * A named lock that one program at a time can hold; Python's `multiprocessing.Lock` is the same
 * thing. It does not notice when its holder dies.
 *
 * @example
 * using lock = Lock.createOrAttach({ name: 'counter' });
 * if (lock.acquireSync({ timeout: 1000 })) {
 *   try { counter[0] += 1; } finally { lock.release(); }
 * }
 */
export class Lock extends NamedSemaphore {
  /** Makes a lock that is free. @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`. */
  static create(options?: LockOptions): Lock {
    return new Lock(createSemaphore(options, { value: 1, maxValue: 1 }));
  }

  /** @throws SharedResourceError `ENOENT`, `EACCES`. */
  static attach(name: string): Lock {
    return new Lock(attachSemaphore(name, 1));
  }

  /** Makes the lock, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: LockOptions & { readonly name: string }): Lock {
    return createOrAttach(checkOptions(options).name, {
      create: () => Lock.create(options),
      attach: () => Lock.attach(options.name),
    });
  }

  /** Removes a name; who has the lock open keeps it. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkSemaphore(name);
  }

  /** As an RLock's, which may be held more than once. @internal */
  releaseAll(): number {
    this.release();
    return 1;
  }

  /** @internal */
  restore(): void {
    // Acquiring it again was all.
  }
}
