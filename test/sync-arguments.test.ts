// What no call accepts: a TypeError or RangeError that names it, and nothing has happened.
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Mutex,
  RwLock,
  Semaphore,
  type SemaphoreOptions,
} from 'named-shm';
import { CLASSES, KINDS, LOCKS, type MakeOptions } from './support/sync-kinds';
import { use } from './support/sync-members';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';

const stage = useStage();

const TYPE = { name: 'TypeError', code: 'ERR_SHM_TYPE' };
const RANGE = { name: 'RangeError', code: 'ERR_SHM_RANGE' };
const NAME = { name: 'TypeError', code: 'ERR_SHM_NAME' };
const OWNER = { name: 'TypeError', code: 'ERR_SHM_NOT_OWNER' };

const BAD_NAMES = [
  ['', NAME],
  ['/', NAME],
  ['a/b', NAME],
  ['//a', NAME],
  ['..', NAME],
  ['a\0b', NAME],
  ['\ud800', NAME],
  [5, NAME],
  [null, NAME],
  [Symbol('name'), NAME],
  ['x'.repeat(256), { name: 'SharedResourceError', code: 'ENAMETOOLONG' }],
] as const;

const BAD_OPTIONS = [
  [5, TYPE],
  [null, TYPE],
  ['name', TYPE],
  [{ mode: -1 }, RANGE],
  [{ mode: 0o1000 }, RANGE],
  [{ mode: 1.5 }, RANGE],
  [{ mode: '600' }, TYPE],
  [{ track: 1 }, TYPE],
  [{ track: null }, TYPE],
] as const;

const BAD_WAITS = [
  [5, TYPE],
  [null, TYPE],
  [{ timeout: -1 }, RANGE],
  [{ timeout: -Infinity }, RANGE],
  [{ timeout: NaN }, RANGE],
  [{ timeout: '5' }, TYPE],
  [{ timeout: null }, TYPE],
  [{ timeout: 5n }, TYPE],
] as const;

const BAD_SIGNALS = [
  [{ signal: null }, TYPE],
  [{ signal: {} }, TYPE],
  [{ signal: new AbortController() }, TYPE],
  [{ signal: 'abort' }, TYPE],
] as const;

describe.each(CLASSES)('$label', (kind) => {
  test.each(BAD_NAMES)('the name %p', async (name, expected) => {
    const bad = name as string;
    for (const action of [
      () => kind.create({ name: bad }),
      () => kind.attach(bad),
      () => kind.createOrAttach({ name: bad }),
      () => kind.unlink(bad),
    ]) {
      expect(await errorOf(action)).toMatchObject(expected);
    }
  });

  test.each(BAD_OPTIONS)('create(%p)', async (options, expected) => {
    const named =
      typeof options === 'object' && options !== null
        ? { name: stage.name(), ...options }
        : options;
    expect(await errorOf(() => kind.create(named as MakeOptions))).toMatchObject(expected);
    expect(stage.present()).toEqual([]);
  });
});

describe.each(KINDS)('$label', (kind) => {
  test.each([...BAD_WAITS, ...BAD_SIGNALS])('waits with %p', async (options, expected) => {
    const [a, b] = stage.two(kind);
    const bad = options as { timeout: number; signal: AbortSignal };
    const isSignal = typeof options === 'object' && options !== null && 'signal' in options;
    // Open and shut: an argument is wrong before it matters.
    for (const act of [() => true, b.shut]) {
      expect(act()).toBe(true);
      expect(await errorOf(() => a.pass(bad))).toMatchObject(expected);
      if (!isSignal) expect(await errorOf(() => a.passSync(bad))).toMatchObject(expected);
    }
    if (kind.staysOpen) await b.open();
    await expectWhole(kind, a, b);
  });
});

describe.each(LOCKS)('$label, held', (kind) => {
  test.each([...BAD_WAITS, ...BAD_SIGNALS])('waits with %p', async (options, expected) => {
    const [a, b] = stage.two(kind);
    expect(a.tryPass()).toBe(true);
    expect(await errorOf(() => a.pass(options as { timeout: number }))).toMatchObject(expected);
    a.leave();
    await expectWhole(kind, a, b);
  });
});

