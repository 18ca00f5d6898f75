// `npm run demo`: what it shows is so, and nothing is left of it, however it ends.
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import { DEMOS, DemoStage } from './support/demo';
import { type Exit, type ProgramOptions } from './support/programs';
import { pythons } from './support/python';

const root = path.join(__dirname, '..');
const STEPS = 5;
const ESCAPE = '\u001b';

let stage: DemoStage;
let folder: string;

beforeEach(() => {
  stage = new DemoStage();
  folder = stage.folder;
  chmodSync(folder, 0o755); // for the user that a test runs the tour as
});
afterEach(() => {
  stage[Symbol.dispose]();
});

async function runTour(args: readonly string[], options?: ProgramOptions): Promise<Exit> {
  await using tour = stage.start(args, options);
  const exit = await tour.exit;
  stage.expectNothingLeft(exit);
  return exit;
}

function file(name: string, content: string | Uint8Array): string {
  const made = path.join(folder, name);
  writeFileSync(made, content);
  return made;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What the lines with this label say. */
function rows(stdout: string, label: string): string[] {
  const begin = `  ${label.padEnd(10)}`;
  const lines = stdout.split('\n').filter((line) => line.startsWith(begin));
  return lines.map((line) => line.slice(begin.length));
}

/** The hashes that the rows with this label show, which is the first half of each. */
function hashes(stdout: string, label: string): string[] {
  return rows(stdout, label).flatMap((text) => /^sha256 ([0-9a-f]{32})…$/.exec(text)?.[1] ?? []);
}

function expectAllHeld({ code, stdout, stderr }: Exit): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain('✗');
  expect(stdout.match(/^✓ .+ [\d.]+ m?s$/gm)).toHaveLength(STEPS);
  expect(stdout).toMatch(
    new RegExp(`^All ${STEPS} steps did what they should, in [\\d.]+ m?s\\.$`, 'm'),
  );
  expect(rows(stdout, 'counter')).toEqual(['= 0', '= 4000']);
  expect(rows(stdout, 'left')).toEqual(['nothing']);
}

/** Each program's list as it found it, the last one's as it came back. */
function expectListOfNodeAlone(stdout: string): void {
  expect(rows(stdout, 'tour').filter((row) => row.includes('Hello'))).toEqual([
    "[ 42, 3.14, 'Hello! 🎉', <Buffer 00 ff>, null, true ]",
    "[ 43, 3.14, 'Hello! 🎉', <Buffer 00 ff>, null, false ]",
  ]);
}

function expectBothLanguages(stdout: string, version: string): void {
  expect(stdout).toContain(`, Python ${version}\n`);
  expect(rows(stdout, 'Node')).toContain("[ 42, 3.14, 'Hello! 🎉', <Buffer 00 ff>, null, false ]");
  expect(rows(stdout, 'Python')).toContain(
    String.raw`[43, 3.14, 'Hello! 🎉', b'\x00\xff', None, False]`,
  );
  expect(rows(stdout, 'tour')).toContain("[ 43, 3.14, 'Hello! 🐍', <Buffer 00 ff>, null, false ]");
  for (const label of ['Node', 'Python'])
    expect(rows(stdout, label).filter((row) => row === '+ 1000')).toHaveLength(2);
  expect(rows(stdout, 'tour')).toContain('[[-0.5,1.5,2.5],[10.5,11.5,-12.5]]');
}

