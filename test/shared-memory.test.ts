import { statSync } from 'node:fs';
import { inspect } from 'node:util';
import { type CreateOptions, type DType, DTYPES, SharedMemory } from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { run } from './support/programs';

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function newName(label = 'segment'): string {
  const name = uniqueName(label);
  journals.removeAtEnd([name]);
  return name;
}

describe('create and attach', () => {
  test('a segment is seen by name, byte for byte, in both directions', () => {
    using shm = SharedMemory.create({ size: 100 });
    using other = SharedMemory.attach(shm.name);
    shm.buf.write('hello');
    other.buf.write('world', 5);
    expect(other.size).toBe(100);
    expect(other.buf.toString('latin1', 0, 5)).toBe('hello');
    expect(shm.buf.toString('latin1', 0, 10)).toBe('helloworld');
  });

  test('a new segment is zeros', () => {
    using shm = SharedMemory.create({ size: 10_000 });
    expect(shm.buf.equals(Buffer.alloc(10_000))).toBe(true);
  });

  test.each([1, 2, 4095, 4096, 4097, 1_000_003])('the size is kept exactly: %i', (size) => {
    using shm = SharedMemory.create({ size });
    using other = SharedMemory.attach(shm.name);
    expect(shm.size).toBe(size);
    expect(other.size).toBe(size);
    expect(other.buf).toHaveLength(size);
    expect(statSync(`/dev/shm/${shm.name}`).size).toBe(size);
  });

  test('the segment carries no header: its file is its bytes', async () => {
    using shm = SharedMemory.create({ size: 5, content: Buffer.from([1, 2, 3]) });
    const { stdout } = await run('od', ['-An', '-tx1', `/dev/shm/${shm.name}`]);
    expect(stdout.trim()).toBe('01 02 03 00 00');
  });

  test('a name may begin with one slash; the object’s never does', () => {
    const name = newName();
    using shm = SharedMemory.create({ name: `/${name}`, size: 10 });
    using bare = SharedMemory.attach(name);
    using slashed = SharedMemory.attach(`/${name}`);
    expect([shm.name, bare.name, slashed.name]).toEqual([name, name, name]);
    SharedMemory.unlink(`/${name}`);
    expect(present([name])).toEqual([]);
  });

  test('without a name it gets a random one, another each time', () => {
    using one = SharedMemory.create({ size: 1 });
    using two = SharedMemory.create({ size: 1, name: undefined });
    expect(one.name).toMatch(/^nshm_[0-9a-f]{8}$/);
    expect(two.name).toMatch(/^nshm_[0-9a-f]{8}$/);
    expect(one.name).not.toBe(two.name);
  });

  test('a taken name is EEXIST, and what stands there is not touched', () => {
    const name = newName();
    using shm = SharedMemory.create({ name, size: 10, content: Buffer.from('standing') });
    for (const size of [1, 10, 2 ** 21])
      expect(() => SharedMemory.create({ name, size })).toThrow(failsWith('EEXIST'));
    expect(shm.buf.toString('latin1', 0, 8)).toBe('standing');
    expect(statSync(`/dev/shm/${name}`).size).toBe(10);
  });

  test('created says who made it', () => {
    using shm = SharedMemory.create({ size: 1 });
    using other = SharedMemory.attach(shm.name);
    expect([shm.created, other.created]).toEqual([true, false]);
  });

  test('a name that is not there is ENOENT', () => {
    expect(() => SharedMemory.attach(newName())).toThrow(failsWith('ENOENT'));
    expect(() => {
      SharedMemory.unlink(newName());
    }).toThrow(failsWith('ENOENT'));
  });

  test('readOnly sees the segment, and what it writes stays with it', () => {
    using shm = SharedMemory.create({ size: 10_000, content: Buffer.from('abc') });
    using reader = SharedMemory.attach(shm.name, { readOnly: true });
    expect(reader.buf.toString('latin1', 0, 3)).toBe('abc');
    shm.buf.write('later', 5000);
    expect(reader.buf.toString('latin1', 5000, 5005)).toBe('later');
    reader.buf.write('mine');
    expect(shm.buf.toString('latin1', 0, 3)).toBe('abc');
  });

  test('reserve: false gives the size without the pages', () => {
    using sparse = SharedMemory.create({ size: 1 << 24, reserve: false });
    using whole = SharedMemory.create({ size: 1 << 20 });
    expect(statSync(`/dev/shm/${sparse.name}`)).toMatchObject({ size: 1 << 24, blocks: 0 });
    expect(statSync(`/dev/shm/${whole.name}`).blocks * 512).toBe(1 << 20);
    sparse.buf[(1 << 24) - 1] = 7;
    using other = SharedMemory.attach(sparse.name);
    expect(other.buf[(1 << 24) - 1]).toBe(7);
  });
});

