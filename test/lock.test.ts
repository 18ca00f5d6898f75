// A named lock that one program at a time can hold.
import { statSync } from 'node:fs';
import { inspect } from 'node:util';
import { type AcquireSyncOptions, Lock, type LockOptions, SharedMemory } from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { type Program, startChild } from './support/programs';

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function newName(): string {
  const name = uniqueName('lock');
  journals.removeAtEnd([`sem.${name}`]);
  return name;
}

function spelled(lock: Lock): string {
  return `sem.${lock.name}`;
}

/** Monotonic milliseconds that `action` takes. */
function millisecondsOf(action: () => unknown): number {
  const begin = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

describe('create, attach, unlink', () => {
  test('a new lock is free, once', () => {
    using lock = Lock.create();
    expect(lock.name).toMatch(/^nshm_[0-9a-f]{8}$/);
    expect(lock.created).toBe(true);
    expect([lock.tryAcquire(), lock.tryAcquire()]).toEqual([true, false]);
    lock.release();
    expect(lock.tryAcquire()).toBe(true);
  });

  test('who attaches meets the same lock', () => {
    using lock = Lock.create({ name: newName() });
    using other = Lock.attach(`/${lock.name}`);
    expect([other.name, other.created]).toEqual([lock.name, false]);
    expect(lock.tryAcquire()).toBe(true);
    expect(other.tryAcquire()).toBe(false);
    // Any program may give it back.
    other.release();
    expect(lock.tryAcquire()).toBe(true);
  });

  test('a taken name is EEXIST, one that is not there ENOENT', () => {
    using lock = Lock.create({ name: newName() });
    expect(lock.tryAcquire()).toBe(true);
    expect(() => Lock.create({ name: lock.name })).toThrow(failsWith('EEXIST'));
    expect(lock.tryAcquire()).toBe(false);
    expect(() => Lock.attach(newName())).toThrow(failsWith('ENOENT'));
    expect(() => {
      Lock.unlink(newName());
    }).toThrow(failsWith('ENOENT'));
  });

  test('unlink while it is held: who has it open goes on, nobody new can attach', () => {
    using lock = Lock.create();
    using other = Lock.attach(lock.name);
    expect(lock.acquireSync()).toBe(true);
    lock.unlink();
    expect(present([spelled(lock)])).toEqual([]);
    expect(other.tryAcquire()).toBe(false);
    lock.release();
    expect(other.tryAcquire()).toBe(true);
    expect(lock.tryAcquire()).toBe(false);
    expect(() => Lock.attach(lock.name)).toThrow(failsWith('ENOENT'));
    using fresh = Lock.create({ name: lock.name });
    expect(fresh.tryAcquire()).toBe(true);
    expect(() => {
      Lock.unlink(fresh.name);
      Lock.unlink(fresh.name);
    }).toThrow(failsWith('ENOENT'));
  });

  test('using closes, and unlinks what create made and tracks', () => {
    const names = [newName(), newName()];
    {
      using made = Lock.create({ name: names[0] });
      using kept = Lock.create({ name: names[1], track: false });
      using attached = Lock.attach(made.name);
      using orAttached = Lock.createOrAttach({ name: kept.name });
      expect([attached.created, orAttached.created]).toEqual([false, false]);
    }
    expect(present(names.map((name) => `sem.${name}`))).toEqual([`sem.${names[1]}`]);
  });

  test('using leaves alone a lock that has the name by then', () => {
    const first = Lock.create({ name: newName() });
    first.unlink();
    using second = Lock.create({ name: first.name });
    first[Symbol.dispose]();
    expect(present([spelled(second)])).toHaveLength(1);
  });

  test.each([
    [undefined, 0o022, 0o600],
    [0o666, 0o022, 0o644],
    [0o660, 0o000, 0o660],
  ])('mode %p under umask %p gives %p', (mode, umask, expected) => {
    const before = process.umask(umask);
    try {
      using lock = Lock.create({ mode });
      expect(statSync(`/dev/shm/${spelled(lock)}`).mode & 0o777).toBe(expected);
    } finally {
      process.umask(before);
    }
  });

  test.each([
    [{ mode: -1 }, 'ERR_SHM_RANGE'],
    [{ mode: 0o1000 }, 'ERR_SHM_RANGE'],
    [{ mode: '600' }, 'ERR_SHM_TYPE'],
    [{ track: 0 }, 'ERR_SHM_TYPE'],
    [{ name: 1 }, 'ERR_SHM_NAME'],
    [null, 'ERR_SHM_TYPE'],
    ['name', 'ERR_SHM_TYPE'],
  ])('options %p are refused before anything is made', (options, code) => {
    expect(() => Lock.create(options as LockOptions)).toThrow(failsWith(code));
  });
});

describe('acquireSync', () => {
  test('takes a free lock at once', () => {
    using lock = Lock.create();
    expect(lock.acquireSync()).toBe(true);
    expect(lock.tryAcquire()).toBe(false);
    lock.release();
    expect(lock.acquireSync({ timeout: 0 })).toBe(true);
    lock.release();
    expect(lock.acquireSync({ timeout: Infinity })).toBe(true);
  });

  // Below and above the slices in which it waits.
  test.each([1, 40.5, 250])('gives up with false after %d ms, not before', (timeout) => {
    using lock = Lock.create();
    lock.acquireSync();
    let taken: boolean | undefined;
    expect(
      millisecondsOf(() => {
        taken = lock.acquireSync({ timeout });
      }),
    ).toBeGreaterThanOrEqual(timeout);
    expect(taken).toBe(false);
  });

  test('with a timeout of 0 is tryAcquire', () => {
    using lock = Lock.create();
    lock.acquireSync();
    expect(lock.acquireSync({ timeout: 0 })).toBe(false);
    expect(lock.acquireSync({ timeout: -0 })).toBe(false);
  });

  test.each([
    [NaN, 'ERR_SHM_RANGE', RangeError],
    [-1, 'ERR_SHM_RANGE', RangeError],
    [-Infinity, 'ERR_SHM_RANGE', RangeError],
    ['5', 'ERR_SHM_TYPE', TypeError],
    [5n, 'ERR_SHM_TYPE', TypeError],
    [null, 'ERR_SHM_TYPE', TypeError],
  ])('a timeout of %p is refused, and the lock not taken', (timeout, code, type) => {
    using lock = Lock.create();
    const options = { timeout } as AcquireSyncOptions;
    expect(() => lock.acquireSync(options)).toThrow(failsWith(code));
    expect(() => lock.acquireSync(options)).toThrow(type);
    expect(lock.tryAcquire()).toBe(true);
  });
});

describe('release', () => {
  test('of a lock that nobody holds is ERR_SHM_OVER_RELEASE, and it stays as it is', () => {
    using lock = Lock.create();
    using other = Lock.attach(lock.name);
    for (const each of [lock, other]) {
      const attempt = (): void => {
        each.release();
      };
      expect(attempt).toThrow(failsWith('ERR_SHM_OVER_RELEASE'));
      expect(attempt).toThrow(RangeError);
      expect(attempt).toThrow(`'${lock.name}' released too many times`);
    }
    expect([lock.tryAcquire(), lock.tryAcquire()]).toEqual([true, false]);
    other.release();
    expect(() => {
      lock.release();
    }).toThrow(failsWith('ERR_SHM_OVER_RELEASE'));
  });
});

describe('close', () => {
  test('refuses every further use; the name and other objects of the lock stay', () => {
    const lock = Lock.create();
    using other = Lock.attach(lock.name);
    lock.acquireSync();
    lock.close();
    expect(lock.closed).toBe(true);
    for (const use of [
      () => lock.tryAcquire(),
      () => lock.acquireSync(),
      () => lock.acquireSync({ timeout: 0 }),
      () => {
        lock.release();
      },
    ]) {
      expect(use).toThrow(failsWith('ERR_SHM_CLOSED'));
      expect(use).toThrow(TypeError);
      expect(use).toThrow(`'${lock.name}' is closed`);
    }
    expect(present([spelled(lock)])).toHaveLength(1);
    // Letting go gives nothing back.
    expect(other.tryAcquire()).toBe(false);
    other.release();
    expect(other.tryAcquire()).toBe(true);
    lock.close();
    lock.unlink();
    lock[Symbol.dispose]();
    expect(present([spelled(lock)])).toEqual([]);
  });

  test('inspect says whether it is', () => {
    const lock = Lock.create({ name: newName() });
    expect(inspect(lock)).toBe(`Lock { name: '${lock.name}', closed: false }`);
    lock[Symbol.dispose]();
    expect(inspect(lock)).toBe(`Lock { name: '${lock.name}', closed: true }`);
  });
});

describe('between programs', () => {
  async function finished(program: Program): Promise<void> {
    expect(await program.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  }

  test('four of them add 4 × 1,000 under it, and never meet inside', async () => {
    using lock = Lock.create();
    using shm = SharedMemory.create({ size: 24 });
    const start = (): Program => startChild('lock-counter', [lock.name, shm.name, '1000']);
    await using a = start();
    await using b = start();
    await using c = start();
    await using d = start();
    const programs = [a, b, c, d];
    await Promise.all(programs.map((program) => program.line()));
    for (const program of programs) program.tell('go');
    await Promise.all(programs.map(finished));
    expect([...shm.view('float64')]).toEqual([4000, 0, 0]);
    expect(lock.tryAcquire()).toBe(true);
  });

  function startWaiter(lock: Lock, shm: SharedMemory, timeout = ''): Program {
    return startChild('lock-waiter', [lock.name, shm.name, timeout], { env: journals.env });
  }

  test.each([
    ['no timeout', ''],
    ['timeout: Infinity', 'Infinity'],
    ['a timeout of years', '1e12'],
  ])('a waiter gets it when it is released, not before: %s', async (_, timeout) => {
    using lock = Lock.create();
    using shm = SharedMemory.create({ size: 1 });
    lock.acquireSync();
    await using waiter = startWaiter(lock, shm, timeout);
    await waiter.line();
    expect(shm.buf[0]).toBe(0);
    lock.release();
    expect(await waiter.line()).toBe('taken');
    await finished(waiter);
    expect(lock.tryAcquire()).toBe(false);
  });

  test('a waiter whose time is up has not got it', async () => {
    using lock = Lock.create();
    using shm = SharedMemory.create({ size: 1 });
    lock.acquireSync();
    await using waiter = startWaiter(lock, shm, '120');
    await waiter.line();
    expect(await waiter.line()).toBe('not taken');
    lock.release();
    expect(lock.tryAcquire()).toBe(true);
    await finished(waiter);
  });

  test('a holder’s death is not noticed: somebody else has to release', async () => {
    using lock = Lock.create();
    using shm = SharedMemory.create({ size: 1 });
    lock.acquireSync();
    await using holder = startWaiter(lock, shm);
    await holder.line();
    lock.release();
    expect(await holder.line()).toBe('taken');
    holder.child.kill('SIGKILL');
    await holder.exit;
    journals.reclaim();
    expect(lock.acquireSync({ timeout: 20 })).toBe(false);
    lock.release();
    expect(lock.tryAcquire()).toBe(true);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends a program that blocks in acquireSync, and its names go',
    async (signal) => {
      using lock = Lock.create();
      using shm = SharedMemory.create({ size: 1 });
      lock.acquireSync();
      await using waiter = startWaiter(lock, shm);
      const own = await waiter.line();
      journals.removeAtEnd([own]);
      expect(present([own])).toEqual([own]);
      waiter.child.kill(signal);
      expect(await waiter.exit).toMatchObject({ code: null, signal, stderr: '' });
      expect(present([own])).toEqual([]);
      lock.release();
      expect(lock.tryAcquire()).toBe(true);
    },
  );
});

describe('in Workers', () => {
  test('two of them and the main thread add 3 × 1,000 under it', async () => {
    const { code, stdout, stderr } = await startChild('lock-worker', ['count']).exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ count: 3000, free: true });
  });

  test('terminate() ends one that blocks in acquireSync', async () => {
    const { code, stdout, stderr } = await startChild('lock-worker', ['terminate']).exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ free: true });
  });

  test('process.exit() does so too', async () => {
    const { code, signal, stderr } = await startChild('lock-worker', ['process.exit(3)']).exit;
    expect({ code, signal, stderr }).toEqual({ code: 3, signal: null, stderr: '' });
  });
});
