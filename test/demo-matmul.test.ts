// `npm run demo -- matmul`: the product is right, whoever computes which part of it.
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { DEMOS, DemoStage } from './support/demo';
import { pythons } from './support/python';

let stage: DemoStage;
beforeEach(() => (stage = new DemoStage()));
afterEach(() => {
  stage[Symbol.dispose]();
});

interface Figures {
  readonly rows: number;
  readonly depth: number;
  readonly nonZeros?: number;
  readonly relativeError: number;
  readonly right: boolean;
  readonly runs: readonly {
    readonly label: string;
    readonly processes: number;
    readonly gflops: number;
  }[];
}

// NumPy's result is compared with, too, where it is installed.
test.each([
  ['wasm', 'dynamic', 'float64', 2],
  ['wasm', 'blocks', 'float32', 6],
  ['typescript', 'rows', 'float32', 3],
  ['typescript', 'columns', 'float64', 2],
])('%s, %s, %s, %d processes, not square', async (kernel, partition, dtype, processes) => {
  const shape = ['--rows', '203', '--depth', '301', '--columns', '157', '--tile', '64'];
  const how = ['--kernel', kernel, '--partition', partition, '--dtype', dtype];
  const { right, relativeError, runs } = await stage.figures<Figures>(
    ...['matmul', ...shape, ...how, '--processes', String(processes)],
  );
  expect(right).toBe(true);
  expect(relativeError).toBeLessThan(dtype === 'float64' ? 1e-12 : 1e-4);
  expect(runs.slice(0, 2).map((run) => run.processes)).toEqual([1, processes]);
  for (const { gflops } of runs) expect(gflops).toBeGreaterThan(0);
});

const python = pythons().find(({ hasNumPy }) => hasNumPy);
if (python === undefined && process.env['CI'] && process.platform !== 'win32')
  throw new Error('no Python with NumPy');
(python ? test : test.skip)('NumPy workers take tiles from the same counter', async () => {
  const args = ['--size', '500', '--tile', '32', '--processes', '1', '--with', 'python'];
  const stdout = await stage.output('matmul', ...args, '--python', python?.command ?? '');
  const [, node, numpy] = /^ {2}tiles +Node 1: (\d+), Python 1: (\d+)$/m.exec(stdout) ?? [];
  expect(Number(node) + Number(numpy)).toBe(256);
  expect(stdout).toMatch(/^✓ the result differs .*, NumPy's by /m);
});

test('a sparse A: of random density, or from a Matrix Market file', async () => {
  const random = await stage.figures<Figures>(
    ...['matmul', '--rows', '300', '--depth', '200', '--columns', '50', '--density', '0.05'],
  );
  expect(random.right).toBe(true);
  expect(random.nonZeros).toBeGreaterThan(2000);
  expect(random.nonZeros).toBeLessThan(4000);

  const file = path.join(stage.folder, 'a.mtx');
  writeFileSync(
    file,
    '%%MatrixMarket matrix coordinate real symmetric\n% a comment\n3 3 3\n1 1 2.5\n3 1 -1\n3 2 4\n',
  );
  const read = await stage.figures<Figures>(
    'matmul',
    '--matrix',
    file,
    '--columns',
    '4',
    '--processes',
    '2',
  );
  expect(read).toMatchObject({ rows: 3, depth: 3, nonZeros: 5, right: true });
});

test('draws who computed what, and when', async () => {
  const file = path.join(stage.folder, 'who.svg');
  await stage.output(
    'matmul',
    '--size',
    '128',
    '--tile',
    '32',
    '--processes',
    '2',
    '--picture',
    file,
  );
  const svg = readFileSync(file, 'utf8');
  expect(svg).toMatch(/^<svg /);
  expect(svg.match(/<rect /g)).toHaveLength(1 + 2 * 16);
  for (const text of ['Node 1', 'Node 2', 'time in ms', 'rows of C', 'columns of C'])
    expect(svg).toContain(text);
});

test.each([
  [['--size', '0'], /--size 0: not a whole number from 1/],
  [['--kernel', 'x'], /--kernel x: not one of (wasm, typescript|typescript, wasm)/],
  [['--density', '2'], /--density 2: not from 0 to 1/],
  [['--matrix', '/nowhere'], /can't read the matrix: ENOENT/],
  [['--with', 'python', '--partition', 'rows'], /--with python needs/],
  [
    ['--kernel', 'wasm', '--columns', '100000', '--rows', '100000', '--depth', '1'],
    /more than the 4 GiB/,
  ],
])('%j is refused', async (args, line) => {
  await stage.expectRefused(['matmul', ...args], line);
});

test('on a terminal each worker has a bar', async () => {
  const demo = `node '${DEMOS}' matmul --size 900 --processes 2 --kernel typescript`;
  await using terminal = stage.startProgram('script', ['-qec', demo, '/dev/null']);
  const { code, stdout } = await terminal.exit;
  for (const bar of ['dynamic', 'Node 1', 'Node 2'])
    expect(stdout).toMatch(new RegExp(`${bar} +\\[[░█]+\\] \\d+ of 64`));
  expect(code).toBe(0);
});

test('Ctrl-C in the middle leaves nothing', async () => {
  await stage.expectGoneAfter(
    'SIGINT',
    ['matmul', '--size', '1500', '--kernel', 'typescript'],
    /^C = A/,
  );
});