describe('content', () => {
  test.each([0, 1, 4096, 100_000])('of %i bytes is what the segment starts with', (length) => {
    const content = Buffer.alloc(length, 'content');
    using shm = SharedMemory.create({ size: 100_000, content });
    expect(shm.buf.subarray(0, length).equals(content)).toBe(true);
    expect(shm.buf.subarray(length).equals(Buffer.alloc(100_000 - length))).toBe(true);
  });

  test('may be a part of a larger buffer, and of another segment', () => {
    using first = SharedMemory.create({ size: 8, content: new Uint8Array([0, 1, 2, 3, 4]) });
    using second = SharedMemory.create({ size: 3, content: first.buf.subarray(2, 5) });
    expect([...second.buf]).toEqual([2, 3, 4]);
  });

  test('larger than the segment, or no bytes, is refused and makes nothing', () => {
    const name = newName();
    const wrong = [
      [Buffer.alloc(11), 'ERR_SHM_RANGE'],
      ['text', 'ERR_SHM_TYPE'],
      [[1, 2], 'ERR_SHM_TYPE'],
      [new Uint16Array(2), 'ERR_SHM_TYPE'],
      [new ArrayBuffer(2), 'ERR_SHM_TYPE'],
    ] as const;
    for (const [content, code] of wrong) {
      const options = { name, size: 10, content } as CreateOptions;
      expect(() => SharedMemory.create(options)).toThrow(failsWith(code));
    }
    expect(present([name])).toEqual([]);
  });
});

describe('options', () => {
  const wrong: readonly [key: string, value: unknown, code: string][] = [
    ['size', undefined, 'ERR_SHM_TYPE'],
    ['size', '10', 'ERR_SHM_TYPE'],
    ['size', 10n, 'ERR_SHM_TYPE'],
    ['size', 0, 'ERR_SHM_RANGE'],
    ['size', -1, 'ERR_SHM_RANGE'],
    ['size', 1.5, 'ERR_SHM_RANGE'],
    ['size', NaN, 'ERR_SHM_RANGE'],
    ['size', Infinity, 'ERR_SHM_RANGE'],
    ['size', 2 ** 53, 'ERR_SHM_RANGE'],
    ['mode', '600', 'ERR_SHM_TYPE'],
    ['mode', -1, 'ERR_SHM_RANGE'],
    ['mode', 0o1000, 'ERR_SHM_RANGE'],
    ['track', 1, 'ERR_SHM_TYPE'],
    ['track', null, 'ERR_SHM_TYPE'],
    ['reserve', 'no', 'ERR_SHM_TYPE'],
    ['name', 5, 'ERR_SHM_NAME'],
    ['name', null, 'ERR_SHM_NAME'],
  ];
  test.each(wrong)('%s: %p is refused before anything is made', (key, value, code) => {
    const name = newName();
    const options = { name, size: 10, [key]: value } as unknown as CreateOptions;
    expect(() => SharedMemory.create(options)).toThrow(failsWith(code));
    expect(present([name])).toEqual([]);
  });

  test('that are no object are refused', () => {
    for (const options of [null, 100, 'size', true]) {
      expect(() => SharedMemory.create(options as unknown as CreateOptions)).toThrow(
        failsWith('ERR_SHM_TYPE'),
      );
      if (options === null || typeof options !== 'object')
        expect(() => SharedMemory.attach('x', options as unknown as object)).toThrow(
          failsWith('ERR_SHM_TYPE'),
        );
    }
    expect(() => SharedMemory.attach('x', { readOnly: 1 as unknown as boolean })).toThrow(
      failsWith('ERR_SHM_TYPE'),
    );
  });

  test.each([
    [undefined, 0o022, 0o600],
    [0o666, 0o022, 0o644],
    [0o666, 0o077, 0o600],
    [0o640, 0o000, 0o640],
    [0o777, 0o000, 0o777],
    [0o400, 0o022, 0o400],
  ])('mode %p under umask %p gives %p', (mode, umask, expected) => {
    const before = process.umask(umask);
    try {
      using shm = SharedMemory.create({ size: 10, mode });
      expect(statSync(`/dev/shm/${shm.name}`).mode & 0o777).toBe(expected);
    } finally {
      process.umask(before);
    }
  });
});

