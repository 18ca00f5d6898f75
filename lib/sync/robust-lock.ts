import { inspect } from 'node:util';
import { binding, type Holders, type LockKind, type NativeLock, Outcome } from '../binding';
import type { Failure } from '../core/failure';
import { prepareTracking } from '../cleanup/tracking';
import { checkFunction, checkOptions, checkTimeout, show } from '../core/arguments';
import { createNamed } from '../core/create';
import {
  closedError,
  type ResourceKind,
  SharedResourceError,
  typeError,
  unwrap,
} from '../core/errors';
import { checkName } from '../core/name';
import { checkNamedOptions, type NamedOptions } from '../core/named-options';
import type { AcquireSyncOptions } from './named-semaphore';
import { type AcquireOptions, checkSignal, PendingWaits } from './pending-waits';
import { runThenRelease, timeoutError } from './run-holding';

export type RobustLockOptions = NamedOptions;

/** What trying to acquire came to. */
export interface Acquisition {
  readonly acquired: boolean;
  /**
   * A writer died while it held the lock: what the lock guards may be half-changed. Repair it and
   * call `markConsistent()`; until somebody does, whoever acquires is told.
   */
  readonly ownerDied: boolean;
}

// One object for each case: acquiring allocates nothing.
const TAKEN: Acquisition = Object.freeze({ acquired: true, ownerDied: false });
const TAKEN_FROM_DEAD: Acquisition = Object.freeze({ acquired: true, ownerDied: true });
const NOT_TAKEN: Acquisition = Object.freeze({ acquired: false, ownerDied: false });

/** How a robust lock of one kind is made and named. */
export interface RobustKind {
  readonly native: (typeof LockKind)[keyof typeof LockKind];
  readonly kind: ResourceKind;
}

export interface OpenLock {
  readonly handle: NativeLock;
  readonly name: string;
  readonly created: boolean;
}

export function createLock(
  { native, kind }: RobustKind,
  options: RobustLockOptions | undefined,
  readers: number,
): OpenLock {
  const { name, mode, track } = checkNamedOptions(options, kind);
  if (track) prepareTracking();
  return createNamed(name, (chosen) => {
    const created = binding.createLock(native, chosen, readers, mode, track);
    const handle = unwrap(created, { kind, name: chosen });
    return { handle, name: chosen, created: true };
  });
}

export function attachLock({ native, kind }: RobustKind, name: string): OpenLock {
  const bare = checkName(name, kind);
  const handle = unwrap(binding.attachLock(native, bare), { kind, name: bare });
  return { handle, name: bare, created: false };
}

export function unlinkLock({ kind }: RobustKind, name: string): void {
  const bare = checkName(name, kind);
  unwrap(binding.unlinkSegment(bare), { kind, name: bare });
}

/** What Mutex and RwLock have in common: one lock in a segment of its own. */
export abstract class RobustLock {
  /** Without the leading slash. */
  readonly name: string;
  /** Whether this call made it: always so after `create`. */
  readonly created: boolean;
  /** @internal */
  protected readonly handle: NativeLock;
  readonly #kind: RobustKind;
  readonly #waits = new PendingWaits();
  // What callers have been given. A wait in its thread may have got the lock already: that is not
  // theirs to release.
  #writes = false;
  #reads = 0;
  /** Functions that run with it held. */
  #runs = 0;
  #closed = false;

