import { checkOptions } from '../core/arguments';
import { createOrAttach } from '../core/create';
import { attachParts, Composite, createParts, type Shape, unlinkParts } from './composite';
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
import type { Semaphore } from './semaphore';

const SHAPE: Shape = {
  counters: ['flag', 'wait', 'woken', 'sleeping'],
  lock: Lock,
};

const GLANCE_MS = 100;

export type EventOptions = NamedSemaphoreOptions;

/** The semaphores of a Python program's Event, each by `._semlock.name`. */
export interface EventNames {
  readonly lock: string;
  readonly sleeping: string;
  readonly woken: string;
  readonly wait: string;
  readonly flag: string;
}

type EventParts = ConditionParts & { readonly flag: Semaphore };

/**
 * A flag that programs wait for; Python's `multiprocessing.Event` is the same thing. It consists
 * of five semaphores: `name.lock`, `name.sleeping`, `name.woken`, `name.wait` and `name.flag`.
 *
 * @example
 * using stop = Event.createOrAttach({ name: 'stop' });
 * while (!stop.isSet) await work();
 *
 * // in another program
 * await Event.attach('stop').set();
 */
export class Event extends Composite<EventParts> {
  /** Makes an event that is not set. @throws SharedResourceError `EEXIST`, `EACCES`, `ENOSPC`. */
  static create(options?: EventOptions): Event {
    return new Event(createParts<EventParts>(SHAPE, options));
  }

  /**
   * By the one name of an event of ours, or by the names of a Python program's semaphores.
   *
   * @throws SharedResourceError `ENOENT`, `EACCES`.
   */
  static attach(named: string | EventNames): Event {
    return new Event(attachParts<EventParts>(SHAPE, named));
  }

  /** Makes the event, or attaches to the one that is there; `created` says which. */
  static createOrAttach(options: EventOptions & { readonly name: string }): Event {
    return createOrAttach(checkOptions(options).name, {
      create: () => Event.create(options),
      attach: () => Event.attach(options.name),
    });
  }

  /** Removes the five names. @throws SharedResourceError `ENOENT`. */
  static unlink(name: string): void {
    unlinkParts(SHAPE, name);
  }

  /**
   * Whether it is set: old news as soon as it is read. Where another program is at it this very
   * moment, that is waited for, 100 ms at most: so long it takes where one was killed at it.
   */
  get isSet(): boolean {
    this.assertOpen();
    const { lock, flag } = this.parts;
    if (flag.value > 0) return true;
    // A program that looks, as Python does, takes the flag for a moment; not while the lock is ours.
    if (!lock.acquireSync({ timeout: GLANCE_MS })) return flag.value > 0;
    const set = flag.value > 0;
    lock.release();
    return set;
  }

  /**
   * Sets it and waits until those who were waiting are awake. Where nobody else is at it, all is
   * done before this returns.
   *
   * @throws (rejects) SharedResourceError `ETIMEDOUT` where some are not awake in time (they may
   * have been killed), or the lock was not free; the signal's reason.
   */
  async set(options?: AcquireOptions): Promise<void> {
    const { timeout, signal } = checkOptions(options);
    await this.runAsync(this.#set(timeout), signal);
  }

  /** As `set`, blocking this thread and its event loop. */
  setSync(options?: AcquireSyncOptions): void {
    this.runSync(this.#set(checkOptions(options).timeout));
  }

  /** Makes it unset. */
  async clear(options?: AcquireOptions): Promise<void> {
    const { timeout, signal } = checkOptions(options);
    await this.runAsync(this.#clear(timeout), signal);
  }

  /** As `clear`, blocking this thread and its event loop. */
  clearSync(options?: AcquireSyncOptions): void {
    this.runSync(this.#clear(checkOptions(options).timeout));
  }

  /**
   * Waits until it is set; false when `timeout` milliseconds have passed first. Also false where it
   * was set and cleared again before this program could see it, as in Python.
   *
   * @throws (rejects) the signal's reason; TypeError `ERR_SHM_CLOSED`.
   */
  async wait(options?: AcquireOptions): Promise<boolean> {
    const { timeout, signal } = checkOptions(options);
    return this.runAsync(this.#wait(timeout), signal);
  }

  /** As `wait`, blocking this thread and its event loop. */
  waitSync(options?: AcquireSyncOptions): boolean {
    return this.runSync(this.#wait(checkOptions(options).timeout));
  }

  *#set(timeout: number | undefined): Protocol<void> {
    const { lock, flag } = this.parts;
    const deadline = new Deadline(timeout);
    yield* this.#takeLock(deadline);
    try {
      flag.tryAcquire();
      flag.release();
      yield* conditionNotify(this.parts, SEM_VALUE_MAX, { timeout: deadline.left });
    } finally {
      lock.release();
    }
  }

  *#clear(timeout: number | undefined): Protocol<void> {
    const { lock, flag } = this.parts;
    yield* this.#takeLock(new Deadline(timeout));
    try {
      flag.tryAcquire();
    } finally {
      lock.release();
    }
  }

  *#wait(timeout: number | undefined): Protocol<boolean> {
    const { lock, flag } = this.parts;
    const deadline = new Deadline(timeout);
    if (!(yield { on: lock, timeout: deadline.left, abortable: true })) return false;
    try {
      if (!flag.tryAcquire()) {
        yield* conditionWait(this.parts, deadline.left);
        if (!flag.tryAcquire()) return false;
      }
      flag.release();
      return true;
    } finally {
      lock.release();
    }
  }

  *#takeLock(deadline: Deadline): Protocol<void> {
    if (!(yield { on: this.parts.lock, timeout: deadline.left, abortable: true }))
      throw timeoutError('the lock of event', this.name);
  }
}
