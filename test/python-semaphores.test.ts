import { Lock, Semaphore, SharedMemory } from 'named-shm';
import { startChild } from './support/programs';
import { startPython } from './support/python';
import { describeEachPython, type Kind } from './support/python-server';

const KINDS: readonly Kind[] = ['stock', 'named_shm'];

/** Seconds in Python, milliseconds for us: short, for they have to pass. */
const SHORT_S = 0.005;
const SHORT_MS = 5;

/** Never reached: only so that a defect fails the test and does not block it for ever. */
const DEADLINE_S = 20;
const DEADLINE_MS = DEADLINE_S * 1000;

const OVER_RELEASE = expect.objectContaining({
  name: 'RangeError',
  code: 'ERR_SHM_OVER_RELEASE',
}) as Error;
const PYTHON_OVER_RELEASE = {
  type: 'ValueError',
  message: 'semaphore or lock released too many times',
};

describeEachPython((python) => {
  describe.each(KINDS)('a lock of ours that %s attached to', (kind) => {
    test('is held by one side at a time', async () => {
      using ours = Lock.create();
      await using theirs = await python.attachSemaphore(kind, 'Lock', ours.name);
      expect(await theirs.tryAcquire()).toBe(true);
      expect(ours.tryAcquire()).toBe(false);
      await theirs.release();
      expect(ours.tryAcquire()).toBe(true);
      expect(await theirs.tryAcquire()).toBe(false);
      ours.release();
      expect(await theirs.tryAcquire()).toBe(true);
    });

    test('is not had before the timeout by who waits for it, on either side', async () => {
      using ours = Lock.create();
      await using theirs = await python.attachSemaphore(kind, 'Lock', ours.name);
      expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(true);
      expect(await theirs.acquire(SHORT_S)).toBe(false);
      ours.release();
      expect(await theirs.acquire(SHORT_S)).toBe(true);
      expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(false);
      expect(ours.acquireSync({ timeout: 0 })).toBe(false);
      await theirs.release();
      expect(ours.acquireSync({ timeout: 0 })).toBe(true);
    });

    test('goes to Python, which waits for it, when we release it', async () => {
      using ours = Lock.create();
      await using theirs = await python.attachSemaphore(kind, 'Lock', ours.name);
      ours.acquireSync();
      const taken = theirs.acquire(DEADLINE_S);
      ours.release();
      expect(await taken).toBe(true);
      expect(ours.tryAcquire()).toBe(false);
    });

    test('goes to us, who wait for it, when Python releases it', async () => {
      using ours = Lock.create();
      await using theirs = await python.attachSemaphore(kind, 'Lock', ours.name);
      await theirs.acquire();
      const released = theirs.release(); // Sent, and on its way while this thread waits.
      expect(ours.acquireSync({ timeout: DEADLINE_MS })).toBe(true);
      await released;
      expect(await theirs.tryAcquire()).toBe(false);
    });

    test('is released by whoever likes', async () => {
      using ours = Lock.create();
      await using theirs = await python.attachSemaphore(kind, 'Lock', ours.name);
      ours.acquireSync();
      await theirs.release();
      await theirs.acquire(DEADLINE_S);
      ours.release();
      expect(await theirs.value()).toBe(1);
    });

    test('is not released twice, from either side', async () => {
      using ours = Lock.create();
      await using theirs = await python.attachSemaphore(kind, 'Lock', ours.name);
      await expect(theirs.release()).rejects.toMatchObject(PYTHON_OVER_RELEASE);
      expect(() => {
        ours.release();
      }).toThrow(OVER_RELEASE);
      expect(await theirs.value()).toBe(1);
    });
  });

  describe.each(KINDS)('a semaphore of ours that %s attached to', (kind) => {
    test('has its value on both sides, whoever takes and gives', async () => {
      using ours = Semaphore.create({ value: 3 });
      await using theirs = await python.attachSemaphore(kind, 'Semaphore', ours.name);
      expect([ours.value, await theirs.value()]).toEqual([3, 3]);
      expect(await theirs.tryAcquire()).toBe(true);
      expect(ours.tryAcquire()).toBe(true);
      expect(await theirs.acquire(SHORT_S)).toBe(true);
      expect([ours.value, await theirs.value()]).toEqual([0, 0]);
      expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(false);
      expect(await theirs.acquire(SHORT_S)).toBe(false);
      await theirs.release();
      ours.release();
      expect([ours.value, await theirs.value()]).toEqual([2, 2]);
    });

    test('goes beyond the value that it began with, as Python semaphores do', async () => {
      using ours = Semaphore.create({ value: 0 });
      await using theirs = await python.attachSemaphore(kind, 'Semaphore', ours.name);
      await theirs.release();
      ours.release();
      expect([ours.value, await theirs.value()]).toEqual([2, 2]);
    });

    test('has a limit for its maker alone', async () => {
      using ours = Semaphore.create({ value: 1, maxValue: 2 });
      await using theirs = await python.attachSemaphore(kind, 'Semaphore', ours.name);
      ours.release();
      expect(() => {
        ours.release();
      }).toThrow(OVER_RELEASE);
      await theirs.release();
      expect(ours.value).toBe(3);
    });
  });

  test.each(KINDS)('%s finds no lock where there is none', async (kind) => {
    await expect(python.attachSemaphore(kind, 'Lock', 'nshm_no_such_lock')).rejects.toMatchObject({
      type: 'FileNotFoundError',
    });
  });

  describe("Python's own, of the spawn context, attached to by _semlock.name", () => {
    test('a Lock is held by one side at a time', async () => {
      await using theirs = await python.createSemaphore('Lock');
      using ours = Lock.attach(theirs.name);
      expect(await theirs.tryAcquire()).toBe(true);
      expect(ours.tryAcquire()).toBe(false);
      expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(false);
      await theirs.release();
      expect(ours.tryAcquire()).toBe(true);
      expect(await theirs.tryAcquire()).toBe(false);
      expect(await theirs.acquire(SHORT_S)).toBe(false);
      const taken = theirs.acquire(DEADLINE_S);
      ours.release();
      expect(await taken).toBe(true);
    });

    test('a Lock is not released twice, from either side', async () => {
      await using theirs = await python.createSemaphore('Lock');
      using ours = Lock.attach(theirs.name);
      expect(() => {
        ours.release();
      }).toThrow(OVER_RELEASE);
      await expect(theirs.release()).rejects.toMatchObject(PYTHON_OVER_RELEASE);
    });

    test('a Semaphore has its value on both sides', async () => {
      await using theirs = await python.createSemaphore('Semaphore', 2);
      using ours = Semaphore.attach(theirs.name);
      expect(ours.value).toBe(2);
      expect(ours.tryAcquire()).toBe(true);
      expect(await theirs.tryAcquire()).toBe(true);
      expect(ours.tryAcquire()).toBe(false);
      expect(await theirs.tryAcquire()).toBe(false);
      ours.release();
      ours.release();
      ours.release();
      expect(await theirs.value()).toBe(3);
    });

    test('a BoundedSemaphore is bounded for Python; who attaches does not know how', async () => {
      await using theirs = await python.createSemaphore('BoundedSemaphore', 2);
      using ours = Semaphore.attach(theirs.name);
      expect(ours.tryAcquire()).toBe(true);
      await theirs.release();
      await expect(theirs.release()).rejects.toMatchObject(PYTHON_OVER_RELEASE);
      expect(ours.value).toBe(2);
      ours.release();
      expect(await theirs.value()).toBe(3);
    });

    test('a Lock whose maker let it go can not be attached to, and works where it is', async () => {
      const theirs = await python.createSemaphore('Lock');
      using ours = Lock.attach(theirs.name);
      await theirs[Symbol.asyncDispose]();
      expect(() => Lock.attach(theirs.name)).toThrow(
        expect.objectContaining({ code: 'ENOENT' }) as Error,
      );
      expect(ours.tryAcquire()).toBe(true);
      ours.release();
    });
  });

  test('two Node and two Python programs count to 4,000, under a lock of ours and one of Python', async () => {
    using ours = Lock.create();
    await using theirs = await python.createSemaphore('Lock');
    using memory = SharedMemory.create({ size: 32 });
    const shared = [memory.name, '1000', `/${ours.name}`, theirs.name];
    await using node1 = startChild('python-counter', shared);
    await using node2 = startChild('python-counter', shared);
    await using python1 = startPython(python.python, 'count', ['stock', ...shared]);
    await using python2 = startPython(python.python, 'count', ['named_shm', ...shared]);
    const programs = [node1, node2, python1, python2];
    for (const program of programs) expect(await program.line()).toBe('ready');
    for (const program of programs) program.tell('go');
    for (const program of programs) {
      expect(await program.exit).toMatchObject({ code: 0, stdout: 'ready\n0\n', stderr: '' });
    }
    expect([...memory.view('int64')]).toEqual([4000n, 0n, 4000n, 0n]);
  });
});
