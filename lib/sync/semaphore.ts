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

export interface SemaphoreOptions extends NamedSemaphoreOptions {
  /** How many can take it before somebody gives back. @default 1 */
  readonly value?: number | undefined;
  /** `release` refuses to go beyond it. `attach` does not know it. @default none */
  readonly maxValue?: number | undefined;
}

/**
 * A named counting semaphore, shared with other programs by its name; Python's
 * `multiprocessing.Semaphore` is the same thing. It does not notice when a holder dies.
 *
 * @example
 * using slots = Semaphore.create({ name: 'slots', value: 4 });
 * if (slots.acquireSync({ timeout: 1000 })) {
 *   try { work(); } finally { slots.release(); }
 * }
 */
export class Semaphore extends NamedSemaphore {
  /** @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`; RangeError on a bad value. */
  static create(options?: SemaphoreOptions): Semaphore {
    const { value = 1, maxValue = SEM_VALUE_MAX } = checkOptions(options);
    checkInteger(maxValue, 'maxValue', 1, SEM_VALUE_MAX);
    checkInteger(value, 'value', 0, maxValue);
    return new Semaphore(createSemaphore(options, { value, maxValue }));
  }

  /** @throws SharedResourceError `ENOENT`, `EACCES`. */
  static attach(name: string): Semaphore {
    return new Semaphore(attachSemaphore(name, SEM_VALUE_MAX));
  }

  /** Makes the semaphore, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: SemaphoreOptions & { readonly name: string }): Semaphore {
    return createOrAttach(checkOptions(options).name, {
      create: () => Semaphore.create(options),
      attach: () => new Semaphore(attachSemaphore(options.name, options.maxValue ?? SEM_VALUE_MAX)),
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
