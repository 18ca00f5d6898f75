// Names that stand for something else, or for what is half made: a typed error in bounded time, and
// nothing there is changed.
import { randomBytes } from 'node:crypto';
import { readFileSync, truncateSync } from 'node:fs';
import { Barrier, BoundedSemaphore, Lock, Mutex, RLock, RwLock, Semaphore } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import { CLASSES, LOCKS } from './support/sync-kinds';
import { useStage } from './support/sync-stage';
import { errorOf, within } from './support/sync-whole';

const stage = useStage();
const BOUND_MS = 5000;
const CORRUPT = { name: 'SharedResourceError', code: 'ERR_SHM_CORRUPT' };
/** How many there is room for: on Windows whoever attaches has a whole page. */
const READERS = process.platform === 'win32' ? (4096 - 64) / 8 : 120;
const CELL = { kind: 8, layout: 12, readers: 24, version: 28, state: 32 } as const;

function fileOf(name: string): string {
  return `/dev/shm/${name}`;
}

/** Attaching fails, soon, and leaves the bytes as they are. */
async function expectRefused(
  attach: (name: string) => unknown,
  { name, part = name, bytes }: { name: string; part?: string; bytes: Buffer },
  expected: object,
): Promise<void> {
  stage.write(part, bytes);
  const began = performance.now();
  expect(await errorOf(() => attach(name))).toMatchObject(expected);
  expect(performance.now() - began).toBeLessThan(BOUND_MS);
  const left = stage.read(part);
  expect(left.subarray(0, bytes.length).equals(bytes)).toBe(true);
  expect(left.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
}

/** What a lock's segment holds when it is new. */
function cellOf(Factory: typeof Mutex | typeof RwLock): Buffer {
  const made = stage.keep(Factory.create({ name: stage.name() }));
  return stage.read(made.name);
}

describe.each([
  ['Mutex', Mutex, RwLock],
  ['RwLock', RwLock, Mutex],
] as const)('%s', (_, Factory, Other) => {
  const attach = (name: string): unknown => stage.keep(Factory.attach(name));

  test('the bytes of a new one, in a file by hand: one can attach to them', () => {
    const name = stage.name();
    stage.write(name, cellOf(Factory));
    expect(stage.keep(Factory.attach(name)).closed).toBe(false);
    Factory.unlink(name);
  });

  test('half made: version 0, which is written last', async () => {
    const bytes = cellOf(Factory);
    bytes.writeUInt32LE(0, CELL.version);
    await expectRefused(attach, { name: stage.name(), bytes }, CORRUPT);
    await expectRefused(attach, { name: stage.name(), bytes: Buffer.alloc(1024) }, CORRUPT);
  });

  test('half made, and finished while one waits for it', async () => {
    const peer = await stage.peer('a process');
    const whole = cellOf(Factory);
    const half = Buffer.from(whole);
    half.writeUInt32LE(0, CELL.version);
    let attached = 0;
    for (let round = 0; round < 10; round += 1) {
      const name = stage.name();
      stage.write(name, half);
      const { done } = await peer
        .at<{ attach(name: string): void }>(Factory.name)
        .begin('attach', name);
      stage.write(name, whole);
      // A machine that does nothing else for 100 ms may be too slow for it, but not each time.
      const answer = await done.then(
        () => (attached += 1),
        (error: unknown) => error,
      );
      if (typeof answer !== 'number') expect(answer).toMatchObject(CORRUPT);
      Factory.unlink(name);
    }
    expect(attached).toBeGreaterThan(0);
  });

  test('of another kind, version or layout, or with more readers than there is room for', async () => {
    const other = stage.keep(Other.create({ name: stage.name() }));
    expect(await errorOf(() => attach(other.name))).toMatchObject(CORRUPT);
    expect(other.closed).toBe(false);
    for (const [offset, value] of [
      [CELL.kind, 3],
      [CELL.layout, 0x12345678],
      [CELL.version, 2],
      [CELL.version, 0xffffffff],
      [CELL.readers, READERS + 1],
      [CELL.readers, 0xffffffff],
    ] as const) {
      const bytes = cellOf(Factory);
      bytes.writeUInt32LE(value, offset);
      await expectRefused(attach, { name: stage.name(), bytes }, CORRUPT);
    }
  });

  test('foreign: random bytes, too few bytes', async () => {
    for (const size of [1, 8, 63, 64, 1024, 5000]) {
      await expectRefused(attach, { name: stage.name(), bytes: randomBytes(size) }, CORRUPT);
      const magic = Buffer.concat([Buffer.from('NSHMLOCK'), randomBytes(size)]);
      await expectRefused(attach, { name: stage.name(), bytes: magic }, CORRUPT);
    }
  });

  test('foreign: no bytes at all', async () => {
    const empty = { code: 'ERR_SHM_EMPTY' };
    await expectRefused(attach, { name: stage.name(), bytes: Buffer.alloc(0) }, empty);
  });

  test('an owner that never was: taken for dead, and reported', async () => {
    const name = stage.name();
    const bytes = cellOf(Factory);
    bytes.writeBigUInt64LE(12_345n, CELL.state);
    stage.write(name, bytes);
    const lock = stage.keep(Factory.attach(name));
    const acquired = lock instanceof Mutex ? await lock.acquire() : await lock.acquireWrite();
    expect(acquired).toEqual({ acquired: true, ownerDied: true });
    lock.unlink();
  });
});

describe.each([
  ['Semaphore', Semaphore],
  ['BoundedSemaphore', BoundedSemaphore],
  ['Lock', Lock],
  ['RLock', RLock],
] as const)('%s', (_, Factory) => {
  test.each([0, 1, 16, 31])('%i bytes are no semaphore', async (size) => {
    const name = stage.name();
    const file = { name, part: `sem.${name}`, bytes: randomBytes(size) };
    await expectRefused((each) => Factory.attach(each), file, { code: 'EINVAL', path: `/${name}` });
  });

  /** How glibc calls futex(2); it aborts the process where that is neither of the two it knows. */
  const HOW_TO_WAIT = [8, 12] as const;

  test('another way to wait than the system has: refused', async () => {
    const name = stage.name();
    const { name: whole } = stage.keep(Factory.create({ name: stage.name() }));
    const bytes = readFileSync(fileOf(`sem.${whole}`));
    bytes.writeInt32LE(bytes.readInt32LE(HOW_TO_WAIT[0]) ^ 0x55, HOW_TO_WAIT[0]);
    const file = { name, part: `sem.${name}`, bytes };
    await expectRefused((each) => Factory.attach(each), file, { code: 'EINVAL', path: `/${name}` });
  });

  test('random bytes otherwise have some value, and do no harm', async () => {
    const { name: whole } = stage.keep(Factory.create({ name: stage.name() }));
    const howToWait = readFileSync(fileOf(`sem.${whole}`)).subarray(...HOW_TO_WAIT);
    for (let round = 0; round < 20; round += 1) {
      const name = stage.name();
      const bytes = randomBytes(32);
      bytes.set(howToWait, HOW_TO_WAIT[0]);
      stage.write(`sem.${name}`, bytes);
      const semaphore = stage.keep(Factory.attach(name));
      semaphore.tryAcquire();
      expect(typeof semaphore.acquireSync({ timeout: 1 })).toBe('boolean');
      expect(typeof (await semaphore.acquire({ timeout: 1 }))).toBe('boolean');
      try {
        semaphore.release();
      } catch (error) {
        expect(error).toMatchObject({ code: /RLock/.test(Factory.name) ? OWNED : OVER });
      }
      semaphore.unlink();
    }
  });
});

const OWNED = 'ERR_SHM_NOT_OWNER';
const OVER = 'ERR_SHM_OVER_RELEASE';

test('a barrier whose state is something else', async () => {
  const words = (...values: number[]): Buffer => Buffer.from(new Int32Array(values).buffer);
  const tooShort = process.platform === 'win32' ? [] : [randomBytes(1), randomBytes(8)];
  for (const bytes of [
    ...tooShort,
    words(0, 0, 0),
    words(-1, 0, 0),
    words(2, -1, 0),
    words(2, 0, 4),
    words(2, 0, -1),
  ]) {
    const barrier = stage.keep(Barrier.create({ name: stage.name(), parties: 2 }));
    const file = { name: barrier.name, part: `${barrier.name}.state`, bytes };
    await expectRefused((name) => Barrier.attach(name), file, CORRUPT);
    barrier.unlink();
  }
});

test('one of its parts is no semaphore: EINVAL, and the others stay', async () => {
  for (const kind of CLASSES) {
    const name = stage.name();
    for (const part of kind.parts(name).filter((each) => each.startsWith('sem.'))) {
      const gate = stage.keep(kind.create({ name }));
      truncateSync(fileOf(part), 0);
      expect(await errorOf(() => kind.attach(name))).toMatchObject({ code: 'EINVAL' });
      expect(stage.present().sort()).toEqual(kind.parts(name).sort());
      gate.unlink();
    }
  }
});

describe.each(LOCKS)('$label, cut short by another program', (kind) => {
  test('while it is open: ERR_SHM_TRUNCATED from then on', async () => {
    const [a] = stage.two(kind);
    for (const part of kind.parts(a.name)) truncateSync(fileOf(part), 0);
    const truncated = { name: 'SharedResourceError', code: 'ERR_SHM_TRUNCATED' };
    expect(await errorOf(a.tryPass)).toMatchObject(truncated);
    expect(await errorOf(a.passSync)).toMatchObject(truncated);
    expect(await errorOf(a.pass)).toMatchObject(truncated);
  });

  test('while one waits: the wait ends with ERR_SHM_TRUNCATED', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    const waiting = errorOf(() => a.pass());
    await new Promise(setImmediate);
    for (const part of kind.parts(a.name)) truncateSync(fileOf(part), 0);
    expect(await within(LONG_MS, waiting)).toMatchObject({ code: 'ERR_SHM_TRUNCATED' });
  });
});
