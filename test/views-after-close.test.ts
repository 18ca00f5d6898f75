import { type DType, DTYPES, SharedArray, SharedMemory } from 'named-shm';

/** A segment full of 0xFF with a second one that stays open and sees what is in it. */
function twice(size = 4096): { shm: SharedMemory; other: SharedMemory } & Disposable {
  const shm = SharedMemory.create({ size });
  const other = SharedMemory.attach(shm.name);
  shm.buf.fill(0xff);
  return {
    shm,
    other,
    [Symbol.dispose]: () => {
      other.close();
      shm[Symbol.dispose]();
    },
  };
}

/** The elements that a view of the dtype shows, as numbers. */
function elements(view: Iterable<number | bigint>): number[] {
  return Array.from(view, Number);
}

const isZero = (value: number | bigint) => Number(value) === 0;
const closedError = expect.objectContaining({
  name: 'TypeError',
  code: 'ERR_SHM_CLOSED',
}) as Error;

describe('after close', () => {
  test('buf reads zeros, and what is written to it nobody sees', () => {
    using pair = twice();
    const { shm, other } = pair;
    const buf = shm.buf;
    shm.close();
    expect(buf.length).toBe(4096);
    expect(buf.every(isZero)).toBe(true);
    buf.fill(0x41);
    expect(buf.toString('latin1', 0, 3)).toBe('AAA');
    expect(other.buf.every((byte) => byte === 0xff)).toBe(true);
  });

  test.each(DTYPES)('a %s view reads zeros, and what is written to it nobody sees', (dtype) => {
    using pair = twice();
    const { shm, other } = pair;
    const view = shm.view(dtype, 8, 16);
    const rest = shm.view(dtype, 8);
    shm.close();
    expect(elements(view)).toEqual(new Array(16).fill(0));
    expect(elements(rest).every(isZero)).toBe(true);
    if (view instanceof BigInt64Array || view instanceof BigUint64Array) view.fill(1n);
    else view.fill(1);
    expect(elements(view)).toEqual(new Array(16).fill(1));
    expect(other.buf.every((byte) => byte === 0xff)).toBe(true);
  });

  test.each(DTYPES)('the data and the rows of a %s array read zeros', (dtype) => {
    using array = SharedArray.create(dtype, [4, 8]);
    using other = SharedArray.attach(array.name, dtype, [4, 8]);
    other.shm.buf.fill(1);
    const { data } = array;
    const row = array.row(1);
    array.close();
    expect(elements(data)).toEqual(new Array(32).fill(0));
    expect(elements(row)).toEqual(new Array(8).fill(0));
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(5n);
    else data.fill(5);
    expect(other.shm.buf.every((byte) => byte === 1)).toBe(true);
  });

  test('a DataView over the memory reads zeros, and what is written to it nobody sees', () => {
    using pair = twice();
    const { shm, other } = pair;
    const view = new DataView(shm.view('uint8').buffer, 1, 100);
    expect(view.getUint32(0)).toBe(0xffffffff);
    shm.close();
    expect(view.getFloat64(0)).toBe(0);
    view.setFloat64(3, Math.PI);
    expect(view.getFloat64(3)).toBe(Math.PI);
    expect(other.buf.every((byte) => byte === 0xff)).toBe(true);
  });

  test('parts of views, and views made over their buffer afterwards, read zeros', () => {
    using pair = twice();
    const { shm, other } = pair;
    const part = shm.buf.subarray(100, 200);
    const { buffer } = shm.buf;
    shm.close();
    const late = new Uint32Array(buffer, 0, 1024);
    expect(part.every(isZero)).toBe(true);
    expect(late.every(isZero)).toBe(true);
    late.fill(7);
    expect(part.readUInt32LE(0)).toBe(7);
    expect(other.buf.every((byte) => byte === 0xff)).toBe(true);
  });

  test('the views of one closed segment do not see those of another', () => {
    const views = [1, 2].map(() => {
      using shm = SharedMemory.create({ size: 4096 });
      return shm.view('uint32');
    }) as [Uint32Array, Uint32Array];
    views[0].fill(0xaaaaaaaa);
    expect(views[1].every(isZero)).toBe(true);
    views[1].fill(0xbbbbbbbb);
    expect(views[0].every((word) => word === 0xaaaaaaaa)).toBe(true);
  });

  test('the views of a handle that was read-only do neither', () => {
    using pair = twice();
    const readOnly = SharedMemory.attach(pair.shm.name, { readOnly: true });
    const view = readOnly.view('uint8');
    view[0] = 1;
    readOnly.close();
    expect(view.every(isZero)).toBe(true);
    view.fill(2);
    expect(pair.other.buf.every((byte) => byte === 0xff)).toBe(true);
  });

  test('the views of an array that begins inside a segment read zeros to the last element', () => {
    using pair = twice();
    const array = SharedArray.attach(pair.shm.name, 'float64', [3, 4], { byteOffset: 4000 });
    expect(array.data.length).toBe(12);
    array.close();
    expect(elements(array.data)).toEqual(new Array(12).fill(0));
  });

  test('Atomics on a view work on memory that nobody shares', () => {
    using pair = twice();
    const { shm, other } = pair;
    const view = shm.view('int32');
    shm.close();
    expect(Atomics.add(view, 0, 5)).toBe(0);
    expect(Atomics.compareExchange(view, 0, 5, 6)).toBe(5);
    expect(Atomics.load(view, 0)).toBe(6);
    expect(other.view('int32')[0]).toBe(-1);
  });

  test('every call that needs the memory throws ERR_SHM_CLOSED', () => {
    using pair = twice();
    const { shm } = pair;
    shm.close();
    expect(() => shm.buf).toThrow(closedError);
    for (const dtype of [...DTYPES, 'no dtype' as DType])
      expect(() => shm.view(dtype)).toThrow(closedError);
    expect(() => shm.view('uint8', -1)).toThrow(closedError);
    expect(() => shm.buf).toThrow(`shared memory segment '${shm.name}' is closed`);
  });

  test('every call on an array throws ERR_SHM_CLOSED', () => {
    using array = SharedArray.create('float64', [2, 2]);
    array.set(1, 1, 4);
    array.close();
    expect(() => array.get(1, 1)).toThrow(closedError);
    expect(() => {
      array.set(1, 1, 5);
    }).toThrow(closedError);
    expect(() => array.row(1)).toThrow(closedError);
  });

  test('a handle still tells its name and size, and that it is closed', () => {
    using pair = twice(1000);
    const { shm } = pair;
    expect(shm.closed).toBe(false);
    shm.close();
    expect(shm).toMatchObject({ name: pair.other.name, size: 1000, closed: true, created: true });
  });

  test('other handles on the segment go on, in this program and by name', () => {
    using pair = twice();
    const { shm, other } = pair;
    shm.close();
    other.buf[0] = 1;
    using third = SharedMemory.attach(shm.name);
    expect(third.buf[0]).toBe(1);
  });
});
