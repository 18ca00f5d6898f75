import { Lock, Semaphore, SharedMemory } from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';

interface Kind {
  readonly kind: string;
  readonly maxBytes: number;
  readonly syscall: string;
  spelled(name: string): string;
  create(name: string): Disposable & { readonly name: string };
  attach(name: string): Disposable & { readonly name: string };
  unlink(name: string): void;
}

const kinds: readonly Kind[] = [
  {
    kind: 'segment',
    maxBytes: 255,
    syscall: 'shm_open',
    spelled: (name) => name,
    create: (name) => SharedMemory.create({ name, size: 1 }),
    attach: (name) => SharedMemory.attach(name),
    unlink: (name) => {
      SharedMemory.unlink(name);
    },
  },
  {
    kind: 'semaphore',
    maxBytes: 251,
    syscall: 'sem_open',
    spelled: (name) => `sem.${name}`,
    create: (name) => Semaphore.create({ name }),
    attach: (name) => Semaphore.attach(name),
    unlink: (name) => {
      Semaphore.unlink(name);
    },
  },
  {
    kind: 'lock',
    maxBytes: 251,
    syscall: 'sem_open',
    spelled: (name) => `sem.${name}`,
    create: (name) => Lock.create({ name }),
    attach: (name) => Lock.attach(name),
    unlink: (name) => {
      Lock.unlink(name);
    },
  },
];

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

/** All three ways to use a name. */
function uses({ create, attach, unlink }: Kind): ((name: string) => unknown)[] {
  return [create, attach, unlink];
}

describe.each(kinds)('the name of a $kind', (kind) => {
  const refused: readonly [name: unknown, says: RegExp][] = [
    ['', /is empty/],
    ['/', /is empty/],
    ['a/b', /slash that is not its first/],
    ['a/', /slash that is not its first/],
    ['//a', /slash that is not its first/],
    ['/../etc', /slash that is not its first/],
    ['a\0b', /NUL/],
    ['\0', /NUL/],
    ['.', /no name but a folder/],
    ['/..', /no name but a folder/],
    ['half \ud83d', /no valid Unicode/],
    [undefined, /must be a string, not undefined/],
    [null, /must be a string, not null/],
    [42, /must be a string, not 42/],
    [Buffer.from('name'), /must be a string/],
    [{ toString: () => 'name' }, /must be a string/],
  ];
  test.each(refused)('cannot be %p', (name, says) => {
    for (const use of uses(kind)) {
      // Left out, it is a random one.
      if (name === undefined && use === kind.create) continue;
      const attempt = (): unknown => use(name as string);
      expect(attempt).toThrow(TypeError);
      expect(attempt).toThrow(failsWith('ERR_SHM_NAME'));
      expect(attempt).toThrow(says);
    }
  });

  const accepted = [
    '...',
    '.hidden',
    'with space',
    'new\nline',
    '-rf',
    '%s%n',
    '名前 🎉',
    'é',
    'e\u0301',
    '\\',
  ];
  test.each(accepted)('can be %p', (base) => {
    const name = base + uniqueName('');
    journals.removeAtEnd([kind.spelled(name)]);
    using made = kind.create(name);
    using attached = kind.attach(`/${name}`);
    expect([made.name, attached.name]).toEqual([name, name]);
    expect(present([kind.spelled(name)])).toHaveLength(1);
  });

  test.each(accepted)('can be unlinked: %p', (base) => {
    const name = base + uniqueName('');
    journals.removeAtEnd([kind.spelled(name)]);
    using made = kind.create(name);
    kind.unlink(made.name);
    expect(present([kind.spelled(name)])).toEqual([]);
  });

  /** A name of that many bytes in UTF-8, with characters of up to four at its end. */
  function nameOf(bytes: number, end: string): string {
    const start = uniqueName('limit');
    return start.padEnd(bytes - Buffer.byteLength(end), 'x') + end;
  }

  test.each(['x', 'é', '€', '🎉'])(
    'can have as many bytes as the system takes, to the %s',
    (end) => {
      const name = nameOf(kind.maxBytes, end);
      expect(Buffer.byteLength(name)).toBe(kind.maxBytes);
      journals.removeAtEnd([kind.spelled(name)]);
      using made = kind.create(name);
      using attached = kind.attach(`/${name}`);
      expect([made.name, attached.name]).toEqual([name, name]);
      expect(present([kind.spelled(name)])).toHaveLength(1);
    },
  );

  test.each(['x', 'é', '€', '🎉'])('cannot have one byte more, by the %s', (end) => {
    const name = nameOf(kind.maxBytes + 1, end);
    expect(Buffer.byteLength(name)).toBe(kind.maxBytes + 1);
    for (const use of uses(kind)) {
      expect(() => use(name)).toThrow(
        expect.objectContaining({
          name: 'SharedResourceError',
          code: 'ENAMETOOLONG',
          syscall: kind.syscall,
          path: `/${name}`,
          message: expect.stringMatching(`${kind.maxBytes + 1} bytes, at most ${kind.maxBytes}`),
        }),
      );
    }
    expect(present([kind.spelled(name)])).toEqual([]);
  });
});

