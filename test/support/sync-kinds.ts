// The primitives, each with the ways to pass through it, for tables of tests.
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
import {
  AcquireGate,
  BarrierGate,
  EventGate,
  type Gate,
  type Handle,
  MutexGate,
  NotifyGate,
  ReadGate,
  type Runner,
  WriteGate,
} from './sync-gates';

export interface MakeOptions {
  readonly name?: string;
  readonly track?: boolean;
  /** A reader-writer lock's. */
  readonly maxReaders?: number;
}

export interface NamedOptions extends MakeOptions {
  readonly name: string;
}

/** What a class has of static methods, whatever it makes. */
interface Factory<H extends Handle> {
  create(options?: MakeOptions): H;
  attach(name: string): H;
  createOrAttach(options: NamedOptions): H;
  unlink(name: string): unknown;
}

interface Traits {
  /** What stands in shared memory under a name. */
  readonly parts: (name: string) => string[];
  /** Once open it stays so for who comes later. Otherwise only those pass who wait. */
  readonly staysOpen: boolean;
  /** One at a time is inside. */
  readonly excludes: boolean;
  /** The error of leaving without having passed; undefined where that is no error. */
  readonly leftTooOften?: string;
  /** Whether any handle may give back what another one took. */
  readonly anyoneLeaves?: boolean;
  /** A holder's death is noticed, and what it held goes to the next one. */
  readonly robust?: boolean;
}

export interface Kind extends Traits, Factory<Gate> {
  readonly label: string;
}

export interface RunnableKind extends Kind {
  create(options?: MakeOptions): Gate & { readonly run: Runner };
  attach(name: string): Gate & { readonly run: Runner };
}

function kind<H extends Handle, G extends Gate>(
  label: string,
  factory: Factory<H>,
  toGate: new (handle: H) => G,
  traits: Traits,
): Traits & Factory<G> & { readonly label: string } {
  return {
    label,
    ...traits,
    create: (options) => new toGate(factory.create(options)),
    attach: (name) => new toGate(factory.attach(name)),
    createOrAttach: (options) => new toGate(factory.createOrAttach(options)),
    unlink: (name) => factory.unlink(name),
  };
}

const one = (name: string): string[] => [`sem.${name}`];
const several =
  (...parts: readonly string[]) =>
  (name: string): string[] =>
    parts.map((part) => `sem.${name}.${part}`);
const segment = (name: string): string[] => [name];
const condition = several('lock', 'sleeping', 'woken', 'wait');

const semaphore = { parts: one, staysOpen: true, excludes: true, anyoneLeaves: true } as const;
const owned = { staysOpen: true, excludes: true, leftTooOften: 'ERR_SHM_NOT_OWNER' } as const;
const robust = { ...owned, parts: segment, robust: true } as const;

/** Two parties: the one who passes, and the one who opens. */
const pair: Factory<Barrier> = {
  create: (options) => Barrier.create(withParties(options)),
  attach: (name) => Barrier.attach(name),
  createOrAttach: (options) => Barrier.createOrAttach(withParties(options)),
  unlink: (name) => {
    Barrier.unlink(name);
  },
};

/** Wrong options stay as they are. */
function withParties<T>(options: T): T & { readonly parties: number } {
  const isRight = options === undefined || (typeof options === 'object' && options !== null);
  return (isRight ? { parties: 2, ...options } : options) as T & { readonly parties: number };
}

/** Those that are held and given back. */
export const LOCKS: readonly RunnableKind[] = [
  kind('Semaphore', Semaphore, AcquireGate, semaphore),
  kind('BoundedSemaphore', BoundedSemaphore, AcquireGate, {
    ...semaphore,
    leftTooOften: 'ERR_SHM_OVER_RELEASE',
  }),
  kind('Lock', Lock, AcquireGate, { ...semaphore, leftTooOften: 'ERR_SHM_OVER_RELEASE' }),
  kind('RLock', RLock, AcquireGate, { ...owned, parts: one }),
  kind("Condition's lock", Condition, AcquireGate, { ...owned, parts: condition }),
  kind('Mutex', Mutex, MutexGate, robust),
  kind('RwLock, read', RwLock, ReadGate, { ...robust, excludes: false }),
  kind('RwLock, write', RwLock, WriteGate, robust),
];

export const EXCLUSIVE = LOCKS.filter(({ excludes }) => excludes);

export const KINDS: readonly Kind[] = [
  ...LOCKS,
  kind('Event', Event, EventGate, {
    parts: several('lock', 'sleeping', 'woken', 'wait', 'flag'),
    staysOpen: true,
    excludes: false,
  }),
  kind('Condition', Condition, NotifyGate, {
    parts: condition,
    staysOpen: false,
    excludes: false,
  }),
  kind('Barrier', pair, BarrierGate, {
    parts: (name) => [...condition(name), `${name}.state`],
    staysOpen: false,
    excludes: false,
  }),
];

/** One kind for each class. */
export const CLASSES = KINDS.filter(
  ({ label }) => label !== "Condition's lock" && label !== 'RwLock, write',
);
