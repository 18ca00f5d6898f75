import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { lineChart } from '../support/chart';
import { DemoError } from '../support/demo-error';
import { integer, parseOptions, userPath } from '../support/options';
import { withProgress } from '../support/progress';
import { type Python, pythonFor } from '../support/python';
import { formatCount, formatTime, row, styled } from '../support/report';
import { table } from '../support/table';
import { writePicture } from '../support/write';
import { filterByCopying } from './copying';
import { type Filter, FILTERS, type Frame, type Pass, passesOf } from './passes';
import { Pool } from './pool';

const USAGE = `Usage: npm run demo -- image [options]

Several processes filter one picture in shared memory, each its rows.

  --input FILE         a PNG, JPEG, WebP … (default: a gradient of 1920 × 1080)
  --output FILE        where to write the picture; the ending says the format
  --filters LIST       ${FILTERS.join(', ')}; separated by commas, with
                       an amount after a colon: brightness:1.5,blur:3 (default: contrast,blur,edges)
  --processes N        how many workers (default: one for each CPU)
  --with python        every other worker is NumPy
  --python COMMAND     the Python to use
  --compare            1 to N processes, and the same by sending pixels
  --plot FILE          an SVG of --compare
  --video              a sequence of 4K frames instead: frames a second
  --frames N           how many (default: 10)
  --size W×H           of the gradient, or of the video (3840x2160)
  --json               the figures as JSON`;

interface Picture extends Frame {
  readonly pixels: Uint8Array;
}

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = parseOptions(
    args,
    {
      input: word,
      output: word,
      filters: word,
      processes: word,
      with: word,
      python: word,
      plot: word,
      frames: word,
      size: word,
      compare: flag,
      video: flag,
      json: flag,
    },
    USAGE,
  );
  if (options === undefined) return 0;
  const passes = parseFilters(options.filters ?? 'contrast,blur,edges');
  const processes = integer('processes', options.processes, {
    byDefault: availableParallelism(),
    max: 64,
  });
  const python = await pythonFor(options);
  const json = options.json === true;
  if (options.video === true) {
    const frame = sizeOf(options.size ?? '3840x2160');
    const frames = integer('frames', options.frames, { byDefault: 10, max: 100_000 });
    return await video(frame, passes, { processes, frames, json });
  }

  const picture =
    options.input === undefined
      ? gradient(sizeOf(options.size ?? '1920x1080'))
      : await decode(userPath(options.input));
  if (!json) {
    console.log(
      styled(
        'bold',
        `${picture.width} × ${picture.height}, ${passes.length} passes, ${processes} processes`,
      ),
    );
    row('frame', `${formatCount(picture.pixels.length)} bytes, shared, not sent`);
  }
  const alone = await filter(picture, passes, 1);
  const together =
    processes === 1 && !python ? alone : await filter(picture, passes, processes, python);
  const results = [
    { label: 'one process', processes: 1, ...alone },
    { label: python ? 'with NumPy' : 'shared', processes, ...together },
  ];
  if (options.compare === true) {
    for (let n = 2; n < processes; n += 1)
      results.splice(n - 1, 0, {
        label: 'shared',
        processes: n,
        ...(await filter(picture, passes, n)),
      });
    results.push({
      label: 'by copying',
      processes,
      ...(await filterByCopying(picture.pixels, picture, passes, processes)),
    });
  }
  const same = new Set(results.map((result) => hash(result.picture))).size === 1;
  const figures = results.map(({ label, processes: n, milliseconds }) => ({
    label,
    processes: n,
    milliseconds,
    speedUp: alone.milliseconds / milliseconds,
  }));
  if (json) {
    console.log(
      JSON.stringify(
        {
          width: picture.width,
          height: picture.height,
          passes: passes.length,
          sha256: hash(together.picture),
          same,
          runs: figures,
        },
        null,
        2,
      ),
    );
  } else {
    for (const line of table([
      ['', 'processes', 'time', 'speed-up'],
      ...figures.map((f) => [
        f.label,
        String(f.processes),
        formatTime(f.milliseconds),
        f.speedUp.toFixed(2),
      ]),
    ]))
      console.log(line);
    const mark = same ? styled('green', '✓') : styled('red', '✗');
    console.log(
      `${mark} ${same ? 'all of them made the same picture, byte for byte' : 'the pictures differ'}`,
    );
  }
  if (options.plot !== undefined) await writePicture(options.plot, plot(figures), json);
  if (options.output !== undefined) {
    await encode(userPath(options.output), picture, together.picture);
    if (!json) row('written', userPath(options.output));
  }
  return same ? 0 : 1;
}

