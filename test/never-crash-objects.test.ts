import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { inspect, types } from 'node:util';
import * as library from 'named-shm';
import { SharedArray, SharedMemory, SharedMemoryManager, SharedResourceError } from 'named-shm';
import { collectGarbage } from './support/garbage';
import { uniqueName } from './support/own-journals';
import { systemNames } from './support/system-names';

type Constructor = new (...args: unknown[]) => object;

const CLASSES = Object.entries(library)
  .filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'function')
  .filter(([name]) => name !== 'SharedResourceError')
  .filter(([name]) => name !== 'WasmWindow' || process.platform !== 'win32')
  .map(([name, value]) => [name, value as unknown as Constructor] as const);

/** What every class with a name makes. */
function make(name: string): Disposable {
  const Class = library[name as 'Lock'];
  if (name === 'SharedArray') return SharedArray.create('int8', [4]);
  if (name === 'SharedMemoryManager') return new SharedMemoryManager();
  if (name === 'ShareableList') return library.ShareableList.create([1, 2]);
  if (name === 'MappedFile')
    return library.MappedFile.open(path.join(folder, 'file'), { create: true, size: 4 });
  if (name === 'WasmWindow') {
    using shm = SharedMemory.create({ size: 4 }); // The window keeps its bytes.
    return shm.mapInto(wasmMemory(), 0);
  }
  return Class.create({ size: 4, parties: 2 } as never);
}

/** Node's own types know no WebAssembly without a browser's. */
function wasmMemory(): library.WasmMemory {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (options: object) => library.WasmMemory };
  };
  return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nshm-objects-'));
});
afterAll(async () => {
  if (process.platform === 'win32') await collectGarbage();
  rmSync(folder, { recursive: true, force: true });
});

type Method = (this: unknown) => unknown;

/** Methods and getters of a prototype and those above it, as functions. */
function members(prototype: object): [string, Method][] {
  return prototypes(prototype).flatMap((owner) =>
    Reflect.ownKeys(owner)
      .filter((key) => key !== 'constructor')
      .map((key): [string, unknown] => {
        const property = Object.getOwnPropertyDescriptor(owner, key) as { get?: Method; value?: unknown }; // prettier-ignore
        return [String(key), property.get ?? property.value];
      })
      .filter((entry): entry is [string, Method] => typeof entry[1] === 'function'),
  );
}

/** The prototype and those above it, without Object's. */
function prototypes(prototype: object): object[] {
  if (prototype === Object.prototype) return [];
  return [prototype, ...prototypes(Object.getPrototypeOf(prototype) as object)];
}

function isKin(one: Constructor, other: Constructor): boolean {
  const family = prototypes(one.prototype as object);
  return prototypes(other.prototype as object).some((prototype) => family.includes(prototype));
}

