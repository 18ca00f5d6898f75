import { availableParallelism } from 'node:os';
import { Lock, Semaphore, SharedArray } from 'named-shm';
import { spanChart } from '../support/chart';
import { DemoError } from '../support/demo-error';
import { integer, oneOf, parseOptions, userPath } from '../support/options';
import { type Bar, withProgress } from '../support/progress';
import { type Program, startNode } from '../support/programs';
import { findPython, type Python, pythonFor, startPython } from '../support/python';
import { formatCount, formatTime, row, styled } from '../support/report';
import { table } from '../support/table';
import { writePicture } from '../support/write';
import { type Job, type Kernel, KERNELS, type Kind, type Matrix } from './job';
import { balance, randomSparse, readMatrixMarket, type Sparse } from './sparse';
import { cutTiles, type Partition, PARTITIONS, type Tile } from './tiles';
import { compileKernel, memoryNeeded } from './wasm';

const USAGE = `Usage: npm run demo -- matmul [options]

C = A·B, by several processes that share the matrices.

  --size N             rows and columns of all three (default: 1000)
  --rows, --depth, --columns N   C has rows × columns, A rows × depth, B depth × columns
  --dtype KIND         float64 (default) or float32
  --kernel KIND        wasm: SIMD on the shared pages (default, not on Windows); typescript: blocked loops
  --processes N        how many workers (default: one for each CPU)
  --partition HOW      dynamic (default: who is free takes a tile), rows, columns, blocks
  --tile N             rows and columns of a tile (default: 128)
  --density D          a sparse A, of which this part, 0 to 1, is not zero
  --matrix FILE        a sparse A from a Matrix Market file
  --with python        as many NumPy workers take tiles, too
  --python COMMAND     the Python to use
  --picture FILE       an SVG of who computed what, and when
  --json               the figures as JSON`;

/** What sums of many products may differ by: the order of additions is not the same. */
const TOLERANCE = { float64: 1e-12, float32: 1e-4 } as const;

interface Plan {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly dtype: Kind;
  readonly kernel: Kernel;
  readonly partition: Partition;
  readonly tile: number;
  readonly sparse: Sparse | undefined;
}

/** The matrices, shared; and what a worker has to know of them. */
interface Memory {
  readonly b: SharedArray<Kind>;
  readonly c: SharedArray<Kind>;
  readonly a: Job['a'];
  readonly nonZeros: number;
}

