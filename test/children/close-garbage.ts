// What the garbage collector does with segments that nobody closes. Needs --expose-gc; prints a
// line of JSON.
//
//   close-garbage views      the views outlive their segment object
//   close-garbage dropped    thousands of segments are forgotten, half of them with a view
//   close-garbage closed     large segments are closed and their views forgotten
//   close-garbage endless    segments are mapped and kept until there can be no more

import { readFileSync } from 'node:fs';
import { setImmediate as nextTick } from 'node:timers/promises';
import { SharedMemory } from 'named-shm';

const MIB = 1024 * 1024;

/** Lets the collector and its finalizers run until `done`, at most a hundred times. */
async function collect(done: () => boolean): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    global.gc?.();
    await nextTick();
    if (done()) return;
    await nextTick(); // What `done` looked at through a WeakRef is alive until here.
  }
}

/** How many mappings of shared memory this process has. */
function mappings(): number {
  return readFileSync('/proc/self/maps', 'utf8').split('/dev/shm/').length - 1;
}

/** The size of the address space, in bytes. */
function addressSpace(): number {
  const kib = /^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kib) * 1024;
}

function forgetSegment(name: string): {
  segment: WeakRef<SharedMemory>;
  buf: Buffer<ArrayBuffer>;
  view: Float64Array<ArrayBuffer>;
} {
  const shm = SharedMemory.attach(name);
  return { segment: new WeakRef(shm), buf: shm.buf, view: shm.view('float64') };
}

async function views(): Promise<object> {
  using shm = SharedMemory.create({ size: MIB });
  const held = [forgetSegment(shm.name)];
  const { segment } = held[0] as (typeof held)[number];
  await collect(() => segment.deref() === undefined);
  const collected = segment.deref() === undefined;
  for (let i = 0; i < 20; i += 1) {
    Array.from({ length: 1000 }, () => new ArrayBuffer(1024));
    global.gc?.();
    await nextTick();
  }
  held.forEach(({ buf, view }) => {
    buf.fill(0x41, MIB - 8);
    view[0] = 1.5;
  });
  const seen = [shm.view('float64')[0], shm.buf.toString('latin1', MIB - 8)];
  const whileHeld = mappings();
  held.length = 0;
  await collect(() => mappings() === 1);
  return { collected, seen, whileHeld, afterwards: mappings() };
}

function forgetMany(name: string, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const shm = SharedMemory.attach(name);
    if (i % 2 === 0) shm.view('uint8')[i] = 1;
  }
}

async function dropped(): Promise<object> {
  using shm = SharedMemory.create({ size: MIB });
  forgetMany(shm.name, 4000);
  const before = mappings();
  await collect(() => mappings() === 1);
  return { before, afterwards: mappings() };
}

function closeLarge(count: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: count }, () => {
    using shm = SharedMemory.create({ size: 64 * MIB, reserve: false });
    const view = shm.view('uint8');
    view[0] = 1;
    return view;
  });
}

async function closed(): Promise<object> {
  const before = addressSpace();
  const ranges = () => (addressSpace() - before) / (64 * MIB);
  const held = closeLarge(200);
  const mapped = mappings();
  const rangesKept = ranges() >= 200;
  const zeros = held.every((view) => view[0] === 0);
  held.length = 0;
  await collect(() => ranges() < 20);
  return { mapped, rangesKept, zeros, rangesGivenBack: ranges() < 20 };
}

function endless(): object {
  using shm = SharedMemory.create({ size: 4096 });
  const kept: SharedMemory[] = [];
  try {
    for (;;) kept.push(SharedMemory.attach(shm.name));
  } catch (error) {
    const { code, syscall } = error as { code?: string; syscall?: string };
    kept.pop()?.close();
    const again = SharedMemory.attach(shm.name);
    again.buf[0] = 7;
    return { code, syscall, thousands: kept.length >= 1000, again: shm.buf[0] };
  }
}

const scenarios: Record<string, () => object | Promise<object>> = {
  views,
  dropped,
  closed,
  endless,
};

async function main(name: string): Promise<void> {
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  console.log(JSON.stringify(await scenario()));
}

void main(process.argv[2] as string);
