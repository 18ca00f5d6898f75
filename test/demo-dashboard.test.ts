// `npm run demo -- dashboard`: every sample is accounted for, and a collector that dies is noticed.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import * as path from 'node:path';
import { DemoStage } from './support/demo';
import { pythons } from './support/python';

let stage: DemoStage;
beforeEach(() => (stage = new DemoStage()));
afterEach(() => {
  stage[Symbol.dispose]();
});

interface Counts {
  readonly written: number;
  readonly read: number;
  readonly lost: number;
  readonly wrong: number;
}

interface Figures extends Counts {
  readonly accounted: boolean;
  readonly series: readonly (Counts & {
    readonly name: string;
    readonly language: string;
    readonly state: string;
    readonly statistics: { readonly [key: string]: number } | null;
  })[];
}

const python = pythons().at(-1);
if (python === undefined && process.env['CI']) throw new Error('no Python');
const withPython = ['--with', 'python', '--python', python?.command ?? ''];

/** Every sample of every collector was read as it was written, or is known to be lost. */
function expectAccounted(figures: Figures): void {
  expect(figures).toMatchObject({ accounted: true, wrong: 0 });
  for (const counts of [figures, ...figures.series]) {
    expect(counts.written).toBeGreaterThan(0);
    expect(counts.read + counts.lost).toBe(counts.written);
  }
}

test('8 collectors at 10,000 Hz: no sample is lost unnoticed, none is wrong', async () => {
  const figures = await stage.figures<Figures>(
    ...['dashboard', '--collectors', '8', '--hz', '10000', '--metrics', 'signal'],
    ...['--seconds', '3'],
  );
  expectAccounted(figures);
  expect(figures.series).toHaveLength(8);
  for (const { state, statistics } of figures.series) {
    expect(state).toBe('ended');
    expect(Object.keys(statistics ?? {})).toEqual(
      expect.arrayContaining(['mean', 'deviation', 'p50', 'p95', 'p99']),
    );
    for (const key of ['mean', 'p50', 'p95', 'p99']) {
      expect(statistics?.[key]).toBeGreaterThan(5);
      expect(statistics?.[key]).toBeLessThan(95);
    }
  }
});

test('what is overwritten before it is read is counted, and never shown', async () => {
  const figures = await stage.figures<Figures>(
    ...['dashboard', '--collectors', '2', '--hz', '10000', '--metrics', 'signal'],
    ...['--seconds', '3', '--slots', '2'],
  );
  expectAccounted(figures);
  expect(figures.lost).toBeGreaterThan(figures.read);
});

(python ? test : test.skip)('a collector in Python', async () => {
  const figures = await stage.figures<Figures>(
    ...['dashboard', '--collectors', '2', '--hz', '10000', '--seconds', '2', ...withPython],
  );
  expectAccounted(figures);
  expect(figures.series).toMatchObject([
    { name: 'signal 1', language: 'Python', state: 'ended' },
    { name: 'cpu 2', language: 'Node', state: 'ended' },
  ]);
});

test('the table has every metric', async () => {
  const stdout = await stage.output('dashboard', '--seconds', '2', '--hz', '100');
  for (const name of ['signal 1', 'cpu 2', 'memory 3', 'lateness 4'])
    expect(stdout).toMatch(
      new RegExp(`^  ${name} +ended +\\d+ +0( +[\\d,.-]+){5} +(V|%|MiB|ms)$`, 'm'),
    );
  expect(stdout).toMatch(/^✓ [\d,]+ samples written = [\d,]+ read \+ 0 overwritten before that$/m);
});

const languages: [language: string, args: readonly string[]][] = [['Node', []]];
if (python) languages.push(['Python', withPython]);

test.each(languages)(
  'a collector in %s that is killed is stale, the others go on',
  async (language, args) => {
    await using demo = stage.start(
      ['dashboard', '--metrics', 'signal', '--hz', '10000', '--seconds', '6'].concat(args),
    );
    let pid: number | undefined;
    while (pid === undefined) {
      const found = /signal 1: (\w+), process (\d+)/.exec(await demo.line());
      if (found?.[1] === language) pid = Number(found[2]);
    }
    process.kill(pid, 'SIGKILL');
    while (!/^ {2}stale +signal 1: nothing from process \d+ for /.test(await demo.line()));
    const exit = await demo.exit;
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    // A kill is an end with a code on Windows.
    expect(exit.stdout).toMatch(/^ {2}ended +signal 1: .* ended with (SIGKILL|exit code 1)$/m);
    expect(exit.stdout).toMatch(/^ {2}signal 1 +stale /m);
    for (const other of [2, 3, 4])
      expect(exit.stdout).toMatch(new RegExp(`^  signal ${other} +ended `, 'm'));
    expect(exit.stdout).toMatch(/^✓ /m);
    stage.expectNothingLeft(exit);
  },
);

test('collectors end when the demo is killed', async () => {
  await using demo = stage.start(['dashboard', '--seconds', '60']);
  const pids: number[] = [];
  while (pids.length < 4) {
    const found = /process (\d+)/.exec(await demo.line());
    if (found) pids.push(Number(found[1]));
  }
  demo.child.kill('SIGKILL');
  const exit = await demo.exit;
  while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 20));
  const cli = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
  await using gc = stage.startProgram(process.execPath, [cli, 'gc']);
  await gc.exit;
  stage.expectNothingLeft(exit);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each([['SIGINT'], ['SIGTERM']] as const)('%s in the middle leaves nothing', async (signal) => {
  await stage.expectGoneAfter(signal, ['dashboard'], /collector +lateness 4/);
});

test.each([
  [['--hz', '9'], /--hz 9: not a whole number from 10 to 10000/],
  [['--hz', '10001'], /--hz 10001: not a whole number/],
  [['--metrics', 'signal,x'], /--metrics x: not one of signal, cpu, memory, lateness/],
  [['--window', '61'], /--window 61: /],
  [['--web', '--json'], /--web and --json: one of them/],
  [['--with', 'perl'], /--with perl: only python/],
])('%j is refused', async (args, line) => {
  await stage.expectRefused(['dashboard', ...args], line);
});

test('a port that is taken is refused', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = String((other.address() as AddressInfo).port);
  try {
    await stage.expectRefused(
      ['dashboard', '--web', '--port', port],
      new RegExp(`^demo: --port ${port}: listen EADDRINUSE`),
    );
  } finally {
    other.close();
  }
});
