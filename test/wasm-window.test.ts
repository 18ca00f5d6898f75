// A segment inside a shared WebAssembly.Memory: the same bytes, and never a crash.
import { SharedArray, SharedMemory, WasmWindow } from 'named-shm';
import { startChild } from './support/programs';

const PAGE = 65_536;

interface Memory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}
interface Instance {
  readonly exports: { readonly sum: (pointer: number, count: number) => number };
}
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (options: object) => Memory;
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => Instance;
  };
};

/** (func (export "sum") (param pointer count) (result f64)): the sum of float64s, which it doubles. */
const SUM = Buffer.from(
  '0061736d01000000' + // magic, version
    '010701' +
    '60027f7f017c' + // type: (i32, i32) -> f64
    '020d01' +
    '036d6f64' +
    '036d656d' +
    '02030408' + // import "mod" "mem", shared, 4 to 8 pages
    '03020100' +
    '0707' +
    '01' +
    '0373756d' +
    '0000' + // function, export
    '0a3901' +
    '3701017c' + // code, one local f64
    '0340' +
    '2002' +
    '2000' +
    '2b0300' +
    'a0' +
    '2102' + // loop: local += load
    '2000' +
    '2000' +
    '2b0300' +
    '4400000000000000' +
    '40' +
    'a2' +
    '390300' + // store 2 × it
    '2000' +
    '4108' +
    '6a' +
    '2100' + // pointer += 8
    '2001' +
    '4101' +
    '6b' +
    '2201' +
    '0d00' +
    '0b' +
    '2002' +
    '0b', // count -= 1, again
  'hex',
);

function newMemory(options: object = {}): Memory {
  return new WebAssembly.Memory({ initial: 4, maximum: 8, shared: true, ...options });
}

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code ?? String(error);
  }
  return undefined;
}

async function child(scenario: string): Promise<unknown> {
  const exit = await startChild('wasm-window', [scenario], { nodeArgs: ['--expose-gc'] }).exit;
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  return JSON.parse(exit.stdout);
}

test('WebAssembly code reads and writes the segment itself', () => {
  using numbers = SharedArray.create('float64', [1000]);
  numbers.data.set(Array.from({ length: 1000 }, (_, i) => i));
  const memory = newMemory();
  using window = numbers.shm.mapInto(memory, 2 * PAGE);
  expect(window).toBeInstanceOf(WasmWindow);
  expect(window).toMatchObject({ byteOffset: 2 * PAGE, byteLength: 8000, closed: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(SUM), {
    mod: { mem: memory },
  });
  expect(exports.sum(window.byteOffset, 1000)).toBe(499_500);
  using other = SharedArray.attach(numbers.name, 'float64', [1000]);
  expect(other.data[999]).toBe(1998);
  expect(new Float64Array(memory.buffer, window.byteOffset, 1000)).toEqual(
    new Float64Array(other.data),
  );
});

test('what is beside the window stays the memory’s own, also when it grows', () => {
  using shm = SharedMemory.create({ size: 100 });
  const memory = newMemory();
  new Uint8Array(memory.buffer).fill(1);
  const window = shm.mapInto(memory, PAGE);
  expect(memory.grow(2)).toBe(4);
  const bytes = new Uint8Array(memory.buffer);
  expect(bytes.length).toBe(6 * PAGE);
  expect([bytes[PAGE - 1], bytes[PAGE], bytes[2 * PAGE]]).toEqual([1, 0, 1]);
  bytes[PAGE + 99] = 7;
  expect(shm.buf[99]).toBe(7);
  window.close();
  window.close();
  expect([bytes[PAGE + 99], window.closed, codeOf(() => window.byteOffset)]).toEqual([
    0,
    true,
    'ERR_SHM_CLOSED',
  ]);
  bytes[PAGE + 99] = 8;
  expect(shm.buf[99]).toBe(7);
  using again = shm.mapInto(memory, PAGE);
  expect(bytes[again.byteOffset + 99]).toBe(7);
});

test('a window outlives the handle of the segment, and its name', () => {
  const shm = SharedMemory.create({ size: PAGE });
  using other = SharedMemory.attach(shm.name);
  const memory = newMemory();
  using window = shm.mapInto(memory, 0);
  shm.close();
  shm.unlink();
  new Uint8Array(memory.buffer)[window.byteOffset] = 3;
  expect(other.buf[0]).toBe(3);
});

test('two segments beside each other, and one twice', () => {
  using a = SharedMemory.create({ size: PAGE });
  using b = SharedMemory.create({ size: PAGE });
  const memory = newMemory();
  const windows = [a, b, a].map((shm, i) => shm.mapInto(memory, i * PAGE));
  const bytes = new Uint8Array(memory.buffer);
  bytes[0] = 1;
  bytes[PAGE] = 2;
  expect([a.buf[0], b.buf[0], bytes[2 * PAGE], bytes[3 * PAGE]]).toEqual([1, 2, 1, 0]);
  for (const window of windows) window.close();
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});

test('what can’t be is refused, and the memory is as it was', () => {
  using shm = SharedMemory.create({ size: PAGE + 1 });
  using reader = SharedMemory.attach(shm.name, { readOnly: true });
  const closed = SharedMemory.attach(shm.name);
  closed.close();
  const memory = newMemory();
  new Uint8Array(memory.buffer).fill(1);
  using window = shm.mapInto(memory, 0);
  const mapping = (m: unknown, offset: unknown, which = shm) =>
    codeOf(() => which.mapInto(m as Memory, offset as number));
  expect(mapping(memory, 2 * PAGE, reader)).toBe('ERR_SHM_READ_ONLY');
  expect(mapping(memory, 2 * PAGE, closed)).toBe('ERR_SHM_CLOSED');
  for (const offset of [0, 4096, PAGE, 3 * PAGE, 4 * PAGE, 1, -PAGE, 0.5, NaN, 2 ** 40])
    expect({ offset, code: mapping(memory, offset) }).toEqual({ offset, code: 'ERR_SHM_RANGE' });
  const unshared = new WebAssembly.Memory({ initial: 4 });
  const fake = { buffer: new SharedArrayBuffer(4 * PAGE) };
  for (const other of [unshared, fake, fake.buffer, null, undefined, 1])
    expect(mapping(other, 0)).toBe('ERR_SHM_TYPE');
  expect(mapping(memory, '0')).toBe('ERR_SHM_TYPE');
  expect(new Uint8Array(memory.buffer, 2 * PAGE).every((byte) => byte === 1)).toBe(true);
  expect(window.byteOffset).toBe(0);
});

test('windows go with the memory, not before it, and not later', async () => {
  expect(await child('garbage')).toEqual({ kept: 200, mappings: 1, bytes: true });
});

test('Workers with the memory work on the segment; closing it under them harms nobody', async () => {
  expect(await child('worker')).toEqual({ during: 42, after: [0, 1], kept: 42 });
});

test('the end of the Worker that mapped it leaves zeros', async () => {
  expect(await child('ended')).toEqual({ during: [5, 5], after: [5, 0, 1], kept: 5 });
});

test('a segment that is cut short is an error of the window, no crash', async () => {
  expect(await child('truncated')).toEqual({
    read: 0,
    code: 'ERR_SHM_TRUNCATED',
    left: 7,
    outside: 9,
  });
});
