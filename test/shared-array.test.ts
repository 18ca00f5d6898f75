import { inspect } from 'node:util';
import { type DType, DTYPES, SharedArray, SharedMemory } from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function newName(): string {
  const name = uniqueName('array');
  journals.removeAtEnd([name]);
  return name;
}

const isBig = (dtype: DType): boolean => dtype === 'int64' || dtype === 'uint64';

describe('the layout is C order, without a header', () => {
  test.each([
    [[], [], 1],
    [[5], [1], 5],
    [[3, 4], [4, 1], 12],
    [[2, 3, 4], [12, 4, 1], 24],
    [[1, 1, 7], [7, 7, 1], 7],
    [[2, 3, 4, 5, 6], [360, 120, 30, 6, 1], 720],
  ])('shape %p has strides %p and %i elements', (shape, strides, count) => {
    using array = SharedArray.create('float64', shape);
    expect(array.shape).toEqual(shape);
    expect(array.strides).toEqual(strides);
    expect(array.data).toHaveLength(count);
    expect(array.shm.size).toBe(count * 8);
    expect([...array.data]).toEqual(Array(count).fill(0));
  });

  test('get and set find the element that the strides say', () => {
    using array = SharedArray.create('int32', [2, 3, 4]);
    for (let i = 0; i < 24; i += 1) array.data[i] = i;
    for (let i = 0; i < 2; i += 1) {
      for (let j = 0; j < 3; j += 1) {
        for (let k = 0; k < 4; k += 1) {
          expect(array.get(i, j, k)).toBe(12 * i + 4 * j + k);
          array.set(i, j, k, -1);
          expect(array.data[12 * i + 4 * j + k]).toBe(-1);
          array.set(i, j, k, 12 * i + 4 * j + k);
        }
      }
    }
  });

  test('another program sees the bytes, whatever it calls the shape', () => {
    using array = SharedArray.create('uint16', [2, 3]);
    array.set(1, 2, 0x0102);
    using bytes = SharedMemory.attach(array.name);
    expect([...bytes.buf]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1]);
    using other = SharedArray.attach(array.name, 'uint16', [6]);
    expect(other.get(5)).toBe(0x0102);
    other.set(0, 7);
    expect(array.get(0, 0)).toBe(7);
  });

  test('shape and strides can’t be changed, nor by changing what they were made from', () => {
    const shape = [2, 3];
    using array = SharedArray.create('int8', shape);
    shape[0] = 100;
    expect(array.shape).toEqual([2, 3]);
    expect([Object.isFrozen(array.shape), Object.isFrozen(array.strides)]).toEqual([true, true]);
  });
});

test.each(DTYPES)('%s: what one program sets another gets', (dtype) => {
  using array = SharedArray.create(dtype, [2, 2]);
  using other = SharedArray.attach(array.name, dtype, [2, 2]);
  const value = isBig(dtype) ? 1n : 1;
  const zero = isBig(dtype) ? 0n : 0;
  array.set(1, 0, value);
  expect(other.dtype).toBe(dtype);
  expect([other.get(0, 0), other.get(1, 0), other.get(1, 1)]).toEqual([zero, value, zero]);
});

test('64-bit integers are exact, and take no number', () => {
  using array = SharedArray.create('uint64', [2]);
  array.set(1, 2n ** 64n - 1n);
  expect(array.get(1)).toBe(2n ** 64n - 1n);
  const five: unknown = 5;
  expect(() => {
    array.set(1, five as bigint);
  }).toThrow(TypeError);
});

test('bool is one byte, 0 or 1', () => {
  using array = SharedArray.create('bool', [3]);
  array.set(1, 1);
  expect(array.data).toBeInstanceOf(Uint8Array);
  expect([...array.data]).toEqual([0, 1, 0]);
  expect(array.shm.size).toBe(3);
});

