// `npm run demo -- image`: the same picture, however many programs make it, in whatever language.
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import sharp from 'sharp';
import { DemoStage } from './support/demo';
import { pythons } from './support/python';

let stage: DemoStage;
beforeEach(() => (stage = new DemoStage()));
afterEach(() => {
  stage[Symbol.dispose]();
});

interface Figures {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly same: boolean;
  readonly runs: readonly { readonly label: string; readonly processes: number }[];
}

const EVERY = 'brightness:0.8,contrast,sharpen,blur:1.5,grayscale,edges';

test('all filters: one process, several, and sent pixels make the same picture', async () => {
  const file = path.join(stage.folder, 'speed.svg');
  const figures = await stage.figures<Figures>(
    ...[
      'image',
      '--size',
      '97x61',
      '--filters',
      EVERY,
      '--processes',
      '3',
      '--compare',
      '--plot',
      file,
    ],
  );
  expect(figures).toMatchObject({ width: 97, height: 61, same: true });
  expect(figures.runs.map(({ processes }) => processes)).toEqual([1, 2, 3, 3]);
  for (const text of ['speed-up', 'processes', 'ideal', 'by copying'])
    expect(readFileSync(file, 'utf8')).toContain(text);
});

const python = pythons().find(({ hasNumPy }) => hasNumPy);
if (python === undefined && process.env['CI']) throw new Error('no Python with NumPy');
(python ? test : test.skip)(
  'NumPy makes the same bytes, also where its rows end at ours',
  async () => {
    const figures = await stage.figures<Figures>(
      ...['image', '--size', '64x31', '--filters', EVERY, '--processes', '4', '--with', 'python'],
      ...['--python', python?.command ?? ''],
    );
    expect(figures.same).toBe(true);
  },
);

test.each(['png', 'jpeg', 'webp'] as const)('reads and writes %s', async (format) => {
  const input = path.join(stage.folder, `in.${format}`);
  const output = path.join(stage.folder, 'out.png');
  // The left half is black, the right half white.
  const half = { create: { width: 32, height: 48, channels: 3, background: '#fff' } } as const;
  await sharp({ create: { ...half.create, width: 64, background: '#000' } })
    .composite([{ input: await sharp(half).png().toBuffer(), left: 32, top: 0 }])
    .toFile(input);
  await stage.output('image', '--input', input, '--output', output, '--filters', 'edges');
  const { data, info } = await sharp(output).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 64, height: 48 });
  const at = (x: number): number => data[(24 * info.width + x) * info.channels] as number;
  expect(at(10)).toBeLessThan(16);
  expect(at(32)).toBeGreaterThan(240);
  expect(at(54)).toBeLessThan(16);
});

test('filters a video', async () => {
  const figures = await stage.figures<{ frames: number; framesPerSecond: number }>(
    ...['image', '--video', '--size', '320x180', '--frames', '5', '--filters', 'blur'],
  );
  expect(figures.frames).toBe(5);
  expect(figures.framesPerSecond).toBeGreaterThan(0);
});

test.each([
  [['--filters', 'nonsense'], /--filters nonsense: not one of brightness/],
  [['--filters', 'blur:0'], /--filters blur:0: /],
  [['--size', '5'], /--size 5: give it as/],
  [['--input', '/nowhere.png'], /can't read \/nowhere\.png: /],
  [['--input', __filename], /can't read .*: /],
])('%j is refused', async (args, line) => {
  await stage.expectRefused(['image', ...args], line);
});

test('Ctrl-C in the middle leaves nothing', async () => {
  await stage.expectGoneAfter('SIGINT', ['image', '--filters', 'blur:30'], /^ {2}frame/);
});