test('a segment cannot take a semaphore’s place, as Linux spells it; a semaphore’s name may', () => {
  expect(() => SharedMemory.create({ name: 'sem.taken', size: 1 })).toThrow(/begins with "sem\."/);
  expect(() => SharedMemory.attach('/sem.taken')).toThrow(failsWith('ERR_SHM_NAME'));
  const name = `sem.${uniqueName('taken')}`;
  journals.removeAtEnd([`sem.${name}`]);
  using semaphore = Semaphore.create({ name });
  expect(present([`sem.${semaphore.name}`])).toHaveLength(1);
});

test('a segment and a semaphore of one name are two things', () => {
  const name = uniqueName('both');
  journals.removeAtEnd([name, `sem.${name}`]);
  using segment = SharedMemory.create({ name, size: 1 });
  using semaphore = Semaphore.create({ name });
  segment.unlink();
  expect(present([name, `sem.${name}`])).toEqual([`sem.${name}`]);
  expect(semaphore.tryAcquire()).toBe(true);
});

describe('a random name that is taken', () => {
  type Library = typeof import('named-shm');

  /** A copy of the library that draws these bytes, one after the other and the last for ever. */
  function libraryThatDraws(draws: readonly string[]): Library {
    const rest = [...draws];
    let library: Library | undefined;
    jest.isolateModules(() => {
      const crypto = jest.requireActual<typeof import('node:crypto')>('node:crypto');
      jest.doMock('node:crypto', () => ({
        ...crypto,
        randomBytes: () => Buffer.from((rest.length > 1 ? rest.shift() : rest[0]) as string, 'hex'),
      }));
      library = jest.requireActual<Library>('named-shm');
    });
    jest.dontMock('node:crypto');
    return library as Library;
  }

  const taken = uniqueName('').slice(1, 9);
  const free = uniqueName('').slice(1, 9);

  test('is drawn again', () => {
    const { SharedMemory: Drawing, Lock: DrawingLock } = libraryThatDraws([taken, taken, free]);
    using inTheWay = SharedMemory.create({ name: `nshm_${taken}`, size: 1 });
    using shm = Drawing.create({ size: 10, track: false });
    expect(inTheWay.name).toBe(`nshm_${taken}`);
    expect(shm.name).toBe(`nshm_${free}`);
    using lock = DrawingLock.create({ track: false });
    expect(lock.name).toBe(`nshm_${free}`);
    shm.unlink();
    lock.unlink();
  });

  test('every time is EEXIST in the end, not an endless search', () => {
    const { SharedMemory: Drawing } = libraryThatDraws([taken]);
    using inTheWay = SharedMemory.create({ name: `nshm_${taken}`, size: 1 });
    expect(() => Drawing.create({ size: 10, track: false })).toThrow(
      expect.objectContaining({ code: 'EEXIST', path: `/${inTheWay.name}` }),
    );
  });
});