async function thrownBy(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('all classes are here', () => {
  expect(CLASSES.map(([name]) => name)).toEqual(
    expect.arrayContaining(['SharedMemory', 'SharedArray', 'ShareableList', 'Lock', 'Semaphore']),
  );
});

describe.each(CLASSES)('%s', (name, Class) => {
  const prototype = Class.prototype as object;

  test('called on something else does its work on that, or is an error, and no crash', async () => {
    // Those of one family can stand in for each other, and would then wait for each other too.
    const others = CLASSES.filter(([, Other]) => !isKin(Class, Other)).map(([other]) =>
      make(other),
    );
    const nothing = [undefined, null, 1, 'text', {}, Object.create(prototype) as object, Class];
    for (const receiver of [...nothing, ...others]) {
      for (const [member, call] of members(prototype)) {
        const error = await thrownBy(() => call.call(receiver));
        const right = error === undefined || error instanceof Error;
        expect({ [member]: right || inspect(error) }).toEqual({ [member]: true });
      }
    }
    for (const other of others) other[Symbol.dispose]();
  });

  test('made without create or attach is an error or of no use, and no crash', async () => {
    expect(() => (Class as unknown as () => object)()).toThrow(TypeError);
    for (const args of [[], [null], [{}, {}], [{ size: () => 10 }, { name: 'x' }], [1, 2, 3]]) {
      for (const [, call] of members(prototype))
        await thrownBy(() => call.call(new Class(...args)));
    }
  });

  test('is shown by console.log and refuses to be cloned, open and closed', () => {
    const made = make(name);
    expect(inspect(made)).toContain(name);
    expect(() => structuredClone(Class)).toThrow();
    made[Symbol.dispose]();
    expect(inspect(made, { showHidden: true, depth: 5 })).toContain(name);
  });
});

describe("a segment's own fields, overwritten by the program", () => {
  const SIZES: readonly unknown[] = [0, -1, 1.5, NaN, 2 ** 33, 2 ** 60, '64', null, {}, 1n];

  test.each(SIZES)('a size of %p shows nothing beyond the segment', (size) => {
    for (const touched of [false, true]) {
      using shm = SharedMemory.create({ size: 64 });
      if (touched) shm.buf.fill(1);
      Object.assign(shm, { size });
      for (const call of [
        () => shm.buf,
        () => shm.view('uint8'),
        () => shm.view('uint8', 0, 4096),
        () => shm.view('float64', 2 ** 32, 1),
        () => shm.view('uint8', 64, 1),
      ]) {
        let memory: Uint8Array | Float64Array | undefined;
        try {
          memory = call();
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          continue;
        }
        expect(memory.byteOffset + memory.byteLength).toBeLessThanOrEqual(64);
        memory.fill(2);
      }
    }
  });

  test('a name leads to no other segment than that name says', () => {
    using other = SharedMemory.create({ size: 10 });
    const shm = SharedMemory.create({ size: 10 });
    const { name } = shm;
    for (const wrong of ['a/../b', '', 5, undefined, Symbol('name'), 'x'.repeat(1000)]) {
      Object.assign(shm, { name: wrong });
      expect(() => {
        shm.unlink();
      }).toThrow(Error);
    }
    Object.assign(shm, { name: uniqueName('no-such') });
    shm[Symbol.dispose]();
    expect(systemNames()).toEqual(expect.arrayContaining([other.name, name]));
    SharedMemory.unlink(name);
  });

  test("an array's strides and shape show nothing beyond its data", () => {
    using array = SharedArray.create('float64', [2, 2]);
    for (const strides of [
      [NaN, NaN],
      [2 ** 40, 1],
      [-5, -5],
      ['x', {}],
    ]) {
      Object.assign(array, { strides });
      expect([0, undefined]).toContain(array.get(1, 1));
      array.set(1, 1, 0);
    }
    Object.assign(array, { shape: [2 ** 40, 2 ** 40], strides: [1, 1] });
    expect(array.get(2 ** 30, 2 ** 30)).toBeUndefined();
    expect(array.data).toHaveLength(4);
  });
});

describe('options that fight back', () => {
  test('a getter that throws: its error comes through, and nothing is made', () => {
    const name = uniqueName('getters');
    for (const key of ['size', 'mode', 'track', 'reserve', 'content']) {
      const options = { size: 10, name, get [key](): never { throw new RangeError(key); } }; // prettier-ignore
      expect(() => SharedMemory.create(options)).toThrow(new RangeError(key));
    }
    expect(systemNames()).not.toContain(name);
  });

  test('content that says another length than it has', () => {
    for (const length of [0, 2 ** 40, -1, NaN]) {
      const content = new Uint8Array(10_000).fill(7);
      Object.defineProperty(content, 'byteLength', { value: length });
      try {
        using shm = SharedMemory.create({ size: 100, content });
        expect(shm.buf).toHaveLength(100);
        using other = SharedMemory.attach(shm.name);
        other.buf.fill(1);
      } catch (error) {
        expect(error).toHaveProperty('code', 'ERR_SHM_RANGE');
      }
    }
  });

  test('content that is detached, resizable, shared or no real Uint8Array', () => {
    const detached = new Uint8Array(10).fill(7);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer;
    const resizable = new Resizable(10, { maxByteLength: 100 });
    const tracking = new Uint8Array(resizable);
    (resizable as unknown as { resize(n: number): void }).resize(5);
    const kinds: readonly unknown[] = [
      detached,
      tracking,
      new Uint8Array(new SharedArrayBuffer(10)),
      Object.create(Uint8Array.prototype),
      new Proxy(new Uint8Array(10), {}),
      new Proxy(new Uint8Array(10), { get: (target, key) => Reflect.get(target, key) as unknown }),
      Object.setPrototypeOf(new Float64Array(10), Uint8Array.prototype),
      Object.setPrototypeOf(new DataView(new ArrayBuffer(10)), Uint8Array.prototype),
      new (class extends Uint8Array {})(10),
    ];
    for (const content of kinds) {
      try {
        using shm = SharedMemory.create({ size: 100, content: content as Uint8Array });
        expect(shm.buf.every((byte) => byte === 0)).toBe(true);
      } catch (error) {
        expect(types.isNativeError(error)).toBe(true);
      }
    }
  });

  test('the bytes of one segment as the content of the next, also when it is closed', () => {
    using first = SharedMemory.create({ size: 4096 });
    first.buf.fill(3);
    using second = SharedMemory.create({ size: 4096, content: first.buf });
    expect(second.buf.every((byte) => byte === 3)).toBe(true);
    const { buf } = first;
    first.close();
    using third = SharedMemory.create({ size: 4096, content: buf });
    expect(third.buf.every((byte) => byte === 0)).toBe(true);
  });

  test('sizes that no system has are errors, and nothing is made', () => {
    const name = uniqueName('sizes');
    for (const size of [2 ** 47, 2 ** 50, Number.MAX_SAFE_INTEGER]) {
      for (const reserve of [true, false]) {
        expect(() => SharedMemory.create({ name, size, reserve })).toThrow(SharedResourceError);
        expect(systemNames()).not.toContain(name);
      }
    }
  });
});
