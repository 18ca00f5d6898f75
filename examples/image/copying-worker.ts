/** What a program without shared memory does: it is sent its rows, and sends them back. */
import { apply, type Frame, type Pass } from './passes';

export interface Sent extends Frame {
  readonly pass: Pass;
  /** Rows of a smaller picture: its own, and those around them that the pass reads. */
  readonly pixels: Uint8Array;
  readonly rows: readonly [number, number];
}

process.on('message', ({ pass, pixels, width, height, rows }: Sent) => {
  const to = new Uint8Array(pixels.length);
  apply(pass, pixels, to, { width, height }, rows);
  process.send?.(to.subarray(4 * width * rows[0], 4 * width * rows[1]));
});