interface Run {
  readonly label: string;
  readonly milliseconds: number;
  readonly processes: number;
  readonly log: readonly {
    readonly who: number;
    readonly begin: number;
    readonly end: number;
    readonly tile: Tile;
  }[];
  readonly names: readonly string[];
}

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const options = parseOptions(
    args,
    {
      size: word,
      rows: word,
      depth: word,
      columns: word,
      dtype: word,
      kernel: word,
      processes: word,
      partition: word,
      tile: word,
      density: word,
      matrix: word,
      with: word,
      python: word,
      picture: word,
      json: { type: 'boolean' },
    },
    USAGE,
  );
  if (options === undefined) return 0;

  const size = integer('size', options.size, { byDefault: 1000, max: 20_000 });
  const length = (name: 'rows' | 'depth' | 'columns'): number =>
    integer(name, options[name], { byDefault: size, max: 100_000 });
  const sparse = await sparseOf(options, length('rows'), length('depth'));
  const plan: Plan = {
    rows: sparse?.rows ?? length('rows'),
    depth: sparse?.columns ?? length('depth'),
    columns: length('columns'),
    dtype: oneOf('dtype', options.dtype, ['float64', 'float32']),
    kernel: oneOf('kernel', options.kernel, KERNELS),
    partition: oneOf('partition', options.partition, sparse ? ['rows', 'dynamic'] : PARTITIONS),
    tile: integer('tile', options.tile, { byDefault: 128, min: 4, max: 1024 }),
    sparse,
  };
  const processes = integer('processes', options.processes, {
    byDefault: availableParallelism(),
    max: 64,
  });
  if (options.with !== undefined && (plan.partition !== 'dynamic' || sparse))
    throw new DemoError('--with python needs a dense A and --partition dynamic', 2);
  const python = await pythonFor(options);
  const itemSize = plan.dtype === 'float64' ? 8 : 4;
  const bytes = [plan.rows * plan.depth, plan.depth * plan.columns, plan.rows * plan.columns].map(
    (n) => n * itemSize,
  );
  if (plan.kernel === 'wasm' && sparse === undefined) {
    if (!memoryNeeded(bytes).fits)
      throw new DemoError(
        'more than the 4 GiB of a WebAssembly memory: use --kernel typescript',
        2,
      );
    await compileKernel();
  }

  const silent = options.json === true;
  if (!silent) {
    const a = sparse ? `sparse, ${formatCount(sparse.values.length)} elements` : plan.dtype;
    console.log(
      styled(
        'bold',
        `C = A·B, ${plan.rows} × ${plan.depth} times ${plan.depth} × ${plan.columns}, A ${a}`,
      ),
    );
  }
  using b = SharedArray.create(plan.dtype, [plan.depth, plan.columns]);
  using c = SharedArray.create(plan.dtype, [plan.rows, plan.columns]);
  const random = randomNumbers(1);
  fill(b.data, random);
  using parts = new DisposableParts();
  const memory: Memory = { b, c, ...shareA(plan, random, parts) };

  const serial = await multiply('one process', plan, memory, 1, undefined, silent);
  const expected = c.data.slice();
  c.data.fill(NaN);
  const parallel = await multiply(plan.partition, plan, memory, processes, python, silent);
  const error = relativeError(c.data, expected);
  const numpy = sparse
    ? undefined
    : await numpyOnce(plan, memory, python ?? (await findPython()).python);

  const flops = 2 * plan.columns * (sparse ? sparse.values.length : plan.rows * plan.depth);
  const figures = figuresOf([serial, parallel], flops, numpy);
  const right =
    error <= TOLERANCE[plan.dtype] && (numpy === undefined || numpy.error <= TOLERANCE[plan.dtype]);
  const { rows, depth, columns, dtype, kernel, partition, tile } = plan;
  if (silent) {
    console.log(
      JSON.stringify(
        {
          rows,
          depth,
          columns,
          dtype,
          kernel: sparse ? 'sparse' : kernel,
          partition,
          tile,
          nonZeros: sparse?.values.length,
          runs: figures,
          relativeError: error,
          right,
        },
        null,
        2,
      ),
    );
  } else {
    for (const line of table([
      ['', 'processes', 'time', 'GFLOP/s', 'speed-up', 'efficiency'],
      ...figures.map((f) => [
        f.label,
        String(f.processes),
        formatTime(f.milliseconds),
        f.gflops.toFixed(2),
        f.speedUp.toFixed(2),
        `${(100 * f.efficiency).toFixed(0)} %`,
      ]),
    ]))
      console.log(line);
    row(
      'tiles',
      parallel.names
        .map((name, who) => `${name}: ${parallel.log.filter((entry) => entry.who === who).length}`)
        .join(', '),
    );
    const others = numpy ? `, NumPy's by ${numpy.error.toExponential(1)}` : '';
    const mark = right ? styled('green', '✓') : styled('red', '✗');
    console.log(
      `${mark} the result differs from one process's by ${error.toExponential(1)}${others}, relative to its largest element`,
    );
  }
  if (options.picture !== undefined)
    await writePicture(options.picture, pictureOf(plan, parallel), silent);
  return right ? 0 : 1;
}

async function sparseOf(
  options: { readonly density?: string; readonly matrix?: string },
  rows: number,
  depth: number,
): Promise<Sparse | undefined> {
  if (options.matrix !== undefined) return readMatrixMarket(userPath(options.matrix));
  if (options.density === undefined) return undefined;
  const density = Number(options.density);
  if (!(density >= 0 && density <= 1))
    throw new DemoError(`--density ${options.density}: not from 0 to 1`, 2);
  return randomSparse(rows, depth, density, randomNumbers(2));
}

/** The same numbers in each run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fill(data: Matrix, random: () => number): void {
  for (let i = 0; i < data.length; i += 1) data[i] = 2 * random() - 1;
}

/** Goes with what was put into it. */
class DisposableParts {
  readonly #parts: Disposable[] = [];

