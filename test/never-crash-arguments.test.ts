import { inspect } from 'node:util';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  type CreateOptions,
  Event,
  Lock,
  Mutex,
  reclaim,
  RLock,
  RwLock,
  Semaphore,
  SharedArray,
  SharedMemory,
  SharedMemoryManager,
  SharedResourceError,
  ShareableList,
} from 'named-shm';
import { OwnJournals, uniqueName } from './support/own-journals';
import { systemNames } from './support/system-names';

/** Wrong for most things. What a parameter takes all the same is named in the tables. */
const WRONG: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['NaN', NaN],
  ['-1', -1],
  ['1.5', 1.5],
  ['2 ** 60', 2 ** 60],
  ['-Infinity', -Infinity],
  ['1n', 1n],
  ["''", ''],
  ["'a/b'", 'a/b'],
  ["'a\\0b'", 'a\0b'],
  ["'\\ud800'", '\ud800'],
  ['true', true],
  ['{}', {}],
  ['[]', []],
  ['symbol', Symbol('wrong')],
  ['function', () => 1],
  ['an object with a name that is none', { name: Symbol('wrong'), size: -1 }],
  ['an object without a prototype', Object.create(null)],
  ['a number object', Object(1)],
  ['a Proxy', new Proxy({}, { get: () => Symbol('wrong') })],
];

type Call = (value: never) => unknown;
/** The call, and the wrong values that are right for it. */
type Row = readonly [string, Call, ...string[]];

const OPTIONS = ['undefined', '{}', '[]', 'an object without a prototype', 'a number object'];
const NAMELESS_OPTIONS = [...OPTIONS, 'an object with a name that is none'];
const name = uniqueName('never-crash');

/** Makes something, uses it, and disposes of it whatever happens. */
function on<T extends Disposable>(make: () => T, use: (made: T, value: never) => unknown): Call {
  return async (value) => {
    using made = make();
    await use(made, value);
  };
}

const memory = () => SharedMemory.create({ size: 64 });
const array = () => SharedArray.create('float64', [2, 3]);
const list = () => ShareableList.create([1, 'two', null]);

function disposed(make: Call): Call {
  return (value) => {
    (make(value) as Disposable)[Symbol.dispose]();
  };
}

const SEGMENTS: readonly Row[] = [
  ['SharedMemory.create(…)', (options) => SharedMemory.create(options)],
  ['SharedMemory.create({ size })', (size) => SharedMemory.create({ size })],
  ['SharedMemory.create({ name })', disposed((value) => create({ name: value })), 'undefined'],
  ['SharedMemory.create({ mode })', disposed((mode) => create({ mode })), 'undefined'],
  ['SharedMemory.create({ track })', disposed((track) => create({ track })), 'undefined', 'true'],
  ['SharedMemory.create({ reserve })', disposed((reserve) => create({ reserve })), 'undefined', 'true'], // prettier-ignore
  ['SharedMemory.create({ content })', disposed((content) => create({ content })), 'undefined'],
  ['SharedMemory.attach(name)', (value) => SharedMemory.attach(value)],
  ['SharedMemory.attach(…, options)', on(memory, (shm, v) => SharedMemory.attach(shm.name, v)), ...NAMELESS_OPTIONS], // prettier-ignore
  ['SharedMemory.attach(…, { readOnly })', on(memory, (shm, readOnly) => SharedMemory.attach(shm.name, { readOnly })), 'undefined', 'true'], // prettier-ignore
  ['SharedMemory.createOrAttach(…)', (options) => SharedMemory.createOrAttach(options)],
  ['SharedMemory.createOrAttach({ name })', (value) => SharedMemory.createOrAttach({ name: value, size: 1 })], // prettier-ignore
  ['SharedMemory.createOrAttach({ size })', (size) => SharedMemory.createOrAttach({ name, size })],
  [
    'SharedMemory.unlink(name)',
    (value) => {
      SharedMemory.unlink(value);
    },
  ],
  ['shm.view(dtype)', on(memory, (shm, dtype) => shm.view(dtype))],
  ['shm.view(…, byteOffset)', on(memory, (shm, offset) => shm.view('int8', offset)), 'undefined'],
  ['shm.view(…, …, length)', on(memory, (shm, length) => shm.view('int8', 0, length)), 'undefined'],
];

function create(options: Partial<CreateOptions>): SharedMemory {
  return SharedMemory.create({ size: 1, ...options });
}

