import { type DType, DTYPES, type ElementOf, SharedArray } from 'named-shm';
import { describeEachPython, type Kind } from './support/python-server';

const KINDS: readonly Kind[] = ['stock', 'named_shm'];

/** An element as we have it and as Python says it. */
type Element<D extends DType> = readonly [ours: ElementOf<D>, python: string];

/** Six elements of each dtype, its limits among them. */
const ELEMENTS: { readonly [D in DType]: readonly Element<D>[] } = {
  int8: [-128, -1, 0, 1, 2, 127].map((n) => [n, String(n)]),
  uint8: [0, 1, 2, 127, 128, 255].map((n) => [n, String(n)]),
  int16: [-32768, -1, 0, 1, 258, 32767].map((n) => [n, String(n)]),
  uint16: [0, 1, 258, 32767, 32768, 65535].map((n) => [n, String(n)]),
  int32: [-2147483648, -1, 0, 1, 16909060, 2147483647].map((n) => [n, String(n)]),
  uint32: [0, 1, 16909060, 2147483647, 2147483648, 4294967295].map((n) => [n, String(n)]),
  int64: [-(2n ** 63n), -1n, 0n, 1n, 72623859790382856n, 2n ** 63n - 1n].map((n) => [n, String(n)]),
  uint64: [0n, 1n, 72623859790382856n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n].map((n) => [
    n,
    String(n),
  ]),
  float32: [
    [0.5, '0.5'],
    [-0, '-0.0'],
    [NaN, 'nan'],
    [-Infinity, '-inf'],
    [2 ** -149, '1.401298464324817e-45'],
    [16777216, '16777216.0'],
  ],
  float64: [
    [0.1, '0.1'],
    [-0, '-0.0'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [Number.MIN_VALUE, '5e-324'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
  ],
  bool: [
    [1, 'True'],
    [0, 'False'],
    [0, 'False'],
    [1, 'True'],
    [1, 'True'],
    [0, 'False'],
  ],
};

function fill<D extends DType>(array: SharedArray<D>, elements: readonly Element<D>[]): void {
  elements.forEach(([ours], i) => {
    array.set(Math.floor(i / 3), i % 3, ours);
  });
}

function checkSeen<D extends DType>(array: SharedArray<D>, elements: readonly Element<D>[]): void {
  const seen = elements.map((_, i) => array.get(Math.floor(i / 3), i % 3));
  expect(seen).toStrictEqual(elements.map(([ours]) => ours));
}

test('there are elements for every dtype', () => {
  expect(Object.keys(ELEMENTS).sort()).toEqual([...DTYPES].sort());
});

describeEachPython(
  (python) => {
    describe.each(KINDS)('numpy over a %s segment', (kind) => {
      describe.each(DTYPES)('%s', (dtype) => {
        const elements = ELEMENTS[dtype] as readonly Element<DType>[];
        const reprs = elements.map(([, repr]) => repr);

        test('sees an array of ours: dtype, shape, strides and values; and changes it', async () => {
          using ours = SharedArray.create(dtype, [2, 3]);
          fill(ours, elements);
          const { name, shape } = ours;
          await using theirs = await python.attachArray(kind, { name, dtype, shape });
          const itemSize = ours.data.BYTES_PER_ELEMENT;
          expect(theirs.size).toBe(6 * itemSize);
          expect(await theirs.describe()).toEqual({
            dtype,
            shape: [2, 3],
            strides: ours.strides.map((elements) => elements * itemSize),
            values: reprs,
          });
          for (const [i, repr] of [...reprs].reverse().entries())
            await theirs.set([Math.floor(i / 3), i % 3], repr);
          checkSeen(ours, [...elements].reverse());
        });

        test('makes an array that we see, and change', async () => {
          await using theirs = await python.createArray(kind, dtype, [2, 3]);
          for (const [i, repr] of reprs.entries())
            await theirs.set([Math.floor(i / 3), i % 3], repr);
          using ours = SharedArray.attach(theirs.name, dtype, [2, 3]);
          checkSeen(ours, elements);
          fill(ours, [...elements].reverse());
          expect((await theirs.describe()).values).toEqual([...reprs].reverse());
        });
      });
    });

    test.each([[[]], [[24]], [[1, 24]], [[4, 3, 2]], [[2, 3, 2, 2]]])(
      'numpy has the elements of an array of shape %j where we have them',
      async (shape) => {
        using ours = SharedArray.create('int32', shape);
        const { name, dtype } = ours;
        await using theirs = await python.attachArray('named_shm', { name, dtype, shape });
        ours.data.forEach((_, i) => {
          ours.data[i] = i;
        });
        expect(await theirs.describe()).toEqual({
          dtype: 'int32',
          shape,
          strides: ours.strides.map((elements) => elements * 4),
          values: Array.from(ours.data, String),
        });
        const last = shape.map((length) => length - 1);
        await theirs.set(last, '-7');
        expect(ours.get(...last)).toBe(-7);
        expect(ours.get(...shape.map(() => -1))).toBe(-7);
      },
    );

    test('a row that numpy fills is our row', async () => {
      using ours = SharedArray.create('float64', [3, 4]);
      const { name, dtype, shape } = ours;
      await using theirs = await python.attachArray('named_shm', { name, dtype, shape });
      await theirs.set([1], '[1.5, 2.5, 3.5, 4.5]');
      expect([...ours.row(1)]).toEqual([1.5, 2.5, 3.5, 4.5]);
      expect([...ours.row(0), ...ours.row(2)]).toEqual(Array(8).fill(0));
    });

    test('a part of what numpy made is an array at an offset', async () => {
      await using theirs = await python.createArray('named_shm', 'int16', [6]);
      for (let i = 0; i < 6; i += 1) await theirs.set([i], String(i));
      using ours = SharedArray.attach(theirs.name, 'int16', [2, 2], { byteOffset: 4 });
      expect([...ours.data]).toEqual([2, 3, 4, 5]);
      ours.set(1, 1, 50);
      expect((await theirs.describe()).values).toEqual(['0', '1', '2', '3', '4', '50']);
    });

    test('a shape that the segment is too small for is refused on both sides', async () => {
      await using theirs = await python.createArray('named_shm', 'int32', [6]);
      expect(() => SharedArray.attach(theirs.name, 'int32', [7])).toThrow(RangeError);
      const attach = python.attachArray('named_shm', {
        name: theirs.name,
        dtype: 'int32',
        shape: [7],
      });
      await expect(attach).rejects.toMatchObject({ type: 'TypeError' });
    });
  },
  { numpy: true },
);
