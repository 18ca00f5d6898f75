import { createNamed } from '../core/create';
import { closedError } from '../core/errors';
import { checkName } from '../core/name';
import { checkNamedOptions, type NamedOptions } from '../core/named-options';
import type { ConditionParts } from './condition-protocol';
import type { Lock } from './lock';
import type { NamedSemaphore } from './named-semaphore';
import { onAbort } from './on-abort';
import { makeTogether, partNames, unlinkTogether } from './parts';
import { checkSignal } from './pending-waits';
import { type Protocol, runAsync, runSync } from './protocol';
import type { RLock } from './rlock';
import { Semaphore } from './semaphore';

export interface Opened<P> {
  readonly name: string;
  readonly created: boolean;
  readonly parts: P;
}

type Part = Disposable & { unlink(): void };

/** Which names a composite has, and which class its lock is. */
export interface Shape {
  /** Beside `lock`: semaphores that start at 0. */
  readonly counters: readonly string[];
  readonly lock: typeof Lock | typeof RLock;
}

/**
 * Makes the parts, the lock last: whoever finds the lock finds them all. What else belongs to it is
 * made by `extra`, before the semaphores.
 */
export function createParts<P extends ConditionParts>(
  { counters, lock }: Shape,
  options: NamedOptions | undefined,
  extra?: (name: string) => Part,
): Opened<P> {
  const { name: given, ...named } = checkNamedOptions(options, 'semaphore');
  return createNamed(given, (name) => {
    const makers = [
      ...(extra ? [() => extra(name)] : []),
      ...counters.map(
        (part) => () => Semaphore.create({ ...named, name: `${name}.${part}`, value: 0 }),
      ),
      () => lock.create({ ...named, name: `${name}.lock` }),
    ];
    const made = makeTogether<Part>(makers, (part) => {
      part[Symbol.dispose]();
      if (!named.track) part.unlink();
    });
    const semaphores = extra ? made.slice(1) : made;
    return { name, created: true, parts: byKey([...counters, 'lock'], semaphores) as P };
  });
}

/** Attaches to the parts, the lock first; by one name for all, or by a name for each. */
export function attachParts<P extends ConditionParts>(
  { counters, lock }: Shape,
  named: string | object,
): Opened<P> {
  const keys = ['lock', ...counters];
  const names = partNames(named, keys);
  const makers = keys.map(
    (part) => () => (part === 'lock' ? lock : Semaphore).attach(names[part] as string),
  );
  const made = makeTogether<NamedSemaphore>(makers, (part) => {
    part.close();
  });
  const name =
    typeof named === 'string' ? checkName(named, 'semaphore') : (names['lock'] as string);
  return { name, created: false, parts: byKey(keys, made) as P };
}

function byKey(keys: readonly string[], made: readonly unknown[]): unknown {
  return Object.fromEntries(keys.map((key, index) => [key, made[index]]));
}

/** Removes the names of the parts. @throws SharedResourceError `ENOENT` where the lock is gone. */
export function unlinkParts({ counters }: Shape, name: string): void {
  const bare = checkName(name, 'semaphore');
  unlinkTogether(
    ['lock', ...counters].map((part) => () => {
      Semaphore.unlink(`${bare}.${part}`);
    }),
  );
}

/** What consists of several named semaphores, and goes through protocols over them. */
export abstract class Composite<P extends ConditionParts> {
  /** Without the leading slash; where it was attached to by its parts, that of its lock. */
  readonly name: string;
  /** Whether this call made it: always so after `create`. */
  readonly created: boolean;
  /** @internal */
  protected readonly parts: P;
  /** The waits that are under way on the event loop: aborted to end them. */
  readonly #running = new Set<AbortController>();
  #closed = false;

  /** @internal */
  constructor({ name, created, parts }: Opened<P>) {
    this.name = name;
    this.created = created;
    this.parts = parts;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Lets go of it. Waits that are under way are rejected, and finish what other programs count on
   * first. A second call does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#running.size === 0) this.closeParts();
    for (const wait of this.#running) wait.abort(this.#closedError());
  }

  /** Removes its names; who has it open keeps it. @throws SharedResourceError `ENOENT`. */
  unlink(): void {
    const parts = new Set<NamedSemaphore>([this.parts.lock, ...this.#all()]);
    unlinkTogether(
      [...parts].map((part) => () => {
        part.unlink();
      }),
    );
  }

  /** Closes; where this object's `create` made it and tracks it, unlinks it too. */
  [Symbol.dispose](): void {
    this.close();
    for (const part of this.#all()) part.unlinkOwn();
  }

  /** @internal */
  protected runSync<T>(protocol: Protocol<T>): T {
    this.assertOpen();
    return runSync(protocol);
  }

  /** @internal */
  protected async runAsync<T>(protocol: Protocol<T>, signal?: AbortSignal): Promise<T> {
    this.assertOpen();
    checkSignal(signal);
    const end = new AbortController();
    const forget =
      signal &&
      onAbort(signal, (reason) => {
        end.abort(reason);
      });
    this.#running.add(end);
    try {
      return await runAsync(protocol, end.signal);
    } finally {
      forget?.();
      this.#running.delete(end);
      if (this.#closed && this.#running.size === 0) this.closeParts();
    }
  }

  /** @internal */
  protected assertOpen(): void {
    if (this.#closed) throw this.#closedError();
  }

  #closedError(): TypeError {
    return closedError(this.constructor.name, this.name);
  }

  #all(): NamedSemaphore[] {
    return Object.values(this.parts) as NamedSemaphore[];
  }

  /** @internal */
  protected closeParts(): void {
    for (const part of this.#all()) part.close();
  }
}
