// What goes wrong is an error that a program can tell apart and a person can act on.
import { truncateSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import { getSystemErrorName, inspect } from 'node:util';
import { Lock, Semaphore, SharedMemory, SharedResourceError } from 'named-shm';
import { OwnJournals, uniqueName } from './support/own-journals';
import { type Exit, run } from './support/programs';

const isWindows = process.platform === 'win32';
const CALLS = isWindows
  ? {
      attach: 'OpenFileMapping',
      create: 'CreateFileMapping',
      reserve: 'CreateFileMapping',
      attachSemaphore: 'OpenSemaphore',
      createSemaphore: 'CreateSemaphore',
    }
  : {
      attach: 'shm_open',
      create: 'shm_open',
      reserve: 'posix_fallocate',
      attachSemaphore: 'sem_open',
      createSemaphore: 'sem_open',
    };

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function newName(label = 'error'): string {
  const name = uniqueName(label);
  journals.removeAtEnd([name, `sem.${name}`]);
  return name;
}

function errorOf(action: () => unknown): SharedResourceError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(SharedResourceError);
    return error as SharedResourceError;
  }
  throw new Error('no error');
}

/** Fields and message, all of a Node system error's shape. */
function expectSystemError(
  error: SharedResourceError,
  expected: { code: string; syscall: string; name: string; text: string },
): void {
  const path = `/${expected.name}`;
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('SharedResourceError');
  expect(Object.fromEntries(Object.entries(error))).toEqual({
    name: 'SharedResourceError',
    code: expected.code,
    errno: error.errno,
    syscall: expected.syscall,
    path,
  });
  expect(getSystemErrorName(error.errno as number)).toBe(expected.code);
  expect(error.message).toMatch(
    new RegExp(`^${expected.code}: ${expected.text}, ${expected.syscall} '${path}'(\\. |$)`),
  );
  expect(error.stack).toContain(__filename);
  expect(inspect(error)).toContain(`code: '${expected.code}'`);
}

