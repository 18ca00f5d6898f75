// The demos hello, list and leak: what they show is so.
import { DemoStage } from './support/demo';
import { pythons } from './support/python';

let stage: DemoStage;
beforeEach(() => (stage = new DemoStage()));
afterEach(() => {
  stage[Symbol.dispose]();
});

function checks(stdout: string): number {
  return stdout.match(/^✓ /gm)?.length ?? 0;
}

const [python] = pythons();
const withPython = (test: (args: readonly string[]) => Promise<void>) => async () => {
  await test(python ? ['--with', 'python', '--python', python.command] : []);
};

describe('hello', () => {
  const run = async (args: readonly string[]): Promise<void> => {
    const stdout = await stage.output('hello', ...args);
    expect(stdout).toMatch(/^ {2}Node {6}wrote 256 squares, process \d+ ends$/m);
    expect(stdout).toContain('read 256 numbers, the last is 65025, their sum 5559680');
    expect(checks(stdout)).toBe(3);
  };
  test('Node reads', () => run([]));
  test('Python reads', withPython(run));
  test('Ctrl-C leaves nothing, though the writer keeps its segment', async () => {
    await stage.expectGoneAfter('SIGINT', ['hello'], /wrote 256/);
  });
});

describe('list', () => {
  const run = async (args: readonly string[]): Promise<void> => {
    const stdout = await stage.output('list', ...args);
    expect(stdout).toContain("[ 42, 6, 'changed ✅', <Buffer 00 ff>, null, false ]");
    expect(stdout.match(/^ {2}\[\d\] +(Range|Type)Error: /gm)).toHaveLength(5);
    expect(checks(stdout)).toBe(3);
  };
  test('Ctrl-C in the middle leaves nothing', async () => {
    await stage.expectGoneAfter('SIGINT', ['list'], /^ {2}format/);
  });
  test('Node changes it', () => run([]));
  test('Python changes it', withPython(run));
});

describe('leak', () => {
  test('shows what is left, and removes it', async () => {
    const stdout = await stage.output('leak');
    const [, , killed] = [...stdout.matchAll(/^ {2}segment {3}(nshm_\w+)$/gm)].map(
      ([, name]) => name,
    );
    expect(stdout).toContain('nothing left behind');
    expect(stdout).toContain(`would remove segment ${killed}`);
    expect(stdout).toContain(`removed segment ${killed}`);
    expect(stdout).toContain('ENOSPC: not enough shared memory for ');
    expect(checks(stdout)).toBe(4);
  });

  test.each([/would remove/, /named-shm stat/])('Ctrl-C at %s leaves nothing', async (moment) => {
    await stage.expectGoneAfter('SIGINT', ['leak'], moment);
  });
});

test('--list names them all', async () => {
  const stdout = await stage.output('--list');
  for (const name of ['hello', 'list', 'leak', 'image', 'matmul', 'dashboard', 'tour'])
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
});

test.each(['hello', 'list', 'leak', 'image', 'matmul', 'dashboard'])(
  '%s --help, and a wrong option',
  async (name) => {
    expect(await stage.output(name, '--help')).toContain(`npm run demo -- ${name}`);
    await stage.expectRefused([name, '--nonsense'], /^demo: Unknown option '--nonsense'/);
  },
);