const NUMBERS = ['NaN', '-1', '1.5', '2 ** 60', '-Infinity'];
const ARRAYS: readonly Row[] = [
  ['SharedArray.create(dtype)', (dtype) => SharedArray.create(dtype, [1])],
  ['SharedArray.create(…, shape)', disposed((shape) => SharedArray.create('int8', shape)), '[]'],
  ['SharedArray.create(…, [length])', (length) => SharedArray.create('int8', [length])],
  ['SharedArray.create(…, …, options)', disposed((options) => SharedArray.create('int8', [1], options)), ...OPTIONS], // prettier-ignore
  ['SharedArray.attach(name)', (value) => SharedArray.attach(value, 'int8', [1])],
  ['SharedArray.attach(…, dtype)', on(array, (a, dtype) => SharedArray.attach(a.name, dtype, [1]))],
  ['SharedArray.attach(…, …, shape)', on(array, (a, shape) => SharedArray.attach(a.name, 'int8', shape)), '[]'], // prettier-ignore
  ['SharedArray.attach(…, …, …, options)', on(array, (a, v) => SharedArray.attach(a.name, 'int8', [1], v)), ...NAMELESS_OPTIONS], // prettier-ignore
  ['SharedArray.attach(…, …, …, { byteOffset })', on(array, (a, byteOffset) => SharedArray.attach(a.name, 'int8', [1], { byteOffset })), 'undefined'], // prettier-ignore
  ['SharedArray.createOrAttach(dtype)', (dtype) => SharedArray.createOrAttach(dtype, [1], { name })], // prettier-ignore
  ['SharedArray.createOrAttach(…, …, options)', disposed((options) => SharedArray.createOrAttach('int8', [1], options))], // prettier-ignore
  ['array.get(index)', on(array, (a, index) => a.get(index, 0)), '-1'],
  ['array.get(…, index)', on(array, (a, index) => a.get(0, index)), '-1'],
  ['array.get(one index)', on(array, (a, index) => a.get(index))],
  ['array.set(index, …)', on(array, (a, index) => { a.set(index, 0, 1); }), '-1'], // prettier-ignore
  ['array.set(one value)', on(array, (a, value) => { a.set(value); })], // prettier-ignore
  ['array.row(index)', on(array, (a, index) => a.row(index)), '-1'],
];

const ITEMS = [...NUMBERS, 'null', '1n', "''", "'a/b'", "'a\\0b'", 'true'];
const LISTS: readonly Row[] = [
  ['ShareableList.create(items)', disposed((items) => ShareableList.create(items)), "''", "'a/b'", '[]'], // prettier-ignore
  ['ShareableList.create([item])', disposed((item) => ShareableList.create([item])), ...ITEMS],
  ['ShareableList.create(…, options)', disposed((options) => ShareableList.create([], options)), ...OPTIONS], // prettier-ignore
  ['ShareableList.attach(name)', (value) => ShareableList.attach(value)],
  ['ShareableList.createOrAttach(…, options)', disposed((options) => ShareableList.createOrAttach([], options))], // prettier-ignore
  ['list.get(index)', on(list, (l, index) => l.get(index)), '-1'],
  ['list.set(index, …)', on(list, (l, index) => { l.set(index, null); }), '-1'], // prettier-ignore
  ['list.set(…, item)', on(list, (l, item) => { l.set(1, item); }), ...ITEMS], // prettier-ignore
];

const manager = () => new SharedMemoryManager();
const OTHERS: readonly Row[] = [
  ['manager.memory(size)', on(manager, (m, size) => m.memory(size))],
  ['manager.list(items)', on(manager, (m, items) => m.list(items)), "''", "'a/b'", '[]'],
  ['manager.array(dtype)', on(manager, (m, dtype) => m.array(dtype, [1]))],
  ['manager.array(…, shape)', on(manager, (m, shape) => m.array('int8', shape)), '[]'],
  ['reclaim(options)', withOwnJournals((options) => reclaim(options)), ...NAMELESS_OPTIONS],
  ['reclaim({ dryRun })', withOwnJournals((dryRun) => reclaim({ dryRun })), 'undefined', 'true'],
];

function withOwnJournals(call: Call): Call {
  return (value) => {
    using journals = new OwnJournals();
    return journals.during(() => call(value));
  };
}

type Methods = Disposable & Record<string, (options: unknown) => unknown>;

