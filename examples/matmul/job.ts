import type { SharedArray, TypedArrayOf } from 'named-shm';
import { SharedCounter } from '../support/shared-counter';
import type { Partition } from './tiles';

export type Kind = 'float64' | 'float32';
export type Matrix = TypedArrayOf<Kind>;
export type Kernel = 'wasm' | 'typescript';
/** The default first. Windows can't map a segment into a WebAssembly memory. */
export const KERNELS: readonly [Kernel, ...Kernel[]] =
  process.platform === 'win32' ? ['typescript', 'wasm'] : ['wasm', 'typescript'];

/** All that a worker is told, as JSON: the names of what it attaches to, and how to see it. */
export interface Job {
  /** C has `rows` × `columns`, A `rows` × `depth`, B `depth` × `columns`. */
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly dtype: Kind;
  readonly kernel: Kernel;
  readonly partition: Partition;
  readonly tile: number;
  readonly bands: readonly number[] | undefined;
  readonly worker: number;
  readonly workers: number;
  /** Dense A; or sparse A by rows: where each begins, its columns and its values (CSR). */
  readonly a:
    string | { readonly starts: string; readonly columns: string; readonly values: string };
  readonly nonZeros: number;
  readonly b: string;
  readonly c: string;
  /** int32: the next tile to take, and how many each worker has done. */
  readonly state: string;
  /** float64, three a tile: which worker, and from when to when, in milliseconds since 1970. */
  readonly log: string;
  /** A semaphore: released once for each worker when all are ready. */
  readonly go: string;
  /** Guards the next tile where not all workers have atomic additions: Python has none. */
  readonly lock: string | null;
}

export const now = (): number => performance.timeOrigin + performance.now();

/** The tiles that are this worker's, one after the other. */
export function* takeTiles<T extends { readonly owner: number }>(
  { partition, worker, lock }: Job,
  tiles: readonly T[],
  state: SharedArray<'int32'>,
): Generator<readonly [index: number, tile: T]> {
  if (partition !== 'dynamic') {
    for (const [i, tile] of tiles.entries()) if (tile.owner === worker) yield [i, tile];
    return;
  }
  using counter = new SharedCounter(state.data, 0, lock);
  for (;;) {
    const next = counter.take();
    const tile = tiles[next];
    if (tile === undefined) return;
    yield [next, tile];
  }
}
