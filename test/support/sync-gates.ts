// Every primitive in the same words, so that what they all promise is tested in one place. A gate
// is shut by one handle, and others pass when that one opens it. Used by tests and by their peers.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AcquireOptions,
  type AcquireSyncOptions,
  type Barrier,
  type BoundedSemaphore,
  type Condition,
  type Event,
  type Lock,
  type Mutex,
  type RLock,
  type RwLock,
  Semaphore,
} from 'named-shm';
import { deadline } from './slowness';

/** Long enough for the slowest machine: a deadline, where the promise itself has no end. */
export const LONG_MS = deadline(20_000);

export interface Handle extends Disposable {
  readonly name: string;
  readonly created: boolean;
  readonly closed: boolean;
  close(): void;
  unlink(): void;
}

/** Its functions can be passed on without it. */
export interface Gate extends Handle {
  /** Makes those who would pass wait; false where that can't be had at once. */
  readonly shut: () => boolean;
  /** Undoes `shut`, for one who would pass at least. */
  readonly open: () => Promise<void>;
  /** As `open`, also where nobody waits who could pass. */
  readonly openAnyway: () => Promise<void>;
  readonly tryPass: () => boolean;
  readonly passSync: (options?: AcquireSyncOptions) => boolean;
  readonly pass: (options?: AcquireOptions) => Promise<boolean>;
  /** Gives back what passing took. */
  readonly leave: () => void;
}

export type Runner = <T>(fn: () => T | Promise<T>, options?: AcquireOptions) => Promise<T>;

abstract class GateOf<H extends Handle> {
  constructor(readonly handle: H) {}
  get name(): string {
    return this.handle.name;
  }
  get created(): boolean {
    return this.handle.created;
  }
  get closed(): boolean {
    return this.handle.closed;
  }
  close(): void {
    this.handle.close();
  }
  unlink(): void {
    this.handle.unlink();
  }
  [Symbol.dispose](): void {
    this.handle[Symbol.dispose]();
  }
  abstract readonly open: () => Promise<void>;
  readonly openAnyway = (): Promise<void> => this.open();
}

type Acquirable = Semaphore | BoundedSemaphore | Lock | RLock | Condition;

export class AcquireGate extends GateOf<Acquirable> implements Gate {
  readonly run: Runner = (fn, options) => this.handle.run(fn, options);
  shut = (): boolean => this.handle.tryAcquire();
  open = (): Promise<void> =>
    given(() => {
      this.handle.release();
    });
  tryPass = (): boolean => this.handle.tryAcquire();
  passSync = (options?: AcquireSyncOptions): boolean => this.handle.acquireSync(options);
  pass = (options?: AcquireOptions): Promise<boolean> => this.handle.acquire(options);
  leave = (): void => {
    this.handle.release();
  };
}

export class MutexGate extends GateOf<Mutex> implements Gate {
  readonly run: Runner = (fn, options) => this.handle.run(fn, options);
  shut = (): boolean => this.handle.tryAcquire().acquired;
  open = (): Promise<void> =>
    given(() => {
      this.handle.release();
    });
  tryPass = (): boolean => this.handle.tryAcquire().acquired;
  passSync = (options?: AcquireSyncOptions): boolean => this.handle.acquireSync(options).acquired;
  pass = async (options?: AcquireOptions): Promise<boolean> =>
    (await this.handle.acquire(options)).acquired;
  leave = (): void => {
    this.handle.release();
  };
}

/** Passes as a reader; a writer shuts it. */
export class ReadGate extends GateOf<RwLock> implements Gate {
  readonly run: Runner = (fn, options) => this.handle.read(fn, options);
  shut = (): boolean => this.handle.tryAcquireWrite().acquired;
  open = (): Promise<void> =>
    given(() => {
      this.handle.releaseWrite();
    });
  tryPass = (): boolean => this.handle.tryAcquireRead().acquired;
  passSync = (options?: AcquireSyncOptions): boolean =>
    this.handle.acquireReadSync(options).acquired;
  pass = async (options?: AcquireOptions): Promise<boolean> =>
    (await this.handle.acquireRead(options)).acquired;
  leave = (): void => {
    this.handle.releaseRead();
  };
}

