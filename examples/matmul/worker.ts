/**
 * Computes its share of C = A·B. It is told names and shapes, and nothing else.
 *
 *     node out/examples/matmul/worker.js JOB
 */
import { Semaphore, SharedArray } from 'named-shm';
import { BlockedKernel } from './blocked';
import { type Job, now, takeTiles } from './job';
import { multiplySparse } from './sparse';
import { cutTiles, type Tile } from './tiles';
import { wasmKernel } from './wasm';

const job = JSON.parse(process.argv[2] ?? '') as Job;
const { rows, depth, columns, dtype, nonZeros } = job;

const tiles = cutTiles({ ...job, ...(job.bands && { bands: job.bands }) });
const b = SharedArray.attach(job.b, dtype, [depth, columns]);
const c = SharedArray.attach(job.c, dtype, [rows, columns]);
const state = SharedArray.attach(job.state, 'int32', [1 + job.workers]);
const log = SharedArray.attach(job.log, 'float64', [tiles.length, 3]);

async function kernel(): Promise<(tile: Tile) => void> {
  if (typeof job.a !== 'string') {
    const starts = SharedArray.attach(job.a.starts, 'int32', [rows + 1]).data;
    const indices = SharedArray.attach(job.a.columns, 'int32', [nonZeros]).data;
    const values = SharedArray.attach(job.a.values, dtype, [nonZeros]).data;
    return (tile) => {
      multiplySparse({ starts, indices, values, b: b.data, c: c.data, columns }, tile);
    };
  }
  const a = SharedArray.attach(job.a, dtype, [rows, depth]);
  if (job.kernel === 'wasm') return wasmKernel({ a: a.shm, b: b.shm, c: c.shm }, job);
  const blocked = new BlockedKernel({
    a: a.data,
    b: b.data,
    c: c.data,
    depth,
    columns,
    tile: job.tile,
  });
  return (tile) => {
    blocked.multiply(tile);
  };
}

async function main(): Promise<void> {
  const multiply = await kernel();
  using go = Semaphore.attach(job.go);
  console.log('ready');
  if (!go.acquireSync({ timeout: 20_000 })) throw new Error('nobody said go');
  for (const [index, tile] of takeTiles(job, tiles, state)) {
    const begin = now();
    multiply(tile);
    log.row(index).set([job.worker, begin, now()]);
    Atomics.add(state.data, 1 + job.worker, 1);
  }
}

void main();
