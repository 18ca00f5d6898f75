import { Lock, ShareableList, SharedMemory } from 'named-shm';
import { type Exit, type Program, startChild } from './support/programs';
import { runPython, startPython } from './support/python';
import { describeEachPython } from './support/python-server';

/** How a program can end. */
const ENDS = ['ends', 'is killed'] as const;
type End = (typeof ENDS)[number];

/** Ends it, and waits for that and for its resource tracker, which has the same stderr. */
async function end(program: Program, how: End): Promise<Exit> {
  if (how === 'ends') program.child.stdin?.end();
  else program.child.kill('SIGKILL');
  const exit = await program.exit;
  expect([exit.code, exit.signal]).toEqual(how === 'ends' ? [0, null] : [null, 'SIGKILL']);
  return exit;
}

function succeeds(open: () => { close: () => void }): boolean {
  try {
    open().close();
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false;
    throw error;
  }
}

/** Whether the name of a segment is still there. */
function isThere(name: string): boolean {
  return succeeds(() => SharedMemory.attach(name));
}

function isLockThere(name: string): boolean {
  return succeeds(() => Lock.attach(name));
}

function fails(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}

describeEachPython((python) => {
  const interpreter = python.python;
  const careful = python.minor >= 13 ? ['named_shm', 'untracked'] : ['named_shm'];

  describe.each(ENDS)('when a program %s', (how) => {
    test('stock Python takes along what it made, and what it only attached to', async () => {
      using segment = SharedMemory.create({ size: 64 });
      segment.buf[0] = 42;
      using list = ShareableList.create(['kept', 1]);
      using lock = Lock.create();
      // Stock 3.8 can't read lists of ours.
      const readsLists = python.minor >= 9;
      await using holder = startPython(interpreter, 'hold', [
        ...['stock', `attach=${segment.name}`, `lock=${lock.name}`, 'create', 'create-lock'],
        ...(readsLists ? [`list=${list.name}`] : []),
      ]);
      expect([await holder.line(), await holder.line()]).toEqual(['42', 'True']);
      using made = SharedMemory.attach(await holder.line());
      using madeLock = Lock.attach(await holder.line());
      if (readsLists) expect(await holder.line()).toBe('kept');
      made.buf[0] = 43;

      const { stderr } = await end(holder, how);
      expect({
        segment: isThere(segment.name),
        list: isThere(list.name),
        lock: isLockThere(lock.name),
        made: isThere(made.name),
        madeLock: isLockThere(madeLock.name),
      }).toEqual({
        segment: false,
        list: !readsLists,
        lock: true,
        made: false,
        madeLock: false,
      });
      expect(stderr).toMatch(/leaked shared_memory objects/);
      // Who has them open keeps them.
      expect([segment.buf[0], made.buf[0], list.get(0)]).toEqual([42, 43, 'kept']);
      expect([lock.tryAcquire(), madeLock.tryAcquire()]).toEqual([false, true]);
    });

    test.each(careful)('%s leaves what it attached to, and what it made', async (kind) => {
      using segment = SharedMemory.create({ size: 64 });
      segment.buf[0] = 42;
      using list = ShareableList.create(['kept', 1]);
      using lock = Lock.create();
      // CPython's lists have no track=False.
      const readsLists = kind === 'named_shm';
      await using holder = startPython(interpreter, 'hold', [
        ...[kind, 'create', `attach=${segment.name}`, `lock=${lock.name}`],
        ...(readsLists ? [`list=${list.name}`] : []),
      ]);
      const made = await holder.line();
      try {
        expect([await holder.line(), await holder.line()]).toEqual(['42', 'True']);
        if (readsLists) expect(await holder.line()).toBe('kept');
        expect((await end(holder, how)).stderr).toBe('');
        expect({
          segment: isThere(segment.name),
          list: isThere(list.name),
          lock: isLockThere(lock.name),
          made: isThere(made),
        }).toEqual({ segment: true, list: true, lock: true, made: true });
      } finally {
        SharedMemory.unlink(made);
      }
    });

    test('a Node program leaves the segments of Python that it attached to', async () => {
      await using stock = await python.createSegment('stock', 64);
      await using companion = await python.createSegment('named_shm', 64);
      await using holder = startChild('python-holder', [stock.name, companion.name]);
      expect([await holder.line(), await holder.line()]).toEqual([stock.name, companion.name]);
      await end(holder, how);
      expect([isThere(stock.name), isThere(companion.name)]).toEqual([true, true]);
      expect((await stock.read(0, 4)).toString()).toBe('held');
    });
  });

  test('what a Node program made goes with it, but not from Python that has it open', async () => {
    await using holder = startChild('python-holder', ['=64']);
    await using theirs = await python.attachSegment('named_shm', await holder.line());
    await end(holder, 'ends');
    expect(isThere(theirs.name)).toBe(false);
    expect((await theirs.read(0, 4)).toString()).toBe('held');
  });

  describe('an attach that fails', () => {
    const destructive = python.minor >= 13 ? ['stock', 'untracked'] : ['stock'];

    test.each(destructive)('for lack of memory destroys the segment if it is %s', async (kind) => {
      using ours = SharedMemory.create({ size: 2 ** 30, reserve: false });
      const exit = await runPython(interpreter, 'fail_to_map', [kind, ours.name]);
      expect([exit.code, exit.stdout]).toEqual([0, 'Cannot allocate memory\n']);
      expect(isThere(ours.name)).toBe(false);
    });

    test('for lack of memory leaves the segment if it is named_shm', async () => {
      using ours = SharedMemory.create({ size: 2 ** 30, reserve: false });
      const exit = await runPython(interpreter, 'fail_to_map', ['named_shm', ours.name]);
      expect(exit).toMatchObject({ code: 0, stdout: 'Cannot allocate memory\n', stderr: '' });
      expect(isThere(ours.name)).toBe(true);
    });

    test('because the segment is empty leaves it, whoever tries', async () => {
      const name = `nshm_empty_${process.pid}`;
      await python.request('create_empty', { name });
      try {
        for (const kind of ['stock', 'named_shm'] as const) {
          await expect(python.attachSegment(kind, name)).rejects.toMatchObject({
            type: 'ValueError',
            message: 'cannot mmap an empty file',
          });
        }
        expect(() => SharedMemory.attach(name)).toThrow(fails('ERR_SHM_EMPTY'));
      } finally {
        SharedMemory.unlink(name);
      }
    });

    test('because the segment holds no list leaves it, with named_shm and with us', async () => {
      using ours = SharedMemory.create({ size: 64 });
      ours.buf.fill(0xff);
      await expect(python.attachList('named_shm', ours.name)).rejects.toMatchObject({
        type: 'ValueError',
      });
      expect(() => ShareableList.attach(ours.name)).toThrow(fails('ERR_SHM_CORRUPT'));
      expect(isThere(ours.name)).toBe(true);
    });
  });
});
