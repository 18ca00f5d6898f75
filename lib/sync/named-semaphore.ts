import { inspect } from 'node:util';
import { binding, type NativeSemaphore } from '../binding';
import type { Failure } from '../core/failure';
import { prepareTracking } from '../cleanup/tracking';
import { checkFunction, checkOptions, checkTimeout, show } from '../core/arguments';
import { createNamed } from '../core/create';
import { closedError, rangeError, unwrap } from '../core/errors';
import { checkName } from '../core/name';
import { checkNamedOptions, type NamedOptions } from '../core/named-options';
import { type AcquireOptions, checkSignal, PendingWaits } from './pending-waits';
import { runThenRelease, timeoutError } from './run-holding';

const KIND = 'semaphore';

/** The largest value of a semaphore on any of the systems. */
export const SEM_VALUE_MAX = 0x7fffffff;

const SLICE_MS = 100;

export type NamedSemaphoreOptions = NamedOptions;

export interface AcquireSyncOptions {
  /** Milliseconds. @default for ever */
  readonly timeout?: number | undefined;
}

/** A semaphore of the operating system, open in this thread. */
export interface OpenSemaphore {
  readonly handle: NativeSemaphore;
  readonly name: string;
  readonly created: boolean;
  /** `release` refuses to go beyond it. */
  readonly maxValue: number;
}

export function createSemaphore(
  options: NamedSemaphoreOptions | undefined,
  { value, maxValue }: { readonly value: number; readonly maxValue: number },
): OpenSemaphore {
  const { name, mode, track } = checkNamedOptions(options, KIND);
  if (track) prepareTracking();
  return createNamed(name, (chosen) => {
    const created = binding.createSemaphore(chosen, value, maxValue, mode, track);
    const handle = unwrap(created, { kind: KIND, name: chosen });
    return { handle, name: chosen, created: true, maxValue };
  });
}

export function attachSemaphore(name: string, maxValue: number): OpenSemaphore {
  const bare = checkName(name, KIND);
  const handle = unwrap(binding.attachSemaphore(bare, maxValue), { kind: KIND, name: bare });
  return { handle, name: bare, created: false, maxValue };
}

export function unlinkSemaphore(name: string): void {
  const bare = checkName(name, KIND);
  unwrap(binding.unlinkSemaphore(bare), { kind: KIND, name: bare });
}

/** What locks and semaphores have in common: a named semaphore of the operating system. */
export abstract class NamedSemaphore {
  /** Without the leading slash. */
  readonly name: string;
  /** Whether this call made it: always so after `create`. */
  readonly created: boolean;
  readonly #semaphore: NativeSemaphore;
  readonly #maxValue: number;
  readonly #waits = new PendingWaits();
  /** Functions that run with it held. */
  #runs = 0;
  #closed = false;

