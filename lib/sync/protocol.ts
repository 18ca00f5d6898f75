import { checkTimeout } from '../core/arguments';
import type { AcquireOptions } from './pending-waits';

/** What a protocol waits on: a lock or semaphore, in either way. */
export interface Waitable {
  readonly name: string;
  tryAcquire(): boolean;
  acquireSync(options?: { readonly timeout?: number | undefined }): boolean;
  acquire(options?: AcquireOptions): Promise<boolean>;
}

/** One wait of a protocol; it is answered with whether it was acquired. */
export interface Step {
  readonly on: Waitable;
  /** Milliseconds. @default for ever */
  readonly timeout?: number | undefined;
  /** Whether the caller's signal ends it: not where what was begun has to be finished. */
  readonly abortable?: boolean;
}

/**
 * CPython's protocols, written once: a generator that yields its waits, for the blocking methods
 * and the awaited ones alike.
 */
export type Protocol<T> = Generator<Step, T, boolean>;

/** Runs a protocol to its end, blocking at each wait. */
export function runSync<T>(protocol: Protocol<T>): T {
  let state = protocol.next();
  while (state.done !== true) {
    const { on, timeout } = state.value;
    let acquired: boolean;
    try {
      acquired = on.acquireSync({ timeout });
    } catch (error) {
      state = protocol.throw(error); // It finishes what it has begun, with further waits.
      continue;
    }
    state = protocol.next(acquired);
  }
  return state.value;
}

/**
 * Runs a protocol to its end on the event loop. Up to the first wait that can't be answered at
 * once it runs before this function returns.
 */
export async function runAsync<T>(protocol: Protocol<T>, signal?: AbortSignal): Promise<T> {
  let state = protocol.next();
  while (state.done !== true) {
    const { on, timeout, abortable = false } = state.value;
    let acquired: boolean;
    try {
      acquired = on.tryAcquire();
      if (!acquired && timeout !== 0)
        acquired = await on.acquire({ timeout, signal: abortable ? signal : undefined });
    } catch (error) {
      state = protocol.throw(error); // As above.
      continue;
    }
    state = protocol.next(acquired);
  }
  return state.value;
}

/** A timeout that is used up by several waits one after the other. */
export class Deadline {
  readonly #end: number;

  constructor(timeout: number | undefined) {
    const timeoutMs = checkTimeout(timeout);
    this.#end = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
  }

  /** Milliseconds left, at least 0; undefined where there is no end. */
  get left(): number | undefined {
    return this.#end === Infinity ? undefined : Math.max(0, this.#end - performance.now());
  }
}