describe('a failed system call', () => {
  test('ENOENT', () => {
    const name = newName();
    const segment = errorOf(() => SharedMemory.attach(name));
    const lock = errorOf(() => Lock.attach(name));
    expectSystemError(segment, {
      code: 'ENOENT',
      syscall: CALLS.attach,
      name,
      text: 'no such shared memory segment',
    });
    expectSystemError(lock, {
      code: 'ENOENT',
      syscall: CALLS.attachSemaphore,
      name,
      text: 'no such semaphore',
    });
  });

  test('ENOENT, of unlink', () => {
    const name = newName();
    const segment = errorOf(() => {
      SharedMemory.unlink(name);
    });
    const lock = errorOf(() => {
      Semaphore.unlink(name);
    });
    expectSystemError(segment, {
      code: 'ENOENT',
      syscall: 'shm_unlink',
      name,
      text: 'no such shared memory segment',
    });
    expectSystemError(lock, {
      code: 'ENOENT',
      syscall: 'sem_unlink',
      name,
      text: 'no such semaphore',
    });
  });

  test('EEXIST', () => {
    const name = newName();
    using shm = SharedMemory.create({ name, size: 1 });
    using lock = Lock.create({ name });
    expectSystemError(
      errorOf(() => SharedMemory.create({ name: shm.name, size: 1 })),
      {
        code: 'EEXIST',
        syscall: CALLS.create,
        name,
        text: 'shared memory segment already exists',
      },
    );
    expectSystemError(
      errorOf(() => Semaphore.create({ name: lock.name })),
      {
        code: 'EEXIST',
        syscall: CALLS.createSemaphore,
        name,
        text: 'semaphore already exists',
      },
    );
  });

  test('ENOSPC: says how much there is, and what helps', () => {
    const name = newName();
    const error = errorOf(() => SharedMemory.create({ name, size: 2 ** 50 }));
    expectSystemError(error, {
      code: 'ENOSPC',
      syscall: CALLS.reserve,
      name,
      text: 'not enough shared memory for 1 PiB',
    });
    expect(error.message).toMatch(
      isWindows ? /page file/ : /\/dev\/shm holds \S+ \w+, \S+ \w+ are free\. .*--shm-size/,
    );
  });

  test('EFBIG: a limit on file sizes is an error, not the end of the program', async () => {
    const name = newName();
    const script = `
      const { SharedMemory } = require('named-shm');
      SharedMemory.create({ size: 1000 });
      for (const reserve of [true, false]) {
        try {
          SharedMemory.create({ name: '${name}', size: 2 ** 26, reserve });
        } catch (error) {
          console.log(error.message);
        }
      }
      setImmediate(() => console.log('alive'));`;
    const limited = 'ulimit -f 20480; exec "$0" -e "$1"';
    const exit: Exit = await run('sh', ['-c', limited, process.execPath, script], {
      env: journals.env,
    });
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(exit.stdout).toMatch(
      new RegExp(
        `^EFBIG: .*, posix_fallocate '/${name}'\\. .*"ulimit -f"\n` +
          `EFBIG: .*, ftruncate '/${name}'\\. .*"ulimit -f"\nalive\n$`,
      ),
    );
  });

  test('EACCES', async () => {
    const name = newName();
    using shm = SharedMemory.create({ name, size: 1, mode: 0 });
    using lock = Lock.create({ name });
    expect(lock.name).toBe(shm.name);
    const script = `
      const { Lock, SharedMemory } = require('named-shm');
      for (const attach of [SharedMemory.attach, Lock.attach]) {
        try {
          attach('${name}');
        } catch ({ code, errno, syscall, path, message }) {
          console.log(JSON.stringify({ code, errno, syscall, path, message }));
        }
      }`;
    // Root may open everything: another user asks.
    const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const { stdout } = await run(process.execPath, ['-e', script], uid);
    const lines = stdout.trim().split('\n');
    expect(JSON.parse(lines[0] as string)).toEqual({
      code: 'EACCES',
      errno: -os.constants.errno.EACCES,
      syscall: 'shm_open',
      path: `/${name}`,
      message: `EACCES: permission denied for this shared memory segment, shm_open '/${name}'`,
    });
    // The lock is this user's own, where it is the same one.
    if ('uid' in uid) expect(lines[1]).toContain('EACCES: permission denied for this semaphore');
  });

  test('ERR_SHM_EMPTY: a segment that its creator never gave a size, after a while', () => {
    const name = newName();
    writeFileSync(`/dev/shm/${name}`, '');
    const begin = process.hrtime.bigint();
    const error = errorOf(() => SharedMemory.attach(name));
    expect(Number(process.hrtime.bigint() - begin) / 1e6).toBeGreaterThanOrEqual(100);
    expect(error).toMatchObject({ code: 'ERR_SHM_EMPTY', errno: undefined, path: `/${name}` });
    expect(error.message).toMatch(/has no size yet.*named-shm rm/);
  });

  test('a segment that gets its size while somebody attaches is waited for', async () => {
    const name = newName();
    writeFileSync(`/dev/shm/${name}`, '');
    const script = `process.stdout.write(String(require('named-shm').SharedMemory.attach('${name}').size))`;
    // Attached before or after the size is there: either way the size is seen.
    const attacher = run(process.execPath, ['-e', script]);
    truncateSync(`/dev/shm/${name}`, 4321);
    expect(await attacher).toMatchObject({ code: 0, stdout: '4321' });
  });
});

test('a SharedResourceError is catchable by its class and its code', () => {
  let seen;
  try {
    SharedMemory.attach(newName());
  } catch (error) {
    if (error instanceof SharedResourceError && error.code === 'ENOENT') seen = error.path;
  }
  expect(seen).toMatch(/^\/error-/);
});

describe('misuse', () => {
  test('is a TypeError or a RangeError with a code of our own', () => {
    using shm = SharedMemory.create({ size: 4 });
    const cases: [action: () => unknown, type: new () => Error, code: string][] = [
      [() => SharedMemory.create({ size: -1 }), RangeError, 'ERR_SHM_RANGE'],
      [() => SharedMemory.create({ size: '1' as unknown as number }), TypeError, 'ERR_SHM_TYPE'],
      [() => SharedMemory.create({ size: 1, name: 'a/b' }), TypeError, 'ERR_SHM_NAME'],
      [() => shm.view('int8', 5), RangeError, 'ERR_SHM_RANGE'],
    ];
    for (const [action, type, code] of cases) {
      expect(action).toThrow(type);
      expect(action).toThrow(expect.objectContaining({ code }) as Error);
      expect(action).not.toThrow(SharedResourceError);
    }
  });

  test('shows the wrong value, cut to a readable length', () => {
    const create = (size: unknown) => () => SharedMemory.create({ size: size as number });
    expect(create('x'.repeat(1000))).toThrow(/^size must be a number, not 'x{10,40}/);
    expect(create({ a: { b: 1 } })).toThrow('size must be a number, not { a: [Object] }');
    expect(create(Symbol('s'))).toThrow('size must be a number, not Symbol(s)');
    expect(create(2.5)).toThrow('size must be an integer from 1 to 9007199254740991, not 2.5');
    const long = { name: 'y'.repeat(500) + '/', size: 1 };
    try {
      SharedMemory.create(long);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(200);
    }
    expect.assertions(5);
  });
});