describe('the tour', () => {
  test('runs as it is, on a file of the package', async () => {
    const exit = await runTour([]);
    expectAllHeld(exit);
    const hash = sha256(readFileSync(path.join(root, 'package-lock.json'))).slice(0, 32);
    expect(exit.stdout).toContain('with package-lock.json in ');
    expect(hashes(exit.stdout, 'file')).toEqual([hash]);
    expect(hashes(exit.stdout, 'Node')).toEqual([hash]);
    expect(exit.stdout).not.toContain(ESCAPE); // No colours where it is not a terminal.
  });

  for (const { command, version, hasNumPy } of pythons()) {
    test(`meets Python ${version} (${command})`, async () => {
      const picture = randomBytes(3_000_001);
      const exit = await runTour(['--file', file('picture', picture), '--python', command]);
      expectAllHeld(exit);
      expectBothLanguages(exit.stdout, version);
      expect(hashes(exit.stdout, 'Python')).toEqual([sha256(picture).slice(0, 32)]);
      const seen = hasNumPy ? /^NumPy [\d.]+/ : /^memoryview, as there is no NumPy/;
      const shape = / *: float64, shape \(2, 3\)$/;
      expect(rows(exit.stdout, 'Python')).toContainEqual(
        expect.stringMatching(new RegExp(seen.source + shape.source)),
      );
      expect(readdirSync(path.join(root, 'examples', 'tour'))).not.toContain('__pycache__');
    });
  }

  test('takes a large binary file, and a name with spaces and an accent', async () => {
    const content = randomBytes(48 * 1024 * 1024 + 7);
    const exit = await runTour(['tour', `--file=${file('grand  été.bin', content)}`]);
    expectAllHeld(exit);
    expect(exit.stdout).toContain('50,331,655 bytes');
    for (const label of ['file', 'Node'])
      expect(hashes(exit.stdout, label)).toEqual([sha256(content).slice(0, 32)]);
  });

  test('takes a file of one byte', async () => {
    expectAllHeld(await runTour(['--file', file('byte', 'x')]));
  });

  test('finds a relative path from where npm was called', async () => {
    file('here.txt', 'here');
    const env = { npm_lifecycle_event: 'demo', INIT_CWD: folder };
    const exit = await runTour(['--file', 'here.txt'], { env });
    expectAllHeld(exit);
    expect(hashes(exit.stdout, 'Node')).toEqual([sha256('here').slice(0, 32)]);
  });

  test('says that there is no Python, and shows the rest with Node alone', async () => {
    const exit = await runTour([], { env: { PATH: folder } });
    expectAllHeld(exit);
    expect(exit.stdout).toContain('no Python found: its parts are left out\n');
    expect(exit.stdout).toContain('With Python 3.8 or later installed, both languages take part.');
    expect(rows(exit.stdout, 'Python')).toEqual([]);
    expect(rows(exit.stdout, 'Node').filter((row) => row === '+ 1000')).toHaveLength(4);
    expectListOfNodeAlone(exit.stdout);
    expect(rows(exit.stdout, 'tour')).toContain('[[0.5,1.5,2.5],[10.5,11.5,-12.5]]');
  });

  test('says that Python is too old', async () => {
    fakePython('echo 3.7.16; echo "$0"');
    const exit = await runTour([], { env: { PATH: folder } });
    expectAllHeld(exit);
    expect(exit.stdout).toContain('Python 3.7.16 is older than 3.8: its parts are left out\n');
  });

  const [python] = pythons();
  if (python !== undefined) {
    test('does without a NumPy that does not load', async () => {
      mkdirSync(path.join(folder, 'numpy'));
      file('numpy/__init__.py', 'raise ImportError("broken")');
      const env = { PYTHONPATH: folder };
      const exit = await runTour(['--python', python.command], { env });
      expectAllHeld(exit);
      expectBothLanguages(exit.stdout, python.version);
      expect(rows(exit.stdout, 'Python')).toContain(
        'memoryview, as there is no NumPy: float64, shape (2, 3)',
      );
    });

    test('has colours on a terminal, unless NO_COLOR is set', async () => {
      const onTerminal = async (env: NodeJS.ProcessEnv): Promise<string> => {
        const spawn = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
        const args = ['-c', spawn, process.execPath, DEMOS];
        const options = { env: { CI: undefined, TERM: 'xterm', PATH: folder, ...env } };
        await using terminal = stage.startProgram(python.command, args, options);
        const { code, stdout } = await terminal.exit;
        expect(code).toBe(0);
        return stdout;
      };
      const coloured = await onTerminal({});
      expect(coloured.split(`${ESCAPE}[32m✓${ESCAPE}[39m`)).toHaveLength(STEPS + 1);
      expect(await onTerminal({ NO_COLOR: '1' })).not.toContain(ESCAPE);
    });
  }
});

/** A "python3" for the tour to find: a shell script that answers what it is asked for its version. */
function fakePython(version: string, program = 'exit 0'): string {
  const script = `#!/bin/sh\ncase "$1" in -c) ${version} ;; *) ${program} ;; esac\n`;
  const made = file('python3', script);
  chmodSync(made, 0o755);
  return made;
}

describe('it fails, loudly, where', () => {
  const version = 'echo 3.12.0; echo "$0"';

  test('what a program says is wrong', async () => {
    const { code, stdout } = await runTour(['--python', fakePython(version, 'echo 0000')]);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ what Python hashed is wrong');
    expect(stdout).toContain('✗ what Python saw and did is wrong');
    expect(stdout).toContain('✗ the count is wrong');
    expect(stdout).toContain('  expected  4000\n  but it is 2000\n');
    expect(stdout).toContain("✗ Python's type and shape is wrong");
    expect(stdout.match(/^✓ /gm)).toHaveLength(1); // Nothing is left.
    expect(stdout).toMatch(/^4 of 5 steps FAILED, in [\d.]+ m?s\.$/m);
  });

  test('a program fails: its own words are shown', async () => {
    const program = fakePython(version, 'echo "no such luck" >&2; exit 3');
    const { code, stdout } = await runTour(['--python', program]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ hash\.py ended with exit code 3 .*\n {2}no such luck$/m);
    expect(stdout).toMatch(/^✗ count\.py ended with exit code 3 /m);
    expect(stdout).toContain('4 of 5 steps FAILED');
  });

  test('a program takes the segment away', async () => {
    const program = 'rm "/dev/shm/$2"; sha256sum "$FILE" | cut -c -64';
    const options = { env: { FILE: DEMOS } };
    const { code, stdout } = await runTour(
      ['--python', fakePython(version, program), '--file', DEMOS],
      options,
    );
    expect(code).toBe(1);
    // Which of the two depends on whether the Node program was there before it went.
    const gone = /^✗ (ENOENT: no such shared memory segment|hash\.js ended with exit code 1)/;
    expect(stdout.split('\n').find((line) => line.startsWith('✗'))).toMatch(gone);
  });
});

