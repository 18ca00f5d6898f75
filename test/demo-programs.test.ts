// The demos counter, persistent and producer-consumer: what they show is so.
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { DemoStage } from './support/demo';
import { pythons } from './support/python';

let stage: DemoStage;
beforeEach(() => (stage = new DemoStage()));
afterEach(() => {
  stage[Symbol.dispose]();
});

describe('counter', () => {
  interface Figures {
    readonly right: boolean;
    readonly results: readonly {
      readonly guard: string;
      readonly lost: number;
      readonly repaired: number;
    }[];
  }

  test('loses additions without a guard, and none with one', async () => {
    const file = path.join(stage.folder, 'lost.svg');
    const { right, results } = await stage.figures<Figures>(
      'counter',
      '--times',
      '5000',
      '--plot',
      file,
    );
    expect(right).toBe(true);
    const [nothing, ...guarded] = results;
    expect(nothing?.lost).toBeGreaterThan(0);
    expect(guarded.map(({ lost }) => lost)).toEqual([0, 0, 0, 0]);
    expect(guarded.map(({ repaired }) => repaired)).toEqual([0, 0, 0, 1]);
    for (const text of ['nothing', 'Lock', 'Atomics', 'Mutex', 'additions lost'])
      expect(readFileSync(file, 'utf8')).toContain(text);
  });

  test('Ctrl-C in the middle leaves nothing', async () => {
    await stage.expectGoneAfter('SIGINT', ['counter', '--times', '1000000'], /processes add 1/);
  });
});

describe('persistent', () => {
  test('finds all that was written, and the torn record', async () => {
    const stdout = await stage.output('persistent', '--processes', '3', '--records', '50');
    expect(stdout).toContain('150 whole, 0 torn, 0 places empty');
    expect(stdout).toContain('198 whole, 1 torn, 1 places empty');
    expect(stdout).toContain('at place 198: its checksum is wrong');
    expect(stdout.match(/^✓ /gm)).toHaveLength(4);
  });

  test('Ctrl-C in the middle leaves no file', async () => {
    const args = ['persistent', '--records', '1000000', '--processes', '2'];
    await using demo = stage.start(args, { env: { TMPDIR: stage.folder } });
    while (!/room for/.test(await demo.line()));
    demo.child.kill('SIGINT');
    const exit = await demo.exit;
    expect(exit).toMatchObject({ code: null, signal: 'SIGINT' });
    stage.expectNothingLeft(exit);
    expect(stage.files()).toEqual([]);
  });
});

describe('producer-consumer', () => {
  interface Figures {
    readonly faster: number;
    readonly shared: { readonly frames: number; readonly wrong: number };
    readonly ipc: { readonly frames: number; readonly wrong: number };
  }
  const [python] = pythons();

  test.each([
    ['Node', false],
    ['Python', true],
  ])('%s gets the numbers and every frame', async (_, withPython) => {
    const args = withPython && python ? ['--with', 'python', '--python', python.command] : [];
    const small = ['--size', '100000', '--frames', '200', '--ipc-frames', '3'];
    const stdout = await stage.output('producer-consumer', ...small, ...args);
    expect(stdout).toContain('their sum is 15543');
    expect(stdout).toContain('received  200 frames, 0 of them wrong');
    expect(stdout.match(/^✓ /gm)).toHaveLength(3);
  });

  test('gives figures', async () => {
    const { faster, shared, ipc } = await stage.figures<Figures>(
      ...['producer-consumer', '--size', '4000000', '--frames', '20', '--ipc-frames', '3'],
    );
    expect(shared).toMatchObject({ frames: 20, wrong: 0 });
    expect(ipc).toMatchObject({ frames: 3, wrong: 0 });
    expect(faster).toBeGreaterThan(0);
  });

  test('Ctrl-C in the middle leaves nothing', async () => {
    await stage.expectGoneAfter(
      'SIGINT',
      ['producer-consumer', '--frames', '100000'],
      /frames {4}/,
    );
  });
});
