// `npm run bench`: all of it runs and says what it should, whatever the figures are here and now.
import * as path from 'node:path';
import { OwnJournals } from './support/own-journals';
import { type Exit, run } from './support/programs';
import { systemNames } from './support/system-names';

const main = path.join(__dirname, '..', 'out', 'bench', 'main.js');
const DEADLINE_MS = 300_000;

/** A result as `--json` prints it. */
interface Result {
  readonly row: string;
  readonly title: string;
  readonly yardstick: string;
  readonly oursNs: number;
  readonly yardstickNs: number;
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly reach?: { readonly atMost?: number; readonly atLeast?: number };
  readonly met?: boolean;
}

interface Report {
  readonly machine: Record<string, string | number>;
  readonly effort: { readonly rounds: number };
  readonly results: readonly Result[];
}

let journals: OwnJournals;

beforeEach(() => {
  journals = new OwnJournals();
});
afterEach(() => {
  journals[Symbol.dispose]();
});

function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Exit> {
  const options = { env: { ...journals.env, ...env }, deadlineMs: DEADLINE_MS };
  return run(process.execPath, [main, ...args], options);
}

/** Names that only the benchmark's programs give, and CPython's random ones. */
function benchNames(): string[] {
  return systemNames().filter((name) => /^(nshm_bench_|psm_)/.test(name));
}

test(
  'every row of the table has its yardsticks, measured in the same rounds',
  async () => {
    const { code, stdout, stderr } = await bench(['--quick', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { machine, effort, results } = JSON.parse(stdout) as Report;

    expect(Object.keys(machine)).toEqual(['cpu', 'cores', 'system', 'node', 'python', 'compiler']);
    expect(Object.values(machine)).not.toContain(null);
    expect([...new Set(results.map(({ row }) => row))]).toEqual([
      'segment',
      'elements',
      'copy',
      'list',
      'lock',
      'round-trip',
      'await',
      'handover',
    ]);
    for (const result of results) {
      for (const figure of [result.oursNs, result.yardstickNs, result.ratio, ...result.ratios])
        expect(figure).toBeGreaterThan(0);
      expect(result.ratios).toHaveLength(effort.rounds);
      expect(typeof result.met).toBe(result.reach ? 'boolean' : 'undefined');
    }
    const lines = new Set(results.map(({ title }) => title));
    const withReach = new Set(results.filter(({ reach }) => reach).map(({ title }) => title));
    expect(withReach).toEqual(lines);
  },
  DEADLINE_MS,
);

test(
  'the table says what was measured where, and nothing is left behind',
  async () => {
    const before = benchNames();
    const { code, stdout, stderr } = await bench(['--quick', '--only', 'segment']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Node ${process.versions.node}`);
    expect(stdout).toMatch(/^row +ours +yardstick +ratio +reach +met$/m);
    expect(stdout).toMatch(
      /^attach\+close 4 KiB +[\d.]+ [nµm]s +[\d.]+ [nµm]s +the same system calls in C +[\d.]+ +≤ 1\.5 +(yes|NO)$/m,
    );
    expect(benchNames().filter((name) => !before.includes(name))).toEqual([]);
    expect(journals.files()).toEqual([]);
  },
  DEADLINE_MS,
);

test('without a compiler it says what to install', async () => {
  const { code, stdout, stderr } = await bench(['--quick'], { CC: '/nonexistent/cc' });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^no C compiler \("\/nonexistent\/cc"\).*apt-get install gcc.*\n$/);
});

test(
  'without Python the lines against it are left out, and that is said',
  async () => {
    const { code, stdout, stderr } = await bench(['--quick', '--only', 'list'], {
      PYTHON: '/nonexistent/python3',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('no Python');
    expect(stdout).toContain('what is measured against CPython is left out');
    expect(stdout).not.toContain('ShareableList');
  },
  DEADLINE_MS,
);

test('a row that there is not is an error that names those there are', async () => {
  const { code, stderr } = await bench(['--only', 'nothing']);
  expect(code).toBe(1);
  expect(stderr).toContain('no row "nothing"');
  expect(stderr).toContain('segment, elements, copy, list');
});