/** Names that are taken as the names of objects that do not exist are wrong as well: ENOENT. */
const NAMED = { Lock, RLock, Semaphore, BoundedSemaphore, Mutex, RwLock, Condition, Event };
const WAITS = ['1.5', '2 ** 60', 'undefined'];
const LOCKS: readonly Row[] = Object.entries(NAMED).flatMap(([kind, Class]): Row[] => {
  const make = () => Class.create() as unknown as Methods;
  const acquire = Class === Event || Class === RwLock ? [] : ['acquireSync', 'acquire'];
  const read = Class === RwLock ? ['acquireReadSync', 'acquireRead', 'acquireWriteSync', 'acquireWrite'] : []; // prettier-ignore
  return [
    [`${kind}.create(options)`, disposed((options) => Class.create(options)), ...OPTIONS],
    [`${kind}.create({ name })`, disposed((value) => Class.create({ name: value })), 'undefined'],
    [`${kind}.create({ mode })`, disposed((mode) => Class.create({ mode })), 'undefined'],
    [`${kind}.create({ track })`, disposed((track) => Class.create({ track })), 'undefined', 'true'], // prettier-ignore
    [`${kind}.attach(name)`, (value) => Class.attach(value)],
    [
      `${kind}.unlink(name)`,
      (value) => {
        Class.unlink(value);
      },
    ],
    [`${kind}.createOrAttach(options)`, (options) => Class.createOrAttach(options)],
    ...[...acquire, ...read].flatMap((method): Row[] => [
      [
        `${kind} ${method}(options)`,
        on(make, (o, options) => o[method]?.(options)),
        ...NAMELESS_OPTIONS,
      ],
      [`${kind} ${method}({ timeout })`, on(make, (o, timeout) => o[method]?.({ timeout })), ...WAITS], // prettier-ignore
    ]),
  ];
});

const held = () => {
  const condition = Condition.create();
  condition.acquireSync();
  return condition;
};
const VALUES: readonly Row[] = [
  ['Semaphore.create({ value })', disposed((value) => Semaphore.create({ value })), 'undefined'],
  ['Semaphore.create({ maxValue })', disposed((maxValue) => Semaphore.create({ maxValue })), 'undefined'], // prettier-ignore
  ['BoundedSemaphore.create({ value })', disposed((value) => BoundedSemaphore.create({ value })), 'undefined'], // prettier-ignore
  ['RwLock.create({ maxReaders })', disposed((maxReaders) => RwLock.create({ maxReaders })), 'undefined'], // prettier-ignore
  ['Barrier.create(options)', (options) => Barrier.create(options)],
  ['Barrier.create({ parties })', (parties) => Barrier.create({ parties })],
  ['Barrier.attach(name)', (value) => Barrier.attach(value)],
  ['lock acquire({ signal })', on(() => Lock.create(), (lock, signal) => lock.acquire({ signal })), 'undefined'], // prettier-ignore
  [
    'lock.run(fn)',
    on(
      () => Lock.create(),
      (lock, fn) => lock.run(fn),
    ),
    'function',
  ],
  [
    'mutex.run(fn)',
    on(
      () => Mutex.create(),
      (mutex, fn) => mutex.run(fn),
    ),
    'function',
  ],
  ['condition.notifySync(count)', on(held, (condition, count) => { condition.notifySync(count); }), 'undefined'], // prettier-ignore
  ['condition.waitSync({ timeout })', on(held, (condition, timeout) => condition.waitSync({ timeout })), '1.5', '2 ** 60', 'undefined'], // prettier-ignore
  ['condition.waitForSync(predicate)', on(held, (condition, predicate) => condition.waitForSync(predicate)), 'function'], // prettier-ignore
];

async function thrownBy(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a program can be told: an error of the kinds that the documentation names, with a code. */
function isTold(error: unknown): boolean {
  const known =
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SharedResourceError;
  return known && typeof (error as { code?: unknown }).code === 'string';
}

const rows = [...SEGMENTS, ...ARRAYS, ...LISTS, ...OTHERS, ...LOCKS, ...VALUES].filter(
  // They would wait for ever, rightly.
  ([title]) => title !== 'condition.waitSync({ timeout })',
);

describe('a wrong argument is a TypeError, RangeError or SharedResourceError with a code', () => {
  test.each(rows.map(([title, ...rest]) => [title, rest] as const))('%s', async (_title, rest) => {
    const [call, ...right] = rest;
    for (const [label, value] of WRONG) {
      const error = await thrownBy(() => call(value as never));
      const told = isTold(error) ? 'told' : inspect(error);
      expect({ [label]: told }).toEqual({ [label]: right.includes(label) ? 'undefined' : 'told' });
    }
    expect(systemNames().filter((other) => other.includes(name))).toEqual([]);
  });
});