test.each([
  ['Semaphore', { value: -1 }, RANGE],
  ['Semaphore', { value: 1.5 }, RANGE],
  ['Semaphore', { value: 2 ** 31 }, RANGE],
  ['Semaphore', { value: '1' }, TYPE],
  ['Semaphore', { value: null }, TYPE],
  ['Semaphore', { value: 3, maxValue: 2 }, RANGE],
  ['Semaphore', { maxValue: 0 }, RANGE],
  ['Semaphore', { maxValue: '5' }, TYPE],
  ['BoundedSemaphore', { value: 0 }, RANGE],
  ['BoundedSemaphore', { value: NaN }, RANGE],
  ['BoundedSemaphore', { value: true }, TYPE],
  ['RwLock', { maxReaders: 0 }, RANGE],
  ['RwLock', { maxReaders: 65_537 }, RANGE],
  ['RwLock', { maxReaders: 1.5 }, RANGE],
  ['RwLock', { maxReaders: '2' }, TYPE],
  ['Barrier', {}, TYPE],
  ['Barrier', { parties: 0 }, RANGE],
  ['Barrier', { parties: -3 }, RANGE],
  ['Barrier', { parties: 2 ** 31 }, RANGE],
  ['Barrier', { parties: '2' }, TYPE],
] as const)('%s.create(%p)', async (label, options, expected) => {
  const factories = { Semaphore, BoundedSemaphore, RwLock, Barrier };
  const create = (): unknown =>
    (factories[label] as typeof Semaphore).create({
      name: stage.name(),
      ...(options as SemaphoreOptions),
    });
  expect(await errorOf(create)).toMatchObject(expected);
  expect(stage.present()).toEqual([]);
});

test.each([0, -1, 1.5, '2'])('BoundedSemaphore.attach with the bound %p', async (value) => {
  const made = stage.keep(BoundedSemaphore.create({ name: stage.name() }));
  const bad = { value: value as number };
  expect(await errorOf(() => BoundedSemaphore.attach(made.name, bad))).toMatchObject(
    typeof value === 'string' ? TYPE : RANGE,
  );
});

test.each([undefined, null, 5, {}, { lock: 'a' }, { lock: 'a', sleeping: 'b', woken: 'c' }])(
  'attach by the parts %p',
  async (parts) => {
    for (const kind of [Event, Condition])
      expect(await errorOf(() => kind.attach(parts as unknown as string))).toMatchObject(NAME);
  },
);

test.each([
  [-1, RANGE],
  [1.5, RANGE],
  [NaN, RANGE],
  [Infinity, RANGE],
  ['1', TYPE],
  [null, TYPE],
] as const)('notify(%p)', async (count, expected) => {
  const condition = stage.keep(Condition.create({ name: stage.name() }));
  condition.acquireSync();
  const bad = count as number;
  expect(await errorOf(() => condition.notify(bad))).toMatchObject(expected);
  expect(await errorOf(() => use(condition, 'notifySync', [bad]))).toMatchObject(expected);
  condition.release();
});

test.each([null, 5, 'true'])('waitFor(%p)', async (predicate) => {
  const condition = stage.keep(Condition.create({ name: stage.name() }));
  condition.acquireSync();
  const bad = predicate as unknown as () => boolean;
  expect((await errorOf(() => condition.waitFor(bad))).name).toBe('TypeError');
  expect((await errorOf(() => condition.waitForSync(bad))).name).toBe('TypeError');
  condition.release();
});

test.each(['wait', 'waitSync', 'waitFor', 'waitForSync', 'notify', 'notifySync'] as const)(
  'Condition.%s without holding its lock',
  async (member) => {
    const condition = stage.keep(Condition.create({ name: stage.name() }));
    const call = condition[member].bind(condition) as (fn?: () => boolean) => unknown;
    const waitsFor = member.startsWith('waitFor');
    expect(await errorOf(() => (waitsFor ? call(() => true) : call()))).toMatchObject(OWNER);
    expect(condition.tryAcquire()).toBe(true);
  },
);

test('markConsistent without holding it for writing', async () => {
  const mutex = stage.keep(Mutex.create({ name: stage.name() }));
  const lock = stage.keep(RwLock.create({ name: stage.name() }));
  const marks = [mutex, lock].map((each) => () => {
    each.markConsistent();
  });
  for (const mark of marks) expect(await errorOf(mark)).toMatchObject(OWNER);
  lock.tryAcquireRead();
  for (const mark of marks) expect(await errorOf(mark)).toMatchObject(OWNER);
});
