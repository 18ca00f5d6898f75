import { readFile } from 'node:fs/promises';
import { DemoError } from '../support/demo-error';
import type { Matrix } from './job';
import type { Tile } from './tiles';

/** A matrix by rows: row i has the elements from starts[i] to starts[i + 1] (CSR). */
export interface Sparse {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

export function randomSparse(
  rows: number,
  columns: number,
  density: number,
  random: () => number,
): Sparse {
  const entries: [number, number, number][] = [];
  // Rows get fewer and fewer: so that equal bands of rows would be unequal work.
  for (let i = 0; i < rows; i += 1) {
    const share = Math.min(1, 2 * density * (1 - i / rows));
    for (let j = 0; j < columns; j += 1)
      if (random() < share) entries.push([i, j, 2 * random() - 1]);
  }
  return fromEntries(rows, columns, entries);
}

/** Reads a Matrix Market file: coordinate, real, integer or pattern, general or symmetric. */
export async function readMatrixMarket(file: string): Promise<Sparse> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new DemoError(`can't read the matrix: ${(error as Error).message}`, 2);
  }
  const [header = '', ...rest] = text.split(/\r?\n/);
  const kind =
    /^%%MatrixMarket\s+matrix\s+coordinate\s+(real|integer|pattern)\s+(general|symmetric|skew-symmetric)\s*$/i.exec(
      header,
    );
  if (kind === null)
    throw new DemoError(
      `${file}: only Matrix Market coordinate files of real, integer or pattern entries`,
      2,
    );
  const lines = rest.filter((line) => line.trim() !== '' && !line.startsWith('%'));
  const [rows = 0, columns = 0, count = 0] = (lines[0] ?? '').trim().split(/\s+/).map(Number);
  if (!(rows > 0 && columns > 0) || lines.length - 1 !== count)
    throw new DemoError(`${file}: promises ${count} entries and has ${lines.length - 1}`, 2);
  const mirror =
    kind[2]?.toLowerCase() === 'general' ? 0 : kind[2]?.toLowerCase() === 'symmetric' ? 1 : -1;
  const entries: [number, number, number][] = [];
  for (const line of lines.slice(1)) {
    const [i = 0, j = 0, value = 1] = line.trim().split(/\s+/).map(Number);
    if (!(i >= 1 && i <= rows && j >= 1 && j <= columns) || Number.isNaN(value))
      throw new DemoError(`${file}: no entry of a ${rows} × ${columns} matrix: ${line}`, 2);
    entries.push([i - 1, j - 1, value]);
    if (mirror !== 0 && i !== j) entries.push([j - 1, i - 1, mirror * value]);
  }
  return fromEntries(rows, columns, entries);
}

function fromEntries(
  rows: number,
  columns: number,
  entries: readonly [number, number, number][],
): Sparse {
  const starts = new Int32Array(rows + 1);
  for (const [i] of entries) (starts[i + 1] as number) += 1;
  for (let i = 0; i < rows; i += 1) (starts[i + 1] as number) += starts[i] as number;
  const next = starts.slice();
  const indices = new Int32Array(entries.length);
  const values = new Float64Array(entries.length);
  for (const [i, j, value] of entries) {
    const at = next[i] as number;
    next[i] = at + 1;
    indices[at] = j;
    values[at] = value;
  }
  return { rows, columns, starts, indices, values };
}

/** Edges of bands of rows with about as many elements each. */
export function balance({ starts, rows }: Sparse, parts: number): number[] {
  const total = starts[rows] as number;
  const edges = [0];
  let row = 0;
  for (let part = 1; part < parts; part += 1) {
    while (row < rows && (starts[row] as number) < (part * total) / parts) row += 1;
    edges.push(row);
  }
  return [...edges, rows];
}

export interface SparseProduct {
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly columns: number;
}

/** C = A·B for one tile, where A is sparse: each of its elements adds a multiple of a row of B. */
export function multiplySparse(
  { starts, indices, values, b, c, columns }: SparseProduct,
  tile: Tile,
): void {
  for (let i = tile.row; i < tile.row + tile.rows; i += 1) {
    const to = i * columns;
    c.fill(0, to + tile.column, to + tile.column + tile.columns);
    const end = starts[i + 1] as number;
    for (let at = starts[i] as number; at < end; at += 1) {
      const value = values[at] as number;
      const from = (indices[at] as number) * columns;
      for (let j = tile.column; j < tile.column + tile.columns; j += 1)
        c[to + j] = (c[to + j] as number) + value * (b[from + j] as number);
    }
  }
}
