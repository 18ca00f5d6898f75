import { MultiBar, Presets } from 'cli-progress';

const EVERY_MS = 100;

export interface Bar {
  readonly title: string;
  readonly total: number;
  /** How many of them by now: mostly a look into shared memory. */
  readonly done: () => number;
}

/** Shows bars on a terminal while something goes on that counts itself; elsewhere nothing. */
export async function withProgress<T>(bars: readonly Bar[], work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  const width = Math.max(...bars.map(({ title }) => title.length));
  const multi = new MultiBar(
    { format: '  {title} [{bar}] {value} of {total}', clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  const shown = bars.map(({ title, total }) =>
    multi.create(total, 0, { title: title.padEnd(width) }),
  );
  const timer = setInterval(() => {
    for (const [i, { done }] of bars.entries()) shown[i]?.update(done());
  }, EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    multi.stop();
  }
}
