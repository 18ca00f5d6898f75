import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { Event, Lock, Mutex, Semaphore, SharedMemory } from 'named-shm';
import { type Exit, Program, run } from './support/programs';
import { startPython } from './support/python';
import { describeEachPython } from './support/python-server';
import { systemNames } from './support/system-names';

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
const command = (...args: string[]): Promise<Exit> => run(process.execPath, [main, ...args]);

let name: string;

beforeEach(() => {
  name = `nshm_cli_${randomBytes(6).toString('hex')}`;
});

/** Whatever a test made, whether it got to its end or not. */
afterEach(() => {
  for (const left of systemNames().filter((each) => each.includes(name))) {
    if (left.startsWith('sem.')) Lock.unlink(left.slice('sem.'.length));
    else SharedMemory.unlink(left);
  }
});

/** A Node program that attaches to the lock and takes it; it lives until it is killed. */
function startTaker(): Program {
  const script = `const lock = require('named-shm').Lock.attach(process.argv[1]);
    console.log('attached'); lock.acquireSync(); console.log('taken'); process.stdin.resume()`;
  return new Program(process.execPath, ['-e', script, name]);
}

describe('sem', () => {
  test('says 1 of a lock that is free and 0 of one that is held', async () => {
    using lock = Lock.create({ name });
    expect(await command('sem', name)).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
    lock.acquireSync();
    expect(await command('sem', `/${name}`)).toMatchObject({ code: 0, stdout: '0\n', stderr: '' });
    expect(lock.tryAcquire()).toBe(false);
    lock.release();
    expect(await command('sem', name)).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
  });

  test('says how many can still take a semaphore, and takes none', async () => {
    using semaphore = Semaphore.create({ name, value: 3 });
    expect(await command('sem', name)).toMatchObject({ code: 0, stdout: '3\n' });
    expect(semaphore.value).toBe(3);
  });

  test('looks into the parts of an event by their names', async () => {
    using event = Event.create({ name });
    expect(await command('sem', `${name}.flag`)).toMatchObject({ code: 0, stdout: '0\n' });
    event.setSync();
    expect(await command('sem', `${name}.flag`)).toMatchObject({ code: 0, stdout: '1\n' });
    expect(await command('sem', name)).toMatchObject({ code: 1, stdout: '' });
  });

  test('--json is the name and the value', async () => {
    using lock = Lock.create({ name });
    const { code, stdout, stderr } = await command('sem', `/${name}`, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ name: lock.name, value: 1 });
  });
});

describe('sem --post', () => {
  test('frees a lock whose holder was killed, and warns on standard error', async () => {
    using lock = Lock.create({ name });
    await using holder = startTaker();
    expect([await holder.line(), await holder.line()]).toEqual(['attached', 'taken']);
    holder.child.kill('SIGKILL');
    expect(await holder.exit).toMatchObject({ signal: 'SIGKILL' });
    expect(await command('sem', name)).toMatchObject({ code: 0, stdout: '0\n' });
    expect(lock.tryAcquire()).toBe(false);
    expect(await command('sem', name, '--post')).toMatchObject({
      code: 0,
      stdout: '1\n',
      stderr:
        'named-shm: warning: the value was 0; if whoever held it lives, it is no longer alone\n',
    });
    expect([lock.tryAcquire(), lock.tryAcquire()]).toEqual([true, false]);
  });

  test('wakes a program that waits', async () => {
    using lock = Lock.create({ name });
    lock.acquireSync();
    await using waiting = startTaker();
    expect(await waiting.line()).toBe('attached');
    expect(await command('sem', name, '--post')).toMatchObject({ code: 0 });
    expect(await waiting.line()).toBe('taken');
    expect(lock.tryAcquire()).toBe(false);
  });

  test('with a number posts so many times', async () => {
    using semaphore = Semaphore.create({ name, value: 0 });
    const { code, stdout, stderr } = await command('sem', name, '--post', '3', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ name, value: 3, posted: 3 });
    expect(stderr).toMatch(/^named-shm: warning: the value was 0; [^\n]+\n$/);
    expect(semaphore.value).toBe(3);
  });

  test('of what was free says how many a lock now lets in', async () => {
    using lock = Lock.create({ name });
    expect(await command('sem', name, '--post')).toMatchObject({
      code: 0,
      stdout: '2\n',
      stderr: 'named-shm: warning: the value was 1; if it is a lock, 2 can hold it at once now\n',
    });
    expect([lock.tryAcquire(), lock.tryAcquire(), lock.tryAcquire()]).toEqual([true, true, false]);
  });

  test.each(['0', '-1', '1.5', '0x2', '1e3', 'many', '', '2147483648'])(
    "a count of '%s' is exit code 2, and nothing is posted",
    async (count) => {
      using semaphore = Semaphore.create({ name, value: 1 });
      const { code, stdout, stderr } = await command('sem', name, '--post', count);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^named-shm: [^\n]+ Give a number from 1 to 2147483647\.\n$/);
      expect(semaphore.value).toBe(1);
    },
  );
});

describeEachPython(({ python }) => {
  test("sem looks into a lock of Python's by the name that Python prints, and posts to it", async () => {
    await using maker = startPython(python, 'hold', ['stock', 'create-lock']);
    const pythonsName = await maker.line();
    using lock = Lock.attach(pythonsName);
    expect(await command('sem', pythonsName)).toMatchObject({ code: 0, stdout: '1\n' });
    lock.acquireSync();
    expect(await command('sem', pythonsName)).toMatchObject({ code: 0, stdout: '0\n' });
    expect(await command('sem', pythonsName, '--post')).toMatchObject({ code: 0, stdout: '1\n' });
    expect(lock.tryAcquire()).toBe(true);
    maker.child.stdin?.end();
    expect(await maker.exit).toMatchObject({ code: 0, stderr: '' });
  });
});

const SEM_OPEN = process.platform === 'win32' ? 'OpenSemaphore' : 'sem_open';

test.each([
  ['missing', () => undefined],
  ["a segment's", () => SharedMemory.create({ name, size: 64 })],
  ["a mutex's", () => Mutex.create({ name })],
])('a name that is %s is exit code 1 and one message', async (_, create) => {
  create()?.close();
  for (const options of [[], ['--json'], ['--post']]) {
    expect(await command('sem', name, ...options)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `named-shm: ENOENT: no such semaphore, ${SEM_OPEN} '/${name}'\n`,
    });
  }
});

test('a name that is never valid is exit code 2', async () => {
  const { code, stdout, stderr } = await command('sem', 'a/b', '--post');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^named-shm: name 'a\/b' has a slash[^\n]+\n$/);
});

test('--help says what a post means before anybody posts', async () => {
  const { code, stdout } = await command('sem', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: named-shm sem ');
  expect(stdout).toMatch(/two are in at once/);
});
