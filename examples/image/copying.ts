import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { compiledExamples } from '../support/paths';
import type { Sent } from './copying-worker';
import { type Frame, type Pass, reach } from './passes';

/** The same work with child processes that are sent their rows: milliseconds for one picture. */
export async function filterByCopying(
  picture: Uint8Array,
  { width, height }: Frame,
  passes: readonly Pass[],
  count: number,
): Promise<{ readonly milliseconds: number; readonly picture: Uint8Array }> {
  const file = path.join(compiledExamples, 'image', 'copying-worker.js');
  const workers = Array.from({ length: count }, () => fork(file, { serialization: 'advanced' }));
  try {
    await Promise.all(workers.map((worker) => once(worker, 'spawn')));
    const stride = 4 * width;
    let current = picture;
    const begin = performance.now();
    for (const pass of passes) {
      const next = new Uint8Array(current.length);
      const bands = workers.map(async (worker, i) => {
        const [top, bottom] = [i, i + 1].map((n) => Math.round((n * height) / count)) as [
          number,
          number,
        ];
        const first = Math.max(0, top - reach(pass));
        const last = Math.min(height, bottom + reach(pass));
        const pixels = current.subarray(first * stride, last * stride);
        const rows = [top - first, bottom - first] as const;
        next.set(
          await ask(worker, { pass, pixels, width, height: last - first, rows }),
          top * stride,
        );
      });
      await Promise.all(bands);
      current = next;
    }
    return { milliseconds: performance.now() - begin, picture: current };
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
  }
}

async function ask(worker: ChildProcess, sent: Sent): Promise<Uint8Array> {
  worker.send(sent);
  const [answer] = (await once(worker, 'message')) as [Uint8Array];
  return answer;
}