  /** @internal */
  constructor({ handle, name, created, maxValue }: OpenSemaphore) {
    this.name = name;
    this.created = created;
    this.#semaphore = handle;
    this.#maxValue = maxValue;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Takes it if that needs no waiting.
   *
   * @throws TypeError `ERR_SHM_CLOSED`.
   */
  tryAcquire(): boolean {
    return this.#take();
  }

  /**
   * Takes it, blocking this thread and its event loop until it is free; false when `timeout`
   * milliseconds have passed first. Signal handlers written in JavaScript wait as well.
   *
   * @throws RangeError on a negative timeout; TypeError `ERR_SHM_CLOSED`.
   */
  acquireSync(options?: AcquireSyncOptions): boolean {
    const timeout = checkTimeout(checkOptions(options).timeout);
    if (this.#take()) return true;
    const deadline = timeout < 0 ? Infinity : performance.now() + timeout;
    // In slices: only between two of them can Node end a Worker that waits here.
    for (;;) {
      const left = deadline === Infinity ? Infinity : Math.max(0, deadline - performance.now());
      const taken = this.#semaphore.wait(Math.min(left, SLICE_MS));
      if (typeof taken !== 'boolean') this.#fail(taken);
      if (taken || left <= SLICE_MS) return taken;
    }
  }

  /**
   * Takes it without blocking: tries at once, and else waits in a thread of its own, which keeps
   * the program alive; false when `timeout` milliseconds have passed first.
   *
   * @throws (rejects) the signal's reason; TypeError `ERR_SHM_CLOSED`, also when it is closed
   * meanwhile; RangeError on a negative timeout. Nothing is held after a rejection.
   * @example
   * if (await lock.acquire({ timeout: 1000, signal })) { … }
   */
  async acquire(options?: AcquireOptions): Promise<boolean> {
    const { timeout, signal } = checkOptions(options);
    const timeoutMs = checkTimeout(timeout);
    checkSignal(signal);
    if (this.#take()) return true;
    if (timeoutMs === 0) return false;
    const answer = await this.#waits.run({
      start: (callback) => this.#semaphore.startWait(timeoutMs, callback),
      signal,
    });
    return typeof answer === 'number' ? answer === 1 : this.#fail(answer);
  }

  /**
   * Gives it back. Any program may, whether it is the one that took it or not.
   *
   * @throws RangeError `ERR_SHM_OVER_RELEASE` where nobody has taken it.
   */
  release(): void {
    const given = this.#semaphore.post();
    if (given === true) return;
    if (given !== false) this.#fail(given);
    throw rangeError(
      `semaphore or lock '${this.name}' released too many times: its value is ${this.#maxValue} already`,
      'ERR_SHM_OVER_RELEASE',
    );
  }

  /**
   * Runs `fn` while holding it, and gives it back however `fn` ends.
   *
   * @returns what `fn` returns
   * @throws (rejects) what `fn` throws; SharedResourceError `ETIMEDOUT`; as `acquire`.
   * @example
   * const next = await lock.run(() => (counter[0] += 1));
   */
  async run<T>(fn: () => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    checkFunction(fn, 'what to run');
    if (!(await this.acquire(options))) throw timeoutError('lock', this.name);
    this.#runs += 1;
    return runThenRelease(fn, () => {
      this.#runs -= 1;
      if (!this.#closed) {
        this.release();
        return;
      }
      this.releaseClosed();
      if (this.#runs === 0) this.#semaphore.close();
    });
  }

  /**
   * Lets go of it without giving anything back, but for what `run` holds: that is given back when
   * its function ends. Waits that are under way are rejected. A second call does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.endWaits(closedError(this.constructor.name, this.name));
    if (this.#runs === 0) this.#semaphore.close();
  }

  /** Removes its name; who has it open keeps it. @throws SharedResourceError `ENOENT`. */
  unlink(): void {
    unlinkSemaphore(this.name);
  }

  /** Closes; where this object's `create` made it and tracks it, unlinks it too. */
  [Symbol.dispose](): void {
    this.close();
    this.unlinkOwn();
  }

  /** Gives back what a `run` holds that began before it was closed. @internal */
  protected releaseClosed(): void {
    this.#semaphore.post();
  }

  /** Rejects the waits that are under way. @internal */
  protected endWaits(reason: Error): void {
    this.#waits.endAll(reason);
  }

  /** Unlinks what this object's `create` made and tracks, and nothing else. @internal */
  unlinkOwn(): void {
    const { serial } = this.#semaphore;
    if (serial) binding.unlinkOwnSemaphore(this.name, serial);
  }

  /** How many more can take it now. @internal */
  protected currentValue(): number {
    const value = this.#semaphore.value();
    return typeof value === 'number' ? value : this.#fail(value);
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.constructor.name} { name: ${show(this.name)}, closed: ${this.#closed} }`;
  }

  #take(): boolean {
    const taken = this.#semaphore.tryWait();
    return typeof taken === 'boolean' ? taken : this.#fail(taken);
  }

  #fail(result: Failure | undefined): never {
    if (result === undefined) throw closedError(this.constructor.name, this.name);
    return unwrap<never>(result, { kind: KIND, name: this.name });
  }
}
