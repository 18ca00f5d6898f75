import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { SharedMemory, WasmMemory } from 'named-shm';
import { compiledExamples, packageRoot } from '../support/paths';
import { Program } from '../support/programs';
import type { Kind } from './job';
import type { Tile } from './tiles';

const source = path.join(packageRoot, 'examples', 'matmul', 'assembly', 'kernel.ts');
const compiled = path.join(compiledExamples, 'matmul', 'kernel.wasm');
const PAGE = 65_536;
const MOST_PAGES = 65_536; // 4 GiB: what a pointer of 32 bits reaches

const ASC_OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads'],
  ...[
    '--importMemory',
    '--sharedMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    `${MOST_PAGES}`,
  ],
];

type Multiply = (...args: readonly number[]) => void;
interface Exports {
  readonly tile64: Multiply;
  readonly tile32: Multiply;
  readonly scratchBytes: (rows: number, columns: number, itemSize: number) => number;
}
/** Node's own types know no WebAssembly. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (options: object) => WasmMemory;
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
  };
};

/** Compiles the kernel with AssemblyScript where that has not been done since it was last changed. */
export async function compileKernel(): Promise<void> {
  const [from, to] = await Promise.all([source, compiled].map(modified));
  if (from !== undefined && to !== undefined && to > from) return;
  const asc = path.join(path.dirname(require.resolve('assemblyscript/package.json')), 'bin/asc.js');
  const draft = `${compiled}.${process.pid}.wasm`; // Several may do this at once: whole files only.
  await mkdir(path.dirname(compiled), { recursive: true });
  await new Program(process.execPath, [asc, source, '-o', draft, ...ASC_OPTIONS]).lines;
  await rename(draft, compiled);
}

async function modified(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

export interface Shared {
  readonly a: SharedMemory;
  readonly b: SharedMemory;
  readonly c: SharedMemory;
}

/** Bytes that the kernel's memory has to have. */
export function memoryNeeded(sizes: readonly number[]): {
  readonly bytes: number;
  readonly fits: boolean;
} {
  const pages = 1 + sizes.reduce((sum, size) => sum + Math.ceil(size / PAGE), 0);
  return { bytes: pages * PAGE, fits: pages + 64 <= MOST_PAGES };
}

/** The kernel in WebAssembly, on the shared pages themselves. */
export async function wasmKernel(
  shared: Shared,
  {
    dtype,
    depth,
    columns,
    tile,
  }: {
    readonly dtype: Kind;
    readonly depth: number;
    readonly columns: number;
    readonly tile: number;
  },
): Promise<(tile: Tile) => void> {
  setFlagsFromString('--no-liftoff'); // Optimised from the first call on: no slow start to measure.
  const segments = [shared.a, shared.b, shared.c];
  const { bytes: needed } = memoryNeeded(segments.map(({ size }) => size));
  const itemSize = dtype === 'float64' ? 8 : 4;
  const scratchPages = Math.ceil(((2 * tile + 16) * 256 * itemSize + 256) / PAGE);
  const pages = needed / PAGE + scratchPages;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });

  let offset = PAGE; // What comes before is the module's.
  const pointers = segments.map((segment) => {
    const window = segment.mapInto(memory, offset);
    offset += Math.ceil(segment.size / PAGE) * PAGE;
    return window.byteOffset;
  });
  const [a = 0, b = 0, c = 0] = pointers;

  const module = new WebAssembly.Module(await readFile(compiled));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const multiply = dtype === 'float64' ? exports.tile64 : exports.tile32;
  return ({ row, column, rows, columns: width }) => {
    multiply(
      a + row * depth * itemSize,
      depth * itemSize,
      b + column * itemSize,
      columns * itemSize,
      c + (row * columns + column) * itemSize,
      columns * itemSize,
      rows,
      width,
      depth,
      offset,
    );
  };
}
