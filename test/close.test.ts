import { Lock, SharedArray, SharedMemory } from 'named-shm';
import { startChild } from './support/programs';
import { systemNames } from './support/system-names';

async function garbage(scenario: string): Promise<unknown> {
  const child = startChild('close-garbage', [scenario], { nodeArgs: ['--expose-gc'] });
  const exit = await child.exit;
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  return JSON.parse(exit.stdout);
}

/** In place of a number: calls back when it is converted to one. */
function calling(back: () => number): number {
  return { valueOf: back } as unknown as number;
}

describe('closing', () => {
  test('twice does nothing more', () => {
    using shm = SharedMemory.create({ size: 4096 });
    const { buf } = shm;
    shm.close();
    buf.fill(3);
    shm.close();
    expect(buf[0]).toBe(3); // A second replacement of the pages would have made it 0.
    shm.unlink();
    expect(systemNames()).not.toContain(shm.name);
    shm[Symbol.dispose]();
    shm.close();
  });

  test('twice does not touch what is mapped since', () => {
    using first = SharedMemory.create({ size: 4096 });
    first.close();
    using second = SharedMemory.create({ size: 4096 });
    second.buf.fill(5);
    first.close();
    first[Symbol.dispose]();
    expect(second.buf.every((byte) => byte === 5)).toBe(true);
  });

  test('a lock twice gives nothing back', () => {
    using lock = Lock.create();
    using other = Lock.attach(lock.name);
    expect(lock.tryAcquire()).toBe(true);
    lock.close();
    lock.close();
    expect(other.tryAcquire()).toBe(false);
  });

  test('leaves the name to who wants to unlink it', () => {
    const shm = SharedMemory.create({ size: 10 });
    shm.close();
    expect(systemNames()).toContain(shm.name);
    shm.unlink();
    expect(systemNames()).not.toContain(shm.name);
  });

  test('at the end of a using block closes, and unlinks what the block created', () => {
    let view: Uint8Array;
    let name: string;
    {
      using shm = SharedMemory.create({ size: 4096 });
      name = shm.name;
      view = shm.view('uint8').fill(9);
      expect(systemNames()).toContain(name);
    }
    expect(view.every((byte) => byte === 0)).toBe(true);
    expect(systemNames()).not.toContain(name);
  });

  test('in the middle of an iteration: it goes on, over zeros', () => {
    using shm = SharedMemory.create({ size: 100 });
    shm.buf.fill(1);
    const seen: number[] = [];
    for (const byte of shm.view('uint8')) {
      seen.push(byte);
      if (seen.length === 10) shm.close();
    }
    expect(seen).toEqual([...new Array<number>(10).fill(1), ...new Array<number>(90).fill(0)]);
  });

  test('in the middle of an iteration over the elements of an array', () => {
    using array = SharedArray.create('float32', [10, 10]);
    array.data.fill(2);
    let sum = 0;
    array.data.forEach((value, i) => {
      if (i === 49) array.close();
      sum += value;
    });
    expect(sum).toBe(100);
  });

  test.each<[string, (view: Float64Array, close: () => number) => unknown]>([
    ['fill', (view, close) => view.fill(calling(close))],
    ['sort', (view, close) => view.sort((a, b) => close() - a + b)],
    ['map', (view, close) => view.map(close)],
    ['an assignment', (view, close) => (view[0] = calling(close))],
    [
      'set',
      (view, close) => {
        view.set([1, calling(close), 3]);
      },
    ],
    [
      "a DataView's setter",
      (view, close) => {
        new DataView(view.buffer).setFloat64(0, calling(close));
      },
    ],
    ['an atomic add', (view, close) => Atomics.add(new Int32Array(view.buffer), 0, calling(close))],
  ])('in the middle of %s, by a function that it calls', (_what, use) => {
    using shm = SharedMemory.create({ size: 800 });
    using other = SharedMemory.attach(shm.name);
    const view = shm.view('float64');
    use(view, () => {
      shm.close();
      return 1;
    });
    expect(shm.closed).toBe(true);
    // Whatever was written after the close, nobody else has it.
    expect(
      other
        .view('float64')
        .subarray(2)
        .every((value) => value === 0),
    ).toBe(true);
  });
});

describe('without closing', () => {
  test('views outlive their segment object through garbage collections, still shared', async () => {
    expect(await garbage('views')).toEqual({
      collected: true,
      seen: [1.5, 'AAAAAAAA'],
      whileHeld: 2,
      afterwards: 1,
    });
  });

  test('thousands of forgotten segments are unmapped', async () => {
    expect(await garbage('dropped')).toEqual({ before: 4001, afterwards: 1 });
  });

  test('more segments than a process can map are an error, and closing one makes room', async () => {
    expect(await garbage('endless')).toEqual({
      code: 'ENOMEM',
      syscall: 'mmap',
      thousands: true,
      again: 7,
    });
  });
});

test('a closed segment is released at once, its address range when its views are gone', async () => {
  expect(await garbage('closed')).toEqual({
    mapped: 0,
    zeros: true,
    rangesKept: true,
    rangesGivenBack: true,
  });
});