function parseFilters(list: string): Pass[] {
  return list.split(',').flatMap((item) => {
    const [name = '', amount] = item.trim().split(':');
    const filterName = FILTERS.find((known): known is Filter => known === name);
    const value = amount === undefined ? undefined : Number(amount);
    if (filterName === undefined || (value !== undefined && !(value > 0 && value <= 100)))
      throw new DemoError(
        `--filters ${item}: not one of ${FILTERS.join(', ')}, with an amount of more than 0, at most 100`,
        2,
      );
    return passesOf(filterName, value);
  });
}

function sizeOf(text: string): Frame {
  const [, width, height] = /^(\d+)[x×](\d+)$/.exec(text) ?? [];
  const frame = { width: Number(width), height: Number(height) };
  if (frame.width > 0 && frame.height > 0 && frame.width * frame.height <= 1e9) return frame;
  throw new DemoError(`--size ${text}: give it as 1920x1080`, 2);
}

/** Colours across, brightness down, and rings to see edges in. */
function gradient({ width, height }: Frame): Picture {
  const pixels = new Uint8Array(4 * width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const ring = (x - width / 2) ** 2 + (y - height / 2) ** 2;
      pixels[at] = (255 * x) / width;
      pixels[at + 1] = (255 * y) / height;
      pixels[at + 2] = (ring / 4000) & 64 ? 200 : 60;
      pixels[at + 3] = 255;
    }
  }
  return { width, height, pixels };
}

async function decode(file: string): Promise<Picture> {
  const { default: sharp } = await import('sharp');
  try {
    const { data, info } = await sharp(file)
      .rotate()
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, pixels: data };
  } catch (error) {
    throw new DemoError(`can't read ${file}: ${(error as Error).message}`, 2);
  }
}

async function encode(file: string, { width, height }: Frame, pixels: Uint8Array): Promise<void> {
  const { default: sharp } = await import('sharp');
  try {
    await sharp(pixels, { raw: { width, height, channels: 4 } }).toFile(file);
  } catch (error) {
    throw new DemoError(`can't write ${file}: ${(error as Error).message}`, 2);
  }
}

interface Filtered {
  readonly milliseconds: number;
  readonly picture: Uint8Array;
}

async function filter(
  picture: Picture,
  passes: readonly Pass[],
  count: number,
  python?: Python,
): Promise<Filtered> {
  using pool = await Pool.start(picture, passes, count, python);
  let milliseconds = Infinity;
  // The first time is for the compiler, and for the system to hand out pages.
  for (let turn = 0; turn < 3; turn += 1) {
    pool.input.set(picture.pixels);
    const begin = performance.now();
    await pool.filter();
    milliseconds = Math.min(milliseconds, performance.now() - begin);
  }
  const result = Uint8Array.from(pool.output);
  await pool.end();
  return { milliseconds, picture: result };
}

function hash(pixels: Uint8Array): string {
  return createHash('sha256').update(pixels).digest('hex');
}

function plot(
  figures: readonly {
    readonly label: string;
    readonly processes: number;
    readonly speedUp: number;
  }[],
): string {
  const shared = figures.filter(({ label }) => label !== 'by copying');
  const copying = figures.find(({ label }) => label === 'by copying');
  const most = Math.max(...figures.map(({ processes }) => processes));
  const lines = [
    {
      label: 'shared memory',
      points: shared.map(({ processes, speedUp }) => [processes, speedUp] as const),
    },
    {
      label: 'ideal',
      dashed: true,
      points: [
        [1, 1],
        [most, most],
      ] as const,
    },
    ...(copying
      ? [{ label: 'by copying', points: [[copying.processes, copying.speedUp]] as const }]
      : []),
  ];
  return lineChart({
    title: 'Filtering a picture with several processes',
    x: 'processes',
    y: 'speed-up',
    lines,
  });
}

async function video(
  frame: Frame,
  passes: readonly Pass[],
  {
    processes,
    frames,
    json,
  }: { readonly processes: number; readonly frames: number; readonly json: boolean },
): Promise<number> {
  using pool = await Pool.start(frame, passes, processes);
  const source = gradient(frame).pixels;
  let done = 0;
  const work = async (): Promise<number> => {
    const begin = performance.now();
    for (; done < frames; done += 1) {
      // The next frame: the picture, moved down by a row for each frame.
      const moved = 4 * frame.width * (done % frame.height);
      pool.input.set(source.subarray(moved));
      pool.input.set(source.subarray(0, moved), source.length - moved);
      await pool.filter();
    }
    return performance.now() - begin;
  };
  const milliseconds = await withProgress(
    [{ title: 'frames', total: frames, done: () => done }],
    work(),
  );
  await pool.end();
  const figures = {
    ...frame,
    frames,
    processes,
    passes: passes.length,
    milliseconds,
    framesPerSecond: (1000 * frames) / milliseconds,
  };
  console.log(
    json
      ? JSON.stringify(figures, null, 2)
      : `${frames} frames of ${frame.width} × ${frame.height} by ${processes} processes in ${formatTime(milliseconds)}: ${figures.framesPerSecond.toFixed(1)} frames a second`,
  );
  return 0;
}
