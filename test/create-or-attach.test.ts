// Programs start in any order: whoever comes first creates, all others attach, and nobody sees
// anything half-made.
import {
  type DType,
  Lock,
  Semaphore,
  ShareableList,
  SharedArray,
  SharedMemory,
  type CreateOptions,
} from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { startChild } from './support/programs';
import { rounds } from './support/slowness';
import { systemNames } from './support/system-names';

let journals: OwnJournals;
let name: string;
beforeEach(() => {
  journals = new OwnJournals();
  name = uniqueName('either');
  journals.removeAtEnd([name, `sem.${name}`]);
});
afterEach(() => {
  journals[Symbol.dispose]();
});

test('the first creates, the second attaches to the same segment', () => {
  using first = SharedMemory.createOrAttach({ name, size: 10 });
  using second = SharedMemory.createOrAttach({ name: `/${name}`, size: 10 });
  expect([first.created, second.created]).toEqual([true, false]);
  first.buf.write('hello');
  expect(second.buf.toString('latin1', 0, 5)).toBe('hello');
});

test('a larger segment that stands there is taken with its own size, its content untouched', () => {
  using first = SharedMemory.create({ name, size: 100, content: Buffer.from('first') });
  const content = Buffer.from('second');
  using second = SharedMemory.createOrAttach({ name, size: 10, content });
  expect([second.created, second.size]).toEqual([false, 100]);
  expect(second.buf.toString('latin1', 0, 6)).toBe('first\0');
  expect(first.name).toBe(second.name);
});

test('a smaller one that stands there is a RangeError with both sizes, and stays', () => {
  using first = SharedMemory.create({ name, size: 10 });
  const attempt = (): unknown => SharedMemory.createOrAttach({ name, size: 11 });
  expect(attempt).toThrow(RangeError);
  expect(attempt).toThrow(failsWith('ERR_SHM_RANGE'));
  expect(attempt).toThrow(`'/${name}' already exists with 10 bytes, fewer than the 11 asked for`);
  expect(present([first.name])).toEqual([name]);
});

test('needs a name, and the options of create', () => {
  type Named = CreateOptions & { readonly name: string };
  const attempts: [options: unknown, code: string][] = [
    [{ size: 10 }, 'ERR_SHM_NAME'],
    [{ name: '', size: 10 }, 'ERR_SHM_NAME'],
    [{ name }, 'ERR_SHM_TYPE'],
    [{ name, size: 0 }, 'ERR_SHM_RANGE'],
    [undefined, 'ERR_SHM_TYPE'],
    [null, 'ERR_SHM_TYPE'],
  ];
  for (const [options, code] of attempts)
    expect(() => SharedMemory.createOrAttach(options as Named)).toThrow(failsWith(code));
  expect(() => Lock.createOrAttach({} as { name: string })).toThrow(failsWith('ERR_SHM_NAME'));
  expect(() => Semaphore.createOrAttach({} as { name: string })).toThrow(failsWith('ERR_SHM_NAME'));
  expect(present([name, `sem.${name}`])).toEqual([]);
});

test('only who created removes at the end of `using`', () => {
  {
    using first = SharedMemory.createOrAttach({ name, size: 10 });
    {
      using second = SharedMemory.createOrAttach({ name, size: 10 });
      expect(second.created).toBe(false);
    }
    expect(present([first.name])).toEqual([name]);
  }
  expect(present([name])).toEqual([]);
});

test('arrays: the same segment as a shape, and too small a one is refused', () => {
  using first = SharedArray.createOrAttach('int32', [2, 3], { name });
  using second = SharedArray.createOrAttach('int32', [3, 2], { name });
  expect([first.created, second.created]).toEqual([true, false]);
  first.set(1, 0, 42);
  expect(second.get(1, 1)).toBe(42);
  const larger = (dtype: DType, shape: number[]) => () =>
    SharedArray.createOrAttach(dtype, shape, { name });
  expect(larger('int32', [7])).toThrow(failsWith('ERR_SHM_RANGE'));
  expect(larger('float64', [4])).toThrow(RangeError);
});

test('lists: who comes second finds the items of the first', () => {
  using first = ShareableList.createOrAttach([1, 'two'], { name });
  using second = ShareableList.createOrAttach(['other'], { name });
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.toArray()).toEqual([1, 'two']);
});

test('locks and semaphores: who comes second finds the value as it is', () => {
  using first = Lock.createOrAttach({ name });
  expect(first.tryAcquire()).toBe(true);
  using second = Lock.createOrAttach({ name });
  expect([first.created, second.created]).toEqual([true, false]);
  expect(second.tryAcquire()).toBe(false);
  first.release();
  using asSemaphore = Semaphore.createOrAttach({ name, value: 5 });
  expect([asSemaphore.created, asSemaphore.value]).toEqual([false, 1]);
});

test('a semaphore keeps to the maxValue that it was asked for, created or attached', () => {
  using first = Semaphore.createOrAttach({ name, value: 2, maxValue: 2 });
  using second = Semaphore.createOrAttach({ name, value: 2, maxValue: 2 });
  for (const semaphore of [first, second]) {
    expect(() => {
      semaphore.release();
    }).toThrow(failsWith('ERR_SHM_OVER_RELEASE'));
  }
  expect(first.value).toBe(2);
});

test('of many programs, 50 times, exactly one creates, and all see its whole content', async () => {
  const SIZE = 25 * 4096; // Whole pages, which is what Windows shows to who attaches.
  const racers = Array.from({ length: rounds(16) }, () => startChild('shared-memory-racer'));
  try {
    await Promise.all(racers.map((racer) => racer.line()));
    for (let round = 0; round < 50; round += 1) {
      racers.forEach((racer, index) => {
        racer.tell(`${name}-${round} ${SIZE} ${index + 1}`);
      });
      const answers = (await Promise.all(racers.map((racer) => racer.line()))).map(
        (line) => JSON.parse(line) as { created: boolean; size: number; seen: number[] },
      );
      const creators = answers.flatMap(({ created }, index) => (created ? [index] : []));
      expect(creators).toHaveLength(1);
      const expected = { size: SIZE, seen: [(creators[0] as number) + 1] };
      expect(answers).toEqual(answers.map(({ created }) => ({ created, ...expected })));
      SharedMemory.unlink(`${name}-${round}`);
    }
  } finally {
    for (const racer of racers) await racer[Symbol.asyncDispose]();
  }
});

test('what another program unlinks while it is being made is made again: no error', async () => {
  const racers = Array.from({ length: 3 }, () => startChild('create-unlink-race', [name, '1000']));
  try {
    for (const racer of racers) {
      const { code, stdout, stderr } = await racer.exit;
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{}\n', stderr: '' });
    }
  } finally {
    for (const racer of racers) await racer[Symbol.asyncDispose]();
  }
  expect(systemNames().filter((each) => each.includes(name))).toEqual([]);
});
