// The members of every class that do something, each with arguments that it takes.
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  Mutex,
  RLock,
  RwLock,
  Semaphore,
} from 'named-shm';
import type { Handle } from './sync-gates';
import type { MakeOptions } from './sync-kinds';

export interface ClassMembers {
  readonly label: string;
  readonly make: (options: MakeOptions) => Handle;
  /** Null for what is read and not called. */
  readonly members: Readonly<Record<string, readonly unknown[] | null>>;
}

const nothing = (): undefined => undefined;
const acquirable = { tryAcquire: [], acquireSync: [], acquire: [], release: [], run: [nothing] };
const withWaits = (wait: string): Record<string, readonly unknown[]> => ({
  [wait]: [],
  [`${wait}Sync`]: [],
});

export const MEMBERS: readonly ClassMembers[] = [
  {
    label: 'Semaphore',
    make: (options) => Semaphore.create(options),
    members: { ...acquirable, value: null },
  },
  {
    label: 'BoundedSemaphore',
    make: (options) => BoundedSemaphore.create(options),
    members: { ...acquirable, value: null },
  },
  { label: 'Lock', make: (options) => Lock.create(options), members: acquirable },
  { label: 'RLock', make: (options) => RLock.create(options), members: acquirable },
  {
    label: 'Condition',
    make: (options) => Condition.create(options),
    members: {
      ...acquirable,
      ...withWaits('wait'),
      waitFor: [() => true],
      waitForSync: [() => true],
      ...withWaits('notify'),
      ...withWaits('notifyAll'),
    },
  },
  {
    label: 'Event',
    make: (options) => Event.create(options),
    members: { isSet: null, ...withWaits('set'), ...withWaits('clear'), ...withWaits('wait') },
  },
  {
    label: 'Barrier',
    make: (options) => Barrier.create({ parties: 1, ...options }),
    members: {
      parties: null,
      waiting: null,
      broken: null,
      ...withWaits('wait'),
      ...withWaits('reset'),
      ...withWaits('abort'),
    },
  },
  {
    label: 'Mutex',
    make: (options) => Mutex.create(options),
    members: { ...acquirable, markConsistent: [], holders: [] },
  },
  {
    label: 'RwLock',
    make: (options) => RwLock.create(options),
    members: {
      tryAcquireRead: [],
      acquireReadSync: [],
      acquireRead: [],
      releaseRead: [],
      read: [nothing],
      tryAcquireWrite: [],
      acquireWriteSync: [],
      acquireWrite: [],
      releaseWrite: [],
      write: [nothing],
      holders: [],
      markConsistent: [],
    },
  },
];

/** Those that work on a closed object too. */
const ALWAYS = ['close', 'closed', 'constructor', 'depth', 'unlink'];

/** What the library's own classes need of each other; not in its declarations. */
const INTERNAL = [
  ...['answer', 'assertOpen', 'closeParts', 'currentValue', 'endWaits', 'fail', 'giveBack'],
  ...[
    'releaseAll',
    'releaseClosed',
    'restore',
    'runAsync',
    'runHolding',
    'runSync',
    'throwNotOwner',
    'unlinkOwn',
  ],
];

/** The names of a thing's members, inherited ones too, that a closed one refuses. */
export function refusable(thing: Handle): string[] {
  const names = new Set<string>();
  for (
    let prototype = Object.getPrototypeOf(thing) as object;
    prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  }
  return [...names].filter((name) => !ALWAYS.includes(name) && !INTERNAL.includes(name));
}

export function use(thing: Handle, member: string, args: readonly unknown[] | null): unknown {
  const value = (thing as unknown as Record<string, unknown>)[member];
  if (args === null) return value;
  return (value as (...args: readonly unknown[]) => unknown).apply(thing, [...args]);
}