  /** @internal */
  constructor(kind: RobustKind, { handle, name, created }: OpenLock) {
    this.name = name;
    this.created = created;
    this.handle = handle;
    this.#kind = kind;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The tokens of who holds it now, dead or alive: random numbers, one for each object that has the
   * lock open; 0n for no writer. `named-shm who` tells the processes. Old news as soon as it is read.
   */
  holders(): Holders {
    const holders = this.handle.holders();
    return holders !== undefined && 'writer' in holders ? holders : this.fail(holders);
  }

  /**
   * Says that what the lock guards is whole again, after an acquisition with `ownerDied`.
   *
   * @throws TypeError `ERR_SHM_NOT_OWNER` where it is not held, for writing, through this object.
   */
  markConsistent(): void {
    if (this.#closed) this.fail(undefined);
    if (!this.#writes || this.handle.markConsistent() !== true) this.throwNotOwner();
  }

  /**
   * Lets go of it. Waits that are under way are rejected. If it is held through this object, that
   * counts as the holder's death: the next one hears `ownerDied`. Not so what `run`, `read` or
   * `write` holds: that is released when the function ends. A second call does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waits.endAll(closedError(this.#kind.kind, this.name));
    if (this.#runs === 0) this.handle.close();
  }

  /** Removes its name; who has it open keeps it. @throws SharedResourceError `ENOENT`. */
  unlink(): void {
    unlinkLock(this.#kind, this.name);
  }

  /** Closes; where this object's `create` made it and tracks it, unlinks it too. */
  [Symbol.dispose](): void {
    this.close();
    const { serial } = this.handle;
    if (serial) binding.unlinkOwnSegment(this.name, serial);
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.constructor.name} { name: ${show(this.name)}, closed: ${this.#closed} }`;
  }

  /** @internal */
  protected answer(shared: boolean, outcome: number | Failure | undefined): Acquisition {
    if (outcome === Outcome.timedOut) return NOT_TAKEN;
    if (outcome === Outcome.acquired || outcome === Outcome.acquiredFromDead) {
      if (shared) this.#reads += 1;
      else this.#writes = true;
      return outcome === Outcome.acquired ? TAKEN : TAKEN_FROM_DEAD;
    }
    if (outcome === Outcome.full) {
      throw new SharedResourceError(
        'ERR_SHM_FULL',
        `${this.#kind.kind} '${this.name}' has no room for another reader: create it with more maxReaders`,
        { path: `/${this.name}` },
      );
    }
    return this.fail(outcome);
  }

  /** @internal */
  protected waitSync(shared: boolean, options: AcquireSyncOptions | undefined): Acquisition {
    const timeout = checkTimeout(checkOptions(options).timeout);
    const atOnce = this.take(shared);
    return atOnce.acquired || timeout === 0
      ? atOnce
      : this.answer(shared, this.handle.wait(shared, timeout));
  }

  /** @internal */
  protected async wait(shared: boolean, options: AcquireOptions | undefined): Promise<Acquisition> {
    const { timeout, signal } = checkOptions(options);
    const timeoutMs = checkTimeout(timeout);
    checkSignal(signal);
    const atOnce = this.take(shared);
    if (atOnce.acquired || timeoutMs === 0) return atOnce;
    const start = (callback: (answer: number | Failure) => void): number | Failure | undefined =>
      this.handle.startWait(shared, timeoutMs, callback);
    return this.answer(shared, await this.#waits.run({ start, signal }));
  }

  /** @internal */
  protected take(shared: boolean): Acquisition {
    return this.answer(shared, shared ? this.handle.tryShared() : this.handle.tryExclusive());
  }

  /** @internal */
  protected giveBack(shared: boolean): void {
    if (this.#closed) this.fail(undefined);
    this.#giveBack(shared);
  }

  #giveBack(shared: boolean): void {
    if (shared ? this.#reads === 0 : !this.#writes) this.throwNotOwner();
    const released = shared ? this.handle.releaseShared() : this.handle.releaseExclusive();
    if (released === false) this.throwNotOwner();
    if (released !== true) this.fail(released);
    if (shared) this.#reads -= 1;
    else this.#writes = false;
  }

  /** @internal */
  protected async runHolding<T>(
    fn: (acquisition: Acquisition) => T | Promise<T>,
    shared: boolean,
    options: AcquireOptions | undefined,
  ): Promise<T> {
    checkFunction(fn, 'what to run');
    const acquisition = await this.wait(shared, options);
    if (!acquisition.acquired) throw timeoutError(this.#kind.kind, this.name);
    this.#runs += 1;
    return runThenRelease(
      () => fn(acquisition),
      () => {
        this.#runs -= 1;
        try {
          this.#giveBack(shared);
        } finally {
          if (this.#closed && this.#runs === 0) this.handle.close();
        }
      },
    );
  }

  /** @internal */
  protected fail(result: Failure | boolean | number | undefined): never {
    if (result === undefined) throw closedError(this.#kind.kind, this.name);
    return unwrap<never>(result as Failure, { kind: this.#kind.kind, name: this.name });
  }

  /** @internal */
  protected throwNotOwner(): never {
    throw typeError(
      'ERR_SHM_NOT_OWNER',
      `${this.#kind.kind} '${this.name}' is not held through this object`,
    );
  }
}