describe('view', () => {
  const samples = {
    int8: [-128, 127],
    uint8: [0, 255],
    int16: [-32768, 32767],
    uint16: [0, 65535],
    int32: [-(2 ** 31), 2 ** 31 - 1],
    uint32: [0, 2 ** 32 - 1],
    int64: [-(2n ** 63n), 2n ** 63n - 1n],
    uint64: [0n, 2n ** 64n - 1n],
    float32: [1.5, -Infinity],
    float64: [Math.PI, Number.MIN_VALUE],
    bool: [0, 1],
  } as const;
  const constructors = {
    int8: Int8Array,
    uint8: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
    int64: BigInt64Array,
    uint64: BigUint64Array,
    float32: Float32Array,
    float64: Float64Array,
    bool: Uint8Array,
  } as const;

  test('DTYPES are NumPy’s names, and cannot be changed', () => {
    expect([...DTYPES].sort()).toEqual(Object.keys(constructors).sort());
    expect(Object.isFrozen(DTYPES)).toBe(true);
  });

  test.each(DTYPES)('%s: what one program writes another reads', (dtype) => {
    using shm = SharedMemory.create({ size: 64 });
    using other = SharedMemory.attach(shm.name);
    const view = shm.view(dtype, 16, 2);
    expect(view).toBeInstanceOf(constructors[dtype]);
    expect([view.length, view.byteOffset]).toEqual([2, 16]);
    samples[dtype].forEach((value, index) => {
      (view as unknown as (number | bigint)[])[index] = value;
    });
    expect([...other.view(dtype, 16, 2)]).toEqual(samples[dtype]);
    expect(shm.buf.subarray(0, 16).equals(Buffer.alloc(16))).toBe(true);
  });

  test('has as many whole elements as fit, where no length is given', () => {
    using shm = SharedMemory.create({ size: 23 });
    expect(shm.view('uint8')).toHaveLength(23);
    expect(shm.view('int16')).toHaveLength(11);
    expect(shm.view('float64')).toHaveLength(2);
    expect(shm.view('float64', 8)).toHaveLength(1);
    expect(shm.view('float64', 16)).toHaveLength(0);
    expect(shm.view('uint8', 23)).toHaveLength(0);
    expect(shm.view('uint32', 4, 0)).toHaveLength(0);
  });

  test('all views and buf are over the same memory', () => {
    using shm = SharedMemory.create({ size: 16 });
    shm.view('uint32', 4)[0] = 0x01020304;
    expect([...shm.buf.subarray(4, 8)]).toEqual([4, 3, 2, 1]);
    expect(shm.buf).toBe(shm.buf);
    expect(shm.view('int8').buffer).toBe(shm.buf.buffer);
  });

  const wrong: readonly [
    dtype: unknown,
    byteOffset: unknown,
    length: unknown,
    code: string,
    says: RegExp,
  ][] = [
    ['float64', 4, undefined, 'ERR_SHM_RANGE', /byteOffset 4 .*multiple of its item size, 8/],
    ['int16', 1, 1, 'ERR_SHM_RANGE', /byteOffset 1 .*multiple of its item size, 2/],
    ['int8', 101, undefined, 'ERR_SHM_RANGE', /byteOffset 101 is beyond the end.*100/],
    ['int8', 0, 101, 'ERR_SHM_RANGE', /101 elements of int8 .*101 bytes.*100/],
    ['float64', 96, 1, 'ERR_SHM_RANGE', /1 elements of float64 at byteOffset 96 need 8.* 4 there/],
    ['int8', -1, 1, 'ERR_SHM_RANGE', /byteOffset.*-1/],
    ['int8', 0.5, 1, 'ERR_SHM_RANGE', /byteOffset.*0\.5/],
    ['int8', NaN, 1, 'ERR_SHM_RANGE', /byteOffset.*NaN/],
    ['int8', '0', 1, 'ERR_SHM_TYPE', /byteOffset.*'0'/],
    ['int8', 0, -1, 'ERR_SHM_RANGE', /length.*-1/],
    ['int8', 0, 1.5, 'ERR_SHM_RANGE', /length.*1\.5/],
    ['int8', 0, 2 ** 53, 'ERR_SHM_RANGE', /length/],
    ['int64', 0, 2 ** 52, 'ERR_SHM_RANGE', /bytes/],
    ['float16', 0, 1, 'ERR_SHM_TYPE', /dtype must be one of .*float64.*'float16'/],
    ['toString', 0, 1, 'ERR_SHM_TYPE', /dtype/],
    [undefined, 0, 1, 'ERR_SHM_TYPE', /dtype/],
  ];
  test.each(wrong)(
    '(%p, %p, %p) is refused, with the numbers',
    (dtype, offset, length, code, says) => {
      using shm = SharedMemory.create({ size: 100 });
      const take = (): unknown =>
        shm.view(dtype as DType, offset as number, length as number | undefined);
      expect(take).toThrow(failsWith(code));
      expect(take).toThrow(says);
      expect(take).toThrow(code === 'ERR_SHM_RANGE' ? RangeError : TypeError);
    },
  );
});

