import { Presets, SingleBar } from 'cli-progress';

const EVERY_MS = 100;

/**
 * Shows a bar on a terminal while something goes on that counts itself; elsewhere nothing.
 *
 * @param done - how many of `total` by now: mostly a look into shared memory.
 */
export async function withProgress<T>(
  title: string,
  total: number,
  done: () => number,
  work: Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) return work;
  const bar = new SingleBar(
    { format: `  ${title} [{bar}] {value} of {total}`, clearOnComplete: true, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  const timer = setInterval(() => {
    bar.update(done());
  }, EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    bar.stop();
  }
}
