import { constants } from 'node:os';
import * as path from 'node:path';
import { getSystemErrorName } from 'node:util';
import { Lock, SharedMemory } from 'named-shm';
import { present, uniqueName } from './support/own-journals';
import { run } from './support/programs';
import { systemNames } from './support/system-names';

const child = path.join(__dirname, '..', 'out', 'test', 'children', 'limits-open-files.js');

test.each(['before', 'after'])(
  'a process that can open no more files gets EMFILE (%s its journal is open)',
  async (when) => {
    const command = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, child, when];
    const exit = await run('sh', command);
    expect(exit).toMatchObject({ code: 0, signal: null });
    const { standing, warnings, again, ...refused } = JSON.parse(exit.stdout) as Record<
      string,
      unknown
    >;
    const { node, 'lock again': lockAgain, ...calls } = refused;
    expect(node).toBe('EMFILE');
    for (const [call, error] of Object.entries(calls)) {
      expect({ [call]: error }).toEqual({
        [call]: {
          name: 'SharedResourceError',
          code: 'EMFILE',
          errno: -constants.errno.EMFILE,
          syscall: call.includes('lock') || call === 'semaphore' ? 'sem_open' : 'shm_open',
          message: expect.stringMatching(
            /^EMFILE: too many open files in this process, (shm|sem)_open '\/nshm_.{8}'\. .*ulimit -n/,
          ) as string,
        },
      });
    }
    expect(Object.keys(calls)).toHaveLength(6);
    expect([standing, again, lockAgain]).toEqual(['usable true', 'done', 'done']);
    // Without a journal the names are removed at exit as ever, and SIGKILL's case is warned of.
    expect(warnings).toEqual(when === 'before' ? ['NSHM_NO_JOURNAL'] : []);
  },
);

/** Windows has calls of its own. */
function syscallOf(posix: string, call: string): string {
  if (process.platform !== 'win32') return posix;
  const verb = call.endsWith('create') ? 'Create' : 'Open';
  return verb + (posix.startsWith('sem') ? 'Semaphore' : 'FileMapping');
}

describe("the errors of the system have the fields and the message of Node's own", () => {
  const calls: readonly [string, string, string, (name: string) => unknown][] = [
    ['attach', 'ENOENT', 'shm_open', (name) => SharedMemory.attach(name)],
    ['unlink', 'ENOENT', 'shm_unlink', SharedMemory.unlink.bind(SharedMemory)],
    ['Lock.attach', 'ENOENT', 'sem_open', (name) => Lock.attach(name)],
    ['Lock.unlink', 'ENOENT', 'sem_unlink', Lock.unlink.bind(Lock)],
    ['create', 'EEXIST', 'shm_open', twice((name) => SharedMemory.create({ name, size: 1 }))],
    ['Lock.create', 'EEXIST', 'sem_open', twice((name) => Lock.create({ name }))],
  ];

  test.each(calls)('%s: %s', (call, code, posix, action) => {
    const name = uniqueName('limits-errors');
    const syscall = syscallOf(posix, call);
    const what = posix.startsWith('sem') ? 'semaphore' : 'shared memory segment';
    const text = code === 'ENOENT' ? `no such ${what}` : `${what} already exists`;
    const error = thrownBy(() => action(name)) as { readonly errno: number };
    expect(getSystemErrorName(error.errno)).toBe(code);
    expect(error).toMatchObject({
      name: 'SharedResourceError',
      code,
      syscall,
      path: `/${name}`,
      message: `${code}: ${text}, ${syscall} '/${name}'`,
    });
    expect(systemNames().filter((other) => other.includes(name))).toEqual([]);
  });

  test.each<[string, number, (name: string) => Disposable & { readonly name: string }]>([
    ['segment', 255, (name) => SharedMemory.create({ name, size: 1 })],
    ['lock', 251, (name) => Lock.create({ name })],
  ])('a %s has a name of at most %i bytes, a longer one is ENAMETOOLONG', (what, max, create) => {
    const stem = uniqueName('limits-long');
    const left = max - stem.length;
    const longest = stem + 'é'.repeat(left >> 1) + 'x'.repeat(left % 2);
    {
      using made = create(longest);
      expect(made.name).toBe(longest);
      expect(present([what === 'lock' ? `sem.${longest}` : longest])).toHaveLength(1);
    }
    expect(thrownBy(() => create(`${longest}y`))).toMatchObject({
      name: 'SharedResourceError',
      code: 'ENAMETOOLONG',
      path: `/${longest}y`,
      message: expect.stringContaining(`${max + 1} bytes, at most ${max}`) as string,
    });
    expect(thrownBy(() => create('z'.repeat(100_000)))).toMatchObject({ code: 'ENAMETOOLONG' });
  });
});

/** Creates the same name twice: the second throws. */
function twice(create: (name: string) => Disposable & { name: string }): (name: string) => void {
  return (name) => {
    using first = create(name);
    create(first.name)[Symbol.dispose]();
  };
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
