import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Event, Lock, Mutex, RwLock, Semaphore, SharedMemory } from 'named-shm';
import { type Exit, Program, run, startChild } from './support/programs';
import { startPython } from './support/python';
import { describeEachPython } from './support/python-server';
import { systemNames } from './support/system-names';

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
const command = (...args: string[]): Promise<Exit> => run(process.execPath, [main, ...args]);

interface User {
  readonly pid: number;
  readonly object: string;
  readonly kind: string;
  readonly holds: string | null;
  readonly start: string;
  readonly command: string;
}

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

async function who(object: string): Promise<User[]> {
  const { code, stdout, stderr } = await command('who', object, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as User[];
}

/** What each process holds. The test itself is one of them: it has made what it asks about. */
async function holds(object: string): Promise<Map<number, string | null>> {
  const users = await who(object);
  expect(users.map((user) => user.object)).toEqual(users.map(() => object));
  return new Map(users.map((user) => [user.pid, user.holds]));
}

/** A Node program that has done what `code` says with `name`, and lives until it is killed. */
async function start(code: string, ...args: string[]): Promise<Program> {
  const script = `const shm = require('named-shm'), name = process.argv[1]; ${code}; process.stdin.resume()`;
  const program = new Program(process.execPath, ['-e', script, name, ...args]);
  try {
    expect(await program.line()).toBe('ready');
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** One that attaches to `name`, takes it as `take` says, and keeps it. */
function startHolder(type: string, take = ''): Promise<Program> {
  return start(`globalThis.kept = shm.${type}.attach(name); kept${take}; console.log('ready')`);
}

function pidOf({ child }: Program): number {
  if (child.pid === undefined) throw new Error('a program that was not started');
  return child.pid;
}

function commandOf({ child }: Program): string {
  return child.spawnargs.join(' ');
}

describe('who of a segment', () => {
  test('--json has each process that has it mapped, with its command and its start', async () => {
    using shm = SharedMemory.create({ name, size: 64 });
    const before = Date.now();
    await using other = startChild('python-holder', [shm.name]);
    await other.line();
    const users = await who(name);
    expect(users.map(({ pid }) => pid).sort()).toEqual([process.pid, pidOf(other)].sort());
    const user = users.find(({ pid }) => pid === pidOf(other));
    expect(user).toEqual({
      pid: other.child.pid,
      object: name,
      kind: 'segment',
      holds: null,
      start: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      command: commandOf(other),
    });
    // The system knows when it was booted to the second.
    const started = Date.parse(user?.start ?? '');
    expect(started).toBeGreaterThan(before - 2000);
    expect(started).toBeLessThan(Date.now() + 2000);
  });

  test('without it the same is a table', async () => {
    using shm = SharedMemory.create({ name, size: 64 });
    await using other = startChild('python-holder', [name]);
    await other.line();
    shm.close();
    const { code, stdout, stderr } = await command('who', `/${name}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [titles, row, ...more] = stdout.split('\n');
    expect(titles?.trim().split(/ +/)).toEqual('PID OBJECT KIND HOLDS STARTED COMMAND'.split(' '));
    const [pid, object, kind, started, commandLine] = row?.trim().split(/ {2,}/) ?? [];
    expect([pid, object, kind]).toEqual([String(pidOf(other)), name, 'segment']);
    expect(started).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(commandLine).toBe(commandOf(other));
    expect(more).toEqual(['']);
  });

  test("a command's escape sequences do not reach the terminal", async () => {
    using shm = SharedMemory.create({ name, size: 64 });
    const code = "globalThis.kept = shm.SharedMemory.attach(name); console.log('ready')";
    await using other = await start(code, '\u001b[31m');
    shm.close();
    const { stdout } = await command('who', name);
    expect(stdout).toContain(`${pidOf(other)}`);
    expect(stdout).toContain('\\u{1b}[31m');
    expect(stdout).not.toContain('\u001b');
  });

  test('that nobody has open is an empty list, with no error', async () => {
    SharedMemory.create({ name, size: 64, track: false }).close();
    expect(await who(name)).toEqual([]);
    const { stdout, stderr } = await command('who', name);
    expect(stdout).toMatch(/^PID +OBJECT .*\n$/);
    expect(stderr).toBe(`named-shm: no process that this user can see has '${name}' open\n`);
  });

  test('that has no size yet is one like any other', async () => {
    writeFileSync(`/dev/shm/${name}`, '');
    expect(await who(name)).toEqual([]);
  });
});

describeEachPython(({ python }) => {
  test('who has a Python process, for a segment and a lock of the same name', async () => {
    using segment = SharedMemory.create({ name, size: 64 });
    using lock = Lock.create({ name });
    await using other = startPython(python, 'hold', ['stock', `attach=${name}`, `lock=${name}`]);
    expect([await other.line(), await other.line()]).toEqual(['0', 'True']);
    segment.close();
    lock.close();
    const start = expect.any(String) as string;
    const user = { pid: pidOf(other), object: name, holds: null, start, command: commandOf(other) };
    expect(await who(name)).toEqual([
      { ...user, kind: 'segment' },
      { ...user, kind: 'semaphore' },
    ]);
  });

  test('what it has locked of other files holds no mutex', async () => {
    using mutex = Mutex.create({ name });
    const script = `
import fcntl, struct, sys, tempfile
mutex, other = open("/dev/shm/" + sys.argv[1]), tempfile.TemporaryFile()
F_OFD_SETLK, first_byte = 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0)
fcntl.fcntl(other, F_OFD_SETLK, first_byte)
print("locked", flush=True)
sys.stdin.read()`;
    await using other = new Program(python.command, ['-c', script, mutex.name]);
    expect(await other.line()).toBe('locked');
    expect(await holds(name)).toEqual(
      new Map([
        [process.pid, null],
        [pidOf(other), null],
      ]),
    );
  });
});

describe('who of semaphores', () => {
  test.each([
    ['Semaphore', () => Semaphore.create({ name, value: 2 })],
    ['Lock', () => Lock.create({ name })],
  ])('has those that have a %s open; who holds it is not known', async (type, create) => {
    using semaphore = create();
    await using holder = await startHolder(type, '.tryAcquire()');
    await using other = await startHolder(type);
    const users = await who(semaphore.name);
    expect(users.map(({ kind }) => kind)).toEqual(['semaphore', 'semaphore', 'semaphore']);
    expect(await holds(name)).toEqual(
      new Map([
        [process.pid, null],
        [pidOf(holder), null],
        [pidOf(other), null],
      ]),
    );
  });

  test("an event's base name stands for all of its parts, and each part for itself", async () => {
    using event = Event.create({ name });
    await using other = await startHolder('Event');
    event.close();
    const users = await who(name);
    expect(users.map(({ pid, object, kind }) => ({ pid, object, kind }))).toEqual(
      ['lock', 'sleeping', 'woken', 'wait', 'flag'].map((part) => ({
        pid: pidOf(other),
        object: `${name}.${part}`,
        kind: 'semaphore',
      })),
    );
    expect(await holds(`${name}.flag`)).toEqual(new Map([[pidOf(other), null]]));
  });

  test("a barrier's parts have its segment among them", async () => {
    const create =
      "globalThis.kept = shm.Barrier.create({ name, parties: 2 }); console.log('ready')";
    await using other = await start(create);
    const users = await who(name);
    expect(users.map(({ pid, object, kind }) => ({ pid, object, kind }))).toEqual([
      { pid: pidOf(other), object: `${name}.state`, kind: 'segment' },
      ...['lock', 'sleeping', 'woken', 'wait'].map((part) => ({
        pid: pidOf(other),
        object: `${name}.${part}`,
        kind: 'semaphore',
      })),
    ]);
  });
});

describe('who of a mutex', () => {
  test('tells the process that holds it from those that only have it open', async () => {
    using mutex = Mutex.create({ name });
    await using holder = await startHolder('Mutex', '.tryAcquire()');
    await using other = await startHolder('Mutex');
    const users = await who(mutex.name);
    expect(users.map(({ kind }) => kind)).toEqual(['mutex', 'mutex', 'mutex']);
    expect(await holds(name)).toEqual(
      new Map([
        [process.pid, null],
        [pidOf(holder), 'exclusive'],
        [pidOf(other), null],
      ]),
    );
    expect((await command('who', name)).stdout).toMatch(
      new RegExp(`^ *${pidOf(holder)} +${name} +mutex +exclusive +\\d{4}-`, 'm'),
    );
  });

  test('follows it from one holder to the next', async () => {
    using mutex = Mutex.create({ name });
    expect(await holds(name)).toEqual(new Map([[process.pid, null]]));
    mutex.acquireSync();
    expect(await holds(name)).toEqual(new Map([[process.pid, 'exclusive']]));
    mutex.release();
    expect(await holds(name)).toEqual(new Map([[process.pid, null]]));
  });

  test('has a holder no longer that was killed', async () => {
    using mutex = Mutex.create({ name });
    await using holder = await startHolder('Mutex', '.tryAcquire()');
    expect((await holds(name)).get(pidOf(holder))).toBe('exclusive');
    holder.child.kill('SIGKILL');
    expect(await holder.exit).toMatchObject({ signal: 'SIGKILL' });
    expect(await holds(name)).toEqual(new Map([[process.pid, null]]));
    expect(mutex.tryAcquire()).toEqual({ acquired: true, ownerDied: true });
    expect(await holds(name)).toEqual(new Map([[process.pid, 'exclusive']]));
  });
});

describe('who of a reader-writer lock', () => {
  test('has every reader as one that shares it, and the killed no longer', async () => {
    using lock = RwLock.create({ name });
    await using reader = await startHolder('RwLock', '.tryAcquireRead()');
    await using doomed = await startHolder('RwLock', '.tryAcquireRead()');
    await using other = await startHolder('RwLock');
    const rest: [number, string | null][] = [
      [process.pid, null],
      [pidOf(reader), 'shared'],
      [pidOf(other), null],
    ];
    expect(await holds(name)).toEqual(new Map([...rest, [pidOf(doomed), 'shared']]));
    doomed.child.kill('SIGKILL');
    expect(await doomed.exit).toMatchObject({ signal: 'SIGKILL' });
    expect(await holds(name)).toEqual(new Map(rest));
    expect((await who(lock.name)).map(({ kind }) => kind)).toEqual(rest.map(() => 'rwlock'));
  });

  test('has a writer as the one that holds it', async () => {
    using lock = RwLock.create({ name });
    await using writer = await startHolder('RwLock', '.tryAcquireWrite()');
    expect(await holds(lock.name)).toEqual(
      new Map([
        [process.pid, null],
        [pidOf(writer), 'exclusive'],
      ]),
    );
  });

  test('has a writer that still waits for a reader as one that holds nothing', async () => {
    using lock = RwLock.create({ name });
    lock.acquireReadSync();
    // It keeps new readers out from the moment that it is known as the writer.
    await using writer = await start(`
      globalThis.kept = shm.RwLock.attach(name);
      void kept.acquireWrite().then(() => console.log('written'));
      const look = () => kept.holders().writer ? console.log('ready') : setImmediate(look);
      look()`);
    expect(await holds(name)).toEqual(
      new Map([
        [process.pid, 'shared'],
        [pidOf(writer), null],
      ]),
    );
    lock.releaseRead();
    expect(await writer.line()).toBe('written');
    expect((await holds(name)).get(pidOf(writer))).toBe('exclusive');
  });
});

test('a missing name is exit code 1, a name that is never valid is exit code 2', async () => {
  expect(await command('who', name)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `named-shm: ENOENT: no such segment, semaphore or lock, '/${name}'\n`,
  });
  for (const wrong of ['', 'a/b', '../../etc/passwd']) {
    const { code, stdout, stderr } = await command('who', wrong, '--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^named-shm: name '[^\n]*' (is empty|has a slash)[^\n]*\n$/);
  }
});

test('--help says what a user can see and what the system can not know', async () => {
  const { code, stdout } = await command('who', '--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: named-shm who ');
  expect(stdout).toMatch(/root all of them/);
  expect(stdout).toMatch(/Only a Mutex and an RwLock know their holder/);
});
