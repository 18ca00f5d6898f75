import { checkInteger, checkOptions } from '../core/arguments';
import { createOrAttach } from '../core/create';
import {
  attachSemaphore,
  createSemaphore,
  NamedSemaphore,
  type NamedSemaphoreOptions,
  SEM_VALUE_MAX,
  unlinkSemaphore,
} from './named-semaphore';

export interface BoundedSemaphoreOptions extends NamedSemaphoreOptions {
  /** How many can take it, and how far it can be released. @default 1 */
  readonly value?: number | undefined;
}

/**
 * A semaphore that can't be released more often than it was taken; Python's
 * `multiprocessing.BoundedSemaphore` is the same thing. The system does not store the bound: who
 * attaches says it.
 *
 * @example
 * using slots = BoundedSemaphore.create({ name: 'slots', value: 4 });
 */
export class BoundedSemaphore extends NamedSemaphore {
  /** @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`; RangeError on a bad value. */
  static create(options?: BoundedSemaphoreOptions): BoundedSemaphore {
    const { value = 1 } = checkOptions(options);
    const maxValue = checkInteger(value, 'value', 1, SEM_VALUE_MAX);
    return new BoundedSemaphore(createSemaphore(options, { value, maxValue }));
  }

  /**
   * @param options - `value`: the bound, as its creator gave it. @default none
   * @throws SharedResourceError `ENOENT`, `EACCES`.
   */
  static attach(name: string, options?: { readonly value?: number | undefined }): BoundedSemaphore {
    const { value = SEM_VALUE_MAX } = checkOptions(options);
    return new BoundedSemaphore(
      attachSemaphore(name, checkInteger(value, 'value', 1, SEM_VALUE_MAX)),
    );
  }

  /** Makes the semaphore, or attaches to the one that is there; `created` says which. */
  static createOrAttach(
    options: BoundedSemaphoreOptions & { readonly name: string },
  ): BoundedSemaphore {
    return createOrAttach(checkOptions(options).name, {
      create: () => BoundedSemaphore.create(options),
      attach: () => BoundedSemaphore.attach(options.name, { value: options.value ?? 1 }),
    });
  }

  /** Removes a name; who has the semaphore open keeps it. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkSemaphore(name);
  }

  /** How many more can take it now: old news as soon as it is read. On macOS never above 1. */
  get value(): number {
    return this.currentValue();
  }
}