describe('unlink', () => {
  test('removes the name; who is attached keeps the segment, nobody new can attach', () => {
    using shm = SharedMemory.create({ size: 10 });
    using other = SharedMemory.attach(shm.name);
    shm.unlink();
    expect(present([shm.name])).toEqual([]);
    shm.buf.write('still');
    expect(other.buf.toString('latin1', 0, 5)).toBe('still');
    expect(() => SharedMemory.attach(shm.name)).toThrow(failsWith('ENOENT'));
  });

  test('a second time is ENOENT', () => {
    using shm = SharedMemory.create({ size: 10 });
    SharedMemory.unlink(shm.name);
    expect(() => {
      shm.unlink();
    }).toThrow(failsWith('ENOENT'));
    expect(() => {
      SharedMemory.unlink(shm.name);
    }).toThrow(failsWith('ENOENT'));
  });

  test('works after close, and by an attacher', () => {
    const first = SharedMemory.create({ size: 10 });
    first.close();
    first.unlink();
    using second = SharedMemory.create({ size: 10 });
    using other = SharedMemory.attach(second.name);
    other.unlink();
    expect(present([first.name, second.name])).toEqual([]);
  });

  test('frees the name for another segment, of which the old one knows nothing', () => {
    const name = newName();
    using old = SharedMemory.create({ name, size: 10 });
    old.unlink();
    using fresh = SharedMemory.create({ name, size: 20 });
    old.buf.write('old');
    expect(fresh.buf.toString('latin1', 0, 3)).toBe('\0\0\0');
    expect(SharedMemory.attach(name).size).toBe(20);
  });
});

