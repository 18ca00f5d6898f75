// A named counting semaphore.
import { inspect } from 'node:util';
import { Lock, Semaphore, type SemaphoreOptions } from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { run } from './support/programs';

const SEM_VALUE_MAX = 0x7fffffff;

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function newName(): string {
  const name = uniqueName('semaphore');
  journals.removeAtEnd([`sem.${name}`]);
  return name;
}

function overReleases(semaphore: Semaphore): void {
  expect(() => {
    semaphore.release();
  }).toThrow(failsWith('ERR_SHM_OVER_RELEASE'));
}

describe('value', () => {
  test('is 1 where none is given', () => {
    using semaphore = Semaphore.create();
    expect(semaphore.value).toBe(1);
    expect([semaphore.tryAcquire(), semaphore.tryAcquire()]).toEqual([true, false]);
  });

  test.each([0, 1, 2, 100, SEM_VALUE_MAX])('can be %i', (value) => {
    using semaphore = Semaphore.create({ value });
    using other = Semaphore.attach(semaphore.name);
    expect([semaphore.value, other.value]).toEqual([value, value]);
    expect(other.tryAcquire()).toBe(value > 0);
    expect(semaphore.value).toBe(Math.max(0, value - 1));
  });

  test('lets as many take it as it says, and one more for each release', () => {
    using semaphore = Semaphore.create({ value: 3 });
    const takeAll = (): number => {
      let taken = 0;
      while (semaphore.tryAcquire()) taken += 1;
      return taken;
    };
    expect(takeAll()).toBe(3);
    semaphore.release();
    semaphore.release();
    expect(semaphore.value).toBe(2);
    expect(takeAll()).toBe(2);
    expect(semaphore.acquireSync({ timeout: 5 })).toBe(false);
  });

  test('may grow beyond what it began with', () => {
    using semaphore = Semaphore.create({ value: 0 });
    for (let i = 0; i < 10; i += 1) semaphore.release();
    expect(semaphore.value).toBe(10);
  });

  test('is what another program leaves', async () => {
    using semaphore = Semaphore.create({ value: 5 });
    const script = `const { Semaphore } = require('named-shm');
      const semaphore = Semaphore.attach('${semaphore.name}');
      semaphore.acquireSync(); semaphore.acquireSync(); semaphore.tryAcquire(); semaphore.release();
      process.exitCode = semaphore.value;`;
    expect((await run(process.execPath, ['-e', script])).code).toBe(3);
    expect(semaphore.value).toBe(3);
  });

  const wrong: readonly [options: unknown, code: string][] = [
    [{ value: -1 }, 'ERR_SHM_RANGE'],
    [{ value: 1.5 }, 'ERR_SHM_RANGE'],
    [{ value: NaN }, 'ERR_SHM_RANGE'],
    [{ value: SEM_VALUE_MAX + 1 }, 'ERR_SHM_RANGE'],
    [{ value: '1' }, 'ERR_SHM_TYPE'],
    [{ value: null }, 'ERR_SHM_TYPE'],
    [{ maxValue: 0 }, 'ERR_SHM_RANGE'],
    [{ maxValue: SEM_VALUE_MAX + 1 }, 'ERR_SHM_RANGE'],
    [{ value: 3, maxValue: 2 }, 'ERR_SHM_RANGE'],
    [{ maxValue: '2' }, 'ERR_SHM_TYPE'],
    [5, 'ERR_SHM_TYPE'],
  ];
  test.each(wrong)('%p is refused and makes nothing', (options, code) => {
    const name = newName();
    const named = typeof options === 'object' ? { name, ...options } : options;
    expect(() => Semaphore.create(named as SemaphoreOptions)).toThrow(failsWith(code));
    expect(present([`sem.${name}`])).toEqual([]);
  });
});

describe('release', () => {
  test('refuses to go beyond maxValue, and changes nothing then', () => {
    using semaphore = Semaphore.create({ value: 2, maxValue: 3 });
    semaphore.release();
    overReleases(semaphore);
    overReleases(semaphore);
    expect(semaphore.value).toBe(3);
    semaphore.acquireSync();
    semaphore.release();
    expect(semaphore.value).toBe(3);
  });

  test('by who attached by name knows no maxValue', () => {
    using semaphore = Semaphore.create({ value: 1, maxValue: 1 });
    using other = Semaphore.attach(semaphore.name);
    other.release();
    expect(semaphore.value).toBe(2);
    overReleases(semaphore);
  });

  test('refuses to go beyond what the system can count', () => {
    using semaphore = Semaphore.create({ value: SEM_VALUE_MAX });
    using other = Semaphore.attach(semaphore.name);
    overReleases(semaphore);
    overReleases(other);
    expect(semaphore.value).toBe(SEM_VALUE_MAX);
  });
});

test('a Lock is a semaphore of 1', () => {
  using lock = Lock.create();
  using semaphore = Semaphore.attach(lock.name);
  expect(semaphore.value).toBe(1);
  lock.acquireSync();
  expect([semaphore.value, semaphore.tryAcquire()]).toEqual([0, false]);
});

test('unlink while it is taken: who has it open goes on', () => {
  using semaphore = Semaphore.create({ value: 1 });
  using other = Semaphore.attach(semaphore.name);
  semaphore.acquireSync();
  Semaphore.unlink(semaphore.name);
  expect(() => Semaphore.attach(semaphore.name)).toThrow(failsWith('ENOENT'));
  expect(other.tryAcquire()).toBe(false);
  semaphore.release();
  expect(other.acquireSync()).toBe(true);
});

test('close refuses every further use, reading the value too', () => {
  const semaphore = Semaphore.create({ value: 2 });
  semaphore.close();
  for (const use of [
    () => semaphore.value,
    () => semaphore.tryAcquire(),
    () => semaphore.acquireSync({ timeout: 1 }),
    () => {
      semaphore.release();
    },
  ])
    expect(use).toThrow(failsWith('ERR_SHM_CLOSED'));
  expect(inspect(semaphore)).toBe(`Semaphore { name: '${semaphore.name}', closed: true }`);
  semaphore[Symbol.dispose]();
  expect(present([`sem.${semaphore.name}`])).toEqual([]);
});

test('using unlinks what create made and tracks, and only that', () => {
  const name = newName();
  {
    using kept = Semaphore.create({ name, track: false });
    using attached = Semaphore.attach(kept.name);
    expect(attached.created).toBe(false);
  }
  expect(present([`sem.${name}`])).toHaveLength(1);
  Semaphore.unlink(name);
  {
    using made = Semaphore.create({ name });
    expect(made.created).toBe(true);
  }
  expect(present([`sem.${name}`])).toEqual([]);
});