/** Passes as a writer; a reader shuts it. */
export class WriteGate extends GateOf<RwLock> implements Gate {
  readonly run: Runner = (fn, options) => this.handle.write(fn, options);
  shut = (): boolean => this.handle.tryAcquireRead().acquired;
  open = (): Promise<void> =>
    given(() => {
      this.handle.releaseRead();
    });
  tryPass = (): boolean => this.handle.tryAcquireWrite().acquired;
  passSync = (options?: AcquireSyncOptions): boolean =>
    this.handle.acquireWriteSync(options).acquired;
  pass = async (options?: AcquireOptions): Promise<boolean> =>
    (await this.handle.acquireWrite(options)).acquired;
  leave = (): void => {
    this.handle.releaseWrite();
  };
}

/** Open for everybody while it is set. */
export class EventGate extends GateOf<Event> implements Gate {
  shut = (): boolean => {
    this.handle.clearSync();
    return true;
  };
  open = (): Promise<void> => this.handle.set({ timeout: LONG_MS });
  tryPass = (): boolean => this.handle.isSet;
  passSync = (options?: AcquireSyncOptions): boolean => this.handle.waitSync(options);
  pass = (options?: AcquireOptions): Promise<boolean> => this.handle.wait(options);
  leave = (): void => undefined;
}

/** Opened for one of those who wait, when there is one, by a notification. */
export class NotifyGate extends GateOf<Condition> implements Gate {
  shut = (): boolean => true;
  open = async (): Promise<void> => {
    using sleeping = Semaphore.attach(`${this.name}.sleeping`);
    using woken = Semaphore.attach(`${this.name}.woken`);
    await this.handle.acquire();
    // Who has given up since is counted in both.
    while (sleeping.value === woken.value) {
      this.handle.release();
      await delay(1);
      await this.handle.acquire();
    }
    this.handle.release();
    await this.openAnyway();
  };
  override openAnyway = (): Promise<void> =>
    this.handle.run(() => this.handle.notify(1, { timeout: LONG_MS }));
  tryPass = (): boolean => this.passSync({ timeout: 0 });
  passSync = (options?: AcquireSyncOptions): boolean => {
    this.handle.acquireSync();
    try {
      return this.handle.waitSync(options);
    } finally {
      this.handle.release();
    }
  };
  /** Where the lock is free it waits already when this returns. */
  pass = async (options?: AcquireOptions): Promise<boolean> => {
    if (!this.handle.tryAcquire()) await this.handle.acquire();
    try {
      return await this.handle.wait(options);
    } finally {
      if (!this.closed) this.handle.release();
    }
  };
  leave = (): void => undefined;
}

/** Two parties: who opens is the other one. Not passing breaks it, and `shut` mends it. */
export class BarrierGate extends GateOf<Barrier> implements Gate {
  shut = (): boolean => {
    if (this.handle.broken) this.handle.resetSync();
    return true;
  };
  open = async (): Promise<void> => {
    await unlessBroken(this.handle.wait());
  };
  tryPass = (): boolean => this.passSync({ timeout: 0 });
  passSync = (options?: AcquireSyncOptions): boolean => {
    try {
      return this.handle.waitSync(options) >= 0;
    } catch (error) {
      return notBroken(error);
    }
  };
  pass = (options?: AcquireOptions): Promise<boolean> => unlessBroken(this.handle.wait(options));
  leave = (): void => undefined;
}

function given(back: () => void): Promise<void> {
  back();
  return Promise.resolve();
}

function notBroken(error: unknown): boolean {
  if ((error as { code?: unknown }).code === 'ERR_SHM_BROKEN') return false;
  throw error;
}

async function unlessBroken(wait: Promise<number>): Promise<boolean> {
  try {
    return (await wait) >= 0;
  } catch (error) {
    return notBroken(error);
  }
}