describe('close', () => {
  test('leaves the name, and refuses every further use of the object', () => {
    const shm = SharedMemory.create({ size: 10 });
    expect(shm.closed).toBe(false);
    shm.close();
    expect(shm.closed).toBe(true);
    expect(shm.size).toBe(10);
    expect(() => shm.buf).toThrow(failsWith('ERR_SHM_CLOSED'));
    expect(() => shm.view('int8')).toThrow(failsWith('ERR_SHM_CLOSED'));
    expect(() => shm.buf).toThrow(TypeError);
    expect(() => shm.buf).toThrow(`shared memory segment '${shm.name}' is closed`);
    expect(present([shm.name])).toEqual([shm.name]);
    shm.unlink();
  });

  test('a second time does nothing', () => {
    const shm = SharedMemory.create({ size: 10 });
    shm.close();
    shm.close();
    shm[Symbol.dispose]();
    expect(present([shm.name])).toEqual([]);
  });

  test('closes this object only: others of the same segment work on', () => {
    using shm = SharedMemory.create({ size: 10 });
    const other = SharedMemory.attach(shm.name);
    other.buf[0] = 5;
    other.close();
    expect(shm.buf[0]).toBe(5);
  });
});

describe('using', () => {
  test('closes and unlinks what create made', () => {
    let outside: SharedMemory;
    {
      using shm = SharedMemory.create({ size: 10 });
      outside = shm;
      expect(present([shm.name])).toEqual([shm.name]);
    }
    expect(outside.closed).toBe(true);
    expect(present([outside.name])).toEqual([]);
  });

  test('also where the scope is left by an exception', () => {
    const name = newName();
    expect(() => {
      using shm = SharedMemory.create({ name, size: 10 });
      throw new Error(`with ${shm.name}`);
    }).toThrow(`with ${name}`);
    expect(present([name])).toEqual([]);
  });

  test('only closes what attach opened, and what track: false keeps', () => {
    const name = newName();
    {
      using kept = SharedMemory.create({ name, size: 10, track: false });
      expect(kept.created).toBe(true);
    }
    expect(present([name])).toEqual([name]);
    {
      using attached = SharedMemory.attach(name);
      using orAttached = SharedMemory.createOrAttach({ name, size: 10 });
      expect([attached.created, orAttached.created]).toEqual([false, false]);
    }
    expect(present([name])).toEqual([name]);
  });

  test('leaves alone what has the name by then, made by the same program too', () => {
    const name = newName();
    using first = SharedMemory.create({ name, size: 10 });
    first.unlink();
    using larger = SharedMemory.create({ name, size: 20 });
    first[Symbol.dispose]();
    expect(present([larger.name])).toEqual([name]);
    larger[Symbol.dispose]();
    expect(present([name])).toEqual([]);
  });

  test('is content with a name that is unlinked already', () => {
    using shm = SharedMemory.create({ size: 10 });
    SharedMemory.unlink(shm.name);
  });
});

describe('list', () => {
  test('tells name, size, mode, owner and time of every segment', () => {
    const before = Date.now();
    using shm = SharedMemory.create({ size: 12_345 });
    const info = SharedMemory.list().find(({ name }) => name === shm.name);
    expect(info).toEqual({
      name: shm.name,
      size: 12_345,
      mode: 0o600,
      uid: process.getuid?.(),
      modified: expect.any(Date),
    });
    // The file system's clock ticks every few milliseconds.
    expect(info?.modified.getTime()).toBeGreaterThan(before - 1000);
    expect(info?.modified.getTime()).toBeLessThan(Date.now() + 1000);
  });

  test('has what other programs made, and nothing that is gone', async () => {
    const name = newName('theirs');
    const script = `const { SharedMemory } = require('named-shm');
      SharedMemory.create({ name: '${name}', size: 77, track: false });`;
    expect((await run(process.execPath, ['-e', script])).code).toBe(0);
    expect(SharedMemory.list()).toContainEqual(expect.objectContaining({ name, size: 77 }));
    SharedMemory.unlink(name);
    expect(SharedMemory.list().map((info) => info.name)).not.toContain(name);
  });
});

test('inspect says what it is, not its bytes', () => {
  const name = newName();
  const shm = SharedMemory.create({ name, size: 10 });
  expect(inspect(shm)).toBe(`SharedMemory { name: '${name}', size: 10, closed: false }`);
  shm[Symbol.dispose]();
  expect(inspect(shm)).toBe(`SharedMemory { name: '${name}', size: 10, closed: true }`);
});