  keep<T extends Disposable>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  [Symbol.dispose](): void {
    for (const part of this.#parts) part[Symbol.dispose]();
  }
}

function shareA(
  { rows, depth, dtype, sparse }: Plan,
  random: () => number,
  parts: DisposableParts,
): Pick<Memory, 'a' | 'nonZeros'> {
  if (sparse === undefined) {
    const a = parts.keep(SharedArray.create(dtype, [rows, depth]));
    fill(a.data, random);
    return { a: a.name, nonZeros: rows * depth };
  }
  const nonZeros = sparse.values.length;
  const share = (kind: 'int32' | Kind, from: Int32Array | Float64Array): string => {
    const array = parts.keep(SharedArray.create(kind, [from.length || 1]));
    array.data.set(from);
    return array.name;
  };
  return {
    a: {
      starts: share('int32', sparse.starts),
      columns: share('int32', sparse.indices),
      values: share(dtype, sparse.values),
    },
    nonZeros,
  };
}

async function multiply(
  label: string,
  plan: Plan,
  memory: Memory,
  processes: number,
  python: Python | undefined,
  silent: boolean,
): Promise<Run> {
  const { sparse, ...shape } = plan;
  const workers = python ? 2 * processes : processes;
  const bands = sparse && plan.partition === 'rows' ? balance(sparse, workers) : undefined;
  const tiles = cutTiles({ ...shape, workers, ...(bands && { bands }) });
  using state = SharedArray.create('int32', [1 + workers]);
  using log = SharedArray.create('float64', [tiles.length, 3]);
  using go = Semaphore.create({ value: 0 });
  using lock = python && Lock.create();

  const names = Array.from({ length: workers }, (_, i) =>
    i < processes ? `Node ${i + 1}` : `Python ${i - processes + 1}`,
  );
  const programs = names.map((_, worker): Program => {
    const job: Job = {
      ...shape,
      a: memory.a,
      nonZeros: memory.nonZeros,
      b: memory.b.name,
      c: memory.c.name,
      bands,
      worker,
      workers,
      state: state.name,
      log: log.name,
      go: go.name,
      lock: lock?.name ?? null,
    };
    const args = [JSON.stringify(job)];
    const deadlineMs = 600_000;
    if (worker < processes || python === undefined)
      return startNode('matmul/worker', args, { deadlineMs });
    return startPython(python, 'matmul/worker', args, {
      deadlineMs,
      env: { OPENBLAS_NUM_THREADS: '1' },
    });
  });
  await Promise.all(programs.map((program) => program.firstLine));
  for (let i = 0; i < workers; i += 1) go.release();
  const tilesBy = (worker: number): number => state.data[1 + worker] as number;
  const bars: Bar[] = names.map((name, worker) => ({
    title: name,
    total: tiles.filter(({ owner }) => owner === worker || owner === -1).length,
    done: () => tilesBy(worker),
  }));
  const total = {
    title: label,
    total: tiles.length,
    done: () => sum(names.map((_, i) => tilesBy(i))),
  };
  const all = Promise.all(programs.map((program) => program.lines));
  await (silent ? all : withProgress([total, ...bars], all));

  const entries = tiles.map((tile, i) => {
    const [who = 0, begin = 0, end = 0] = log.row(i);
    return { who, begin, end, tile };
  });
  const first = Math.min(...entries.map(({ begin }) => begin));
  const last = Math.max(...entries.map(({ end }) => end));
  return {
    label,
    processes: workers,
    names,
    milliseconds: last - first,
    log: entries.map((entry) => ({ ...entry, begin: entry.begin - first, end: entry.end - first })),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

/** The largest difference, relative to the largest element: an element may be next to nothing. */
function relativeError(found: Matrix, expected: Matrix): number {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const value = expected[i] as number;
    largest = Math.max(largest, Math.abs(value));
    const off = Math.abs((found[i] as number) - value);
    if (!(off <= difference)) difference = off; // NaN, too
  }
  return largest === 0 ? difference : difference / largest;
}

interface NumPyRun {
  readonly milliseconds: number;
  readonly error: number;
}

async function numpyOnce(
  { dtype, rows, depth, columns }: Plan,
  { a, b, c }: Memory,
  python: Python | undefined,
): Promise<NumPyRun | undefined> {
  if (python === undefined || typeof a !== 'string') return undefined;
  const args = [a, b.name, c.name, dtype, ...[rows, depth, columns].map(String)];
  const program = startPython(python, 'matmul/numpy_once', args, {
    env: { OPENBLAS_NUM_THREADS: '1' },
  });
  const lines = await program.lines.catch((error: unknown) => {
    if (String(error).includes("No module named 'numpy'")) return undefined;
    throw error;
  });
  return lines && { milliseconds: Number(lines[0]), error: Number(lines[1]) };
}

interface Figure {
  readonly label: string;
  readonly processes: number;
  readonly milliseconds: number;
  readonly gflops: number;
  /** Over one process with the same kernel. */
  readonly speedUp: number;
  readonly efficiency: number;
}

function figuresOf(runs: readonly Run[], flops: number, numpy: NumPyRun | undefined): Figure[] {
  const serial = runs[0]?.milliseconds ?? 1;
  const all = [...runs, ...(numpy ? [{ ...numpy, label: 'NumPy, one thread', processes: 1 }] : [])];
  return all.map(({ label, processes, milliseconds }) => {
    const speedUp = serial / milliseconds;
    return {
      label,
      processes,
      milliseconds,
      gflops: flops / milliseconds / 1e6,
      speedUp,
      efficiency: speedUp / processes,
    };
  });
}

function pictureOf({ rows, columns, partition }: Plan, { log, names }: Run): string {
  return spanChart({
    title: `${rows} × ${columns} by ${names.length} processes: who computed what, and when (${partition})`,
    field: log.map(({ who, tile }) => ({
      who,
      row: tile.row / rows,
      column: tile.column / columns,
      height: tile.rows / rows,
      width: tile.columns / columns,
    })),
    spans: log,
    names,
  });
}