describe('indices', () => {
  test('negative ones count from the end of their axis', () => {
    using array = SharedArray.create('int32', [2, 3]);
    array.set(-1, -1, 42);
    expect(array.data[5]).toBe(42);
    expect(array.get(-1, -1)).toBe(42);
    expect(array.get(1, -1)).toBe(42);
    array.set(-2, -3, 7);
    expect(array.data[0]).toBe(7);
  });

  test.each([
    [[2, 0], /index 2 is out of axis 0, which has 2/],
    [[-3, 0], /index -3 is out of axis 0/],
    [[0, 3], /index 3 is out of axis 1, which has 3/],
    [[0, -4], /index -4 is out of axis 1/],
    [[0.5, 0], /index 0\.5/],
    [[NaN, 0], /index NaN/],
    [[0, Infinity], /index Infinity/],
    [[0], /2 axes needs as many indices, not 1/],
    [[], /2 axes needs as many indices, not 0/],
    [[0, 0, 0], /2 axes needs as many indices, not 3/],
  ])('%p are refused by get and set, and nothing is written', (indices, says) => {
    using array = SharedArray.create('int32', [2, 3]);
    const wrong = indices;
    const attempts = [() => array.get(...wrong), () => (array as SharedArray).set(...wrong, 9)];
    for (const attempt of attempts) {
      expect(attempt).toThrow(failsWith('ERR_SHM_RANGE'));
      expect(attempt).toThrow(RangeError);
      expect(attempt).toThrow(says);
    }
    expect([...array.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test.each([
    [['0', 0], /index must be a number, not '0'/],
    [[undefined, 0], /index must be a number, not undefined/],
    [[0n, 0], /index must be a number, not 0n/],
  ])('%p are no indices, and nothing is written', (indices, says) => {
    using array = SharedArray.create('int32', [2, 3]);
    const wrong = indices as number[];
    for (const attempt of [
      () => array.get(...wrong),
      () => (array as SharedArray).set(...wrong, 9),
    ]) {
      expect(attempt).toThrow(failsWith('ERR_SHM_TYPE'));
      expect(attempt).toThrow(TypeError);
      expect(attempt).toThrow(says);
    }
    expect([...array.data]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('an array without axes is one element, and has no rows', () => {
    using array = SharedArray.create('float64', []);
    array.set(2.5);
    expect(array.get()).toBe(2.5);
    expect(() => array.get(0)).toThrow(failsWith('ERR_SHM_RANGE'));
    expect(() => array.row(0)).toThrow(failsWith('ERR_SHM_RANGE'));
  });
});

describe('row', () => {
  test('of one axis is an element, of two a row, of three a plane, each without a copy', () => {
    using one = SharedArray.create('int16', [4]);
    using two = SharedArray.create('int16', [3, 4]);
    using three = SharedArray.create('int16', [2, 3, 4]);
    for (const array of [one, two, three]) array.data.forEach((_, i) => (array.data[i] = i));
    expect([...one.row(2)]).toEqual([2]);
    expect([...two.row(1)]).toEqual([4, 5, 6, 7]);
    expect([...three.row(1)]).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
    two.row(1)[0] = 99;
    expect(two.get(1, 0)).toBe(99);
    three.row(-1).fill(5);
    expect(three.data.subarray(11, 13)).toEqual(Int16Array.of(11, 5));
  });

  test.each([3, -4, 0.5, NaN])('%p is out of range', (i) => {
    using array = SharedArray.create('int16', [3, 4]);
    expect(() => array.row(i)).toThrow(failsWith('ERR_SHM_RANGE'));
  });
});

describe('create', () => {
  const wrong: readonly [shape: unknown, code: string][] = [
    [[0], 'ERR_SHM_RANGE'],
    [[2, 0], 'ERR_SHM_RANGE'],
    [[-1], 'ERR_SHM_RANGE'],
    [[1.5], 'ERR_SHM_RANGE'],
    [[NaN], 'ERR_SHM_RANGE'],
    [['2'], 'ERR_SHM_TYPE'],
    [[2n], 'ERR_SHM_TYPE'],
    [[undefined], 'ERR_SHM_TYPE'],
    [[2 ** 30, 2 ** 30], 'ERR_SHM_RANGE'],
    [[2 ** 52, 2 ** 52, 2 ** 52], 'ERR_SHM_RANGE'],
    [5, 'ERR_SHM_TYPE'],
    ['22', 'ERR_SHM_TYPE'],
    [undefined, 'ERR_SHM_TYPE'],
    [new Int32Array([2, 2]), 'ERR_SHM_TYPE'],
  ];
  test.each(wrong)('shape %p is refused and makes nothing', (shape, code) => {
    const name = newName();
    expect(() => SharedArray.create('int8', shape as number[], { name })).toThrow(failsWith(code));
    expect(() => SharedArray.attach(name, 'int8', shape as number[])).toThrow(failsWith(code));
    expect(present([name])).toEqual([]);
  });

  test('an empty place in the shape is refused too', () => {
    const name = newName();
    // eslint-disable-next-line no-sparse-arrays
    const holes = [2, , 3] as number[];
    expect(() => SharedArray.create('int8', holes, { name })).toThrow(failsWith('ERR_SHM_TYPE'));
    expect(present([name])).toEqual([]);
  });

  test('a dtype that is none is refused and makes nothing', () => {
    const name = newName();
    const dtype = 'complex64' as DType;
    expect(() => SharedArray.create(dtype, [2], { name })).toThrow(failsWith('ERR_SHM_TYPE'));
    expect(present([name])).toEqual([]);
  });

  test('takes the options of a segment, but neither size nor content', () => {
    const name = newName();
    const options = { name, track: false, size: 3, content: Buffer.from([1, 2]) };
    {
      using array = SharedArray.create('int8', [10], options);
      expect([array.name, array.created, array.shm.size]).toEqual([name, true, 10]);
      expect([...array.data]).toEqual(Array(10).fill(0));
    }
    expect(present([name])).toEqual([name]);
  });
});

describe('attach', () => {
  test('begins where byteOffset says', () => {
    using shm = SharedMemory.create({ size: 8 + 2 * 3 * 4 + 5 });
    using array = SharedArray.attach(shm.name, 'float32', [2, 3], { byteOffset: 8 });
    array.set(0, 0, 1.5);
    array.set(1, 2, 2.5);
    expect(shm.view('float32', 8, 6)).toEqual(Float32Array.of(1.5, 0, 0, 0, 0, 2.5));
    expect(array.data.byteOffset).toBe(8);
  });

  test('readOnly sees the array, and keeps its writes', () => {
    using array = SharedArray.create('int8', [2]);
    using reader = SharedArray.attach(array.name, 'int8', [2], { readOnly: true });
    array.set(0, 5);
    expect(reader.get(0)).toBe(5);
    reader.set(0, 6);
    expect(array.get(0)).toBe(5);
  });

  test.each([
    ['too small a segment', 'float64', [5], {}, /5 elements of float64 .*40 bytes.*39/],
    ['a misaligned byteOffset', 'float64', [1], { byteOffset: 4 }, /byteOffset 4 .*item size, 8/],
    ['a byteOffset that leaves too little', 'int8', [10], { byteOffset: 30 }, /10 elements/],
    ['a byteOffset beyond the end', 'int8', [1], { byteOffset: 40 }, /beyond the end/],
    ['a negative byteOffset', 'int8', [1], { byteOffset: -8 }, /byteOffset.*-8/],
  ] as const)(
    '%s is a RangeError, and the segment is not left open',
    (_, dtype, shape, options, says) => {
      using shm = SharedMemory.create({ size: 39 });
      const attempt = (): unknown => SharedArray.attach(shm.name, dtype, shape, options);
      const closes = jest.spyOn(SharedMemory.prototype, 'close');
      expect(attempt).toThrow(failsWith('ERR_SHM_RANGE'));
      expect(closes).toHaveBeenCalledTimes(1);
      expect((closes.mock.contexts[0] as SharedMemory).name).toBe(shm.name);
      closes.mockRestore();
      expect(attempt).toThrow(says);
      expect(present([shm.name])).toEqual([shm.name]);
    },
  );

  test('a name that is not there is ENOENT', () => {
    expect(() => SharedArray.attach(newName(), 'int8', [1])).toThrow(failsWith('ENOENT'));
  });
});

test('close, unlink and using are those of its segment', () => {
  const array = SharedArray.create('int8', [2]);
  array.data[0] = 1;
  const { name, data } = array;
  array.close();
  expect(array.shm.closed).toBe(true);
  expect([...data]).toEqual([0, 0]);
  expect([...array.data]).toEqual([0, 0]);
  expect(present([name])).toEqual([name]);
  array.unlink();
  expect(present([name])).toEqual([]);
  const kept = newName();
  {
    using another = SharedArray.create('int8', [2], { name: kept });
    expect(present([another.name])).toEqual([kept]);
  }
  expect(present([kept])).toEqual([]);
});

test('inspect says what it is, not its elements', () => {
  using array = SharedArray.create('float64', [1000, 3], { name: newName() });
  expect(inspect(array)).toBe(
    `SharedArray { name: '${array.name}', dtype: 'float64', shape: [1000, 3] }`,
  );
});