describe('one line and an exit code tell', () => {
  async function expectRefused(
    args: readonly string[],
    exit: { readonly code: number; readonly stderr: RegExp },
    options?: ProgramOptions,
  ): Promise<void> {
    const { code, stderr } = await runTour(args, options);
    expect(stderr).toMatch(exit.stderr);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(exit.code);
  }

  test('that there is no such file', async () => {
    await expectRefused(['--file', path.join(folder, 'none')], {
      code: 2,
      stderr: /^demo: can't use the file: ENOENT: no such file or directory, .*none'$/m,
    });
  });

  test('that the file is empty', async () => {
    const stderr = /^demo: can't use .*empty\.txt: it is empty$/m;
    await expectRefused(['--file', file('empty.txt', '')], { code: 2, stderr });
  });

  test('that it is a folder', async () => {
    const stderr = /^demo: can't use .*: it is not a regular file$/m;
    await expectRefused(['--file', folder], { code: 2, stderr });
  });

  test('that it may not be read', async () => {
    const secret = file('secret', 'secret');
    chmodSync(secret, 0);
    const uid = process.getuid?.() === 0 ? 65534 : undefined; // Root may read everything.
    const stderr = /^demo: can't use the file: EACCES: permission denied, .*secret'$/m;
    await expectRefused(['--file', secret], { code: 2, stderr }, { uid });
  });

  test('that it is larger than shared memory', async () => {
    const { blocks, bsize } = statfsSync('/dev/shm');
    const large = file('large', '');
    truncateSync(large, blocks * bsize + 1);
    const stderr =
      /^demo: can't share .*large: ENOSPC: not enough shared memory for .* are free\..*$/m;
    await expectRefused(['--file', large], { code: 1, stderr });
  });

  test.each([
    [['nonsense'], /^demo: there is no demo 'nonsense'/],
    [['--nonsense'], /^demo: Unknown option '--nonsense'/],
    [['tour', 'extra'], /^demo: Unexpected argument 'extra'/],
    [['--file'], /^demo: Option '--file <value>' argument missing/],
    [['--python', '/nowhere/python3'], /^demo: --python \/nowhere\/python3: /],
  ])('that %j is no way to call it', async (args, stderr) => {
    await expectRefused(args, { code: 2, stderr });
  });
});

test('--list names the demos, --help tells how to call them', async () => {
  const list = await runTour(['--list']);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(/^ {2}tour +\S/m);
  expect((await runTour(['--help'])).stdout).toContain(list.stdout.trimEnd());
  expect((await runTour(['tour', '--help'])).stdout).toContain('--file PATH');
});

describe('a signal in the middle leaves nothing behind:', () => {
  const LARGE = 256 * 1024 * 1024; // Neither read nor hashed before the signal is there.

  test.each([
    ['SIGINT', 'the file is about to be read', LARGE, /^ {2}segment .* bytes$/],
    ['SIGINT', 'programs hash it', LARGE, /^ {2}filled /],
    ['SIGINT', 'the list goes round', 1, /^ {2}tour .*true \]$/],
    ['SIGINT', 'four programs wait for the lock', 1, /^ {2}counter +=/],
    ['SIGTERM', 'four programs wait for the lock', 1, /^ {2}counter +=/],
    ['SIGHUP', 'the matrix goes round', 1, /, float64, 2 rows of 3$/],
  ] as const)('%s, %s', async (signal, _, size, moment) => {
    const shared = file('shared', '');
    truncateSync(shared, size);
    await using tour = stage.start(['--file', shared]);
    while (!moment.test(await tour.line()));
    expect(stage.journals()).toHaveLength(1);
    tour.child.kill(signal);
    const exit = await tour.exit;
    expect(exit).toMatchObject({ code: null, signal, stderr: '' });
    expect(exit.stdout).not.toMatch(/✗|All 5 steps/);
    stage.expectNothingLeft(exit);
  });
});

test('it ends when nobody reads what it says', async () => {
  await using tour = stage.start([]);
  await tour.line();
  tour.child.stdout?.destroy();
  const exit = await tour.exit;
  expect(exit).toMatchObject({ code: 1, signal: null });
  stage.expectNothingLeft(exit);
});
