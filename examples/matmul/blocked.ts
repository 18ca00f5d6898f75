import type { Matrix } from './job';
import type { Tile } from './tiles';

const DEPTH = 128;

/** Of C, so many rows and columns stay in local variables. */
const SIDE = 4;

/**
 * The kernel in TypeScript: C = A·B for one tile. A block of 4 × 4 of C stays in local variables,
 * and the parts of A and B that it needs are copied first, in the order in which it reads them.
 */
export class BlockedKernel {
  readonly #packedA: Matrix;
  readonly #packedB: Matrix;

  constructor(
    private readonly m: {
      readonly a: Matrix;
      readonly b: Matrix;
      readonly c: Matrix;
      readonly depth: number;
      readonly columns: number;
      readonly tile: number;
    },
  ) {
    const Packed = m.a.constructor as new (length: number) => Matrix;
    this.#packedA = new Packed(DEPTH * m.tile);
    this.#packedB = new Packed(DEPTH * m.tile);
  }

  multiply({ row, column, rows, columns }: Tile): void {
    const { a, b, c, depth, columns: stride } = this.m;
    const blockRows = rows - (rows % SIDE);
    const blockColumns = columns - (columns % SIDE);
    for (let k = 0; k < depth; k += DEPTH) {
      const steps = Math.min(DEPTH, depth - k);
      pack(a, row * depth + k, { lines: blockRows, line: depth, steps, step: 1 }, this.#packedA);
      pack(
        b,
        k * stride + column,
        { lines: blockColumns, line: 1, steps, step: stride },
        this.#packedB,
      );
      for (let j = 0; j < blockColumns; j += SIDE) {
        for (let i = 0; i < blockRows; i += SIDE) {
          const at = (row + i) * stride + column + j;
          multiplyBlock(
            this.#packedA,
            this.#packedB,
            i * steps,
            j * steps,
            steps,
            c,
            at,
            stride,
            k > 0,
          );
        }
      }
      const right = { row, column: column + blockColumns, rows, columns: columns % SIDE };
      const below = { row: row + blockRows, column, rows: rows % SIDE, columns: blockColumns };
      this.#edge(right, k, steps);
      this.#edge(below, k, steps);
    }
  }

  #edge({ row, column, rows, columns }: Omit<Tile, 'owner'>, k: number, steps: number): void {
    const { a, b, c, depth, columns: stride } = this.m;
    for (let i = row; i < row + rows; i += 1) {
      for (let j = column; j < column + columns; j += 1) {
        let sum = k > 0 ? (c[i * stride + j] as number) : 0;
        for (let step = k; step < k + steps; step += 1)
          sum += (a[i * depth + step] as number) * (b[step * stride + j] as number);
        c[i * stride + j] = sum;
      }
    }
  }
}

/** Copies four lines at a time (rows of A, columns of B), the four of a step side by side. */
function pack(
  from: Matrix,
  begin: number,
  { lines, line, steps, step }: Record<'lines' | 'line' | 'steps' | 'step', number>,
  to: Matrix,
): void {
  let at = 0;
  for (let i = 0; i < lines; i += SIDE) {
    for (let s = 0, read = begin + i * line; s < steps; s += 1, read += step, at += SIDE) {
      to[at] = from[read] as number;
      to[at + 1] = from[read + line] as number;
      to[at + 2] = from[read + 2 * line] as number;
      to[at + 3] = from[read + 3 * line] as number;
    }
  }
}

function multiplyBlock(
  a: Matrix,
  b: Matrix,
  p: number,
  q: number,
  steps: number,
  c: Matrix,
  at: number,
  stride: number,
  add: boolean,
): void {
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  for (const end = p + SIDE * steps; p < end; p += SIDE, q += SIDE) {
    const b0 = b[q] as number;
    const b1 = b[q + 1] as number;
    const b2 = b[q + 2] as number;
    const b3 = b[q + 3] as number;
    const a0 = a[p] as number;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1] as number;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2] as number;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3] as number;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  put(c, at, add, c00, c01, c02, c03);
  put(c, at + stride, add, c10, c11, c12, c13);
  put(c, at + 2 * stride, add, c20, c21, c22, c23);
  put(c, at + 3 * stride, add, c30, c31, c32, c33);
}

/** C is set at the first depth, added to at those after it. */
function put(
  c: Matrix,
  at: number,
  add: boolean,
  x0: number,
  x1: number,
  x2: number,
  x3: number,
): void {
  c[at] = add ? (c[at] as number) + x0 : x0;
  c[at + 1] = add ? (c[at + 1] as number) + x1 : x1;
  c[at + 2] = add ? (c[at + 2] as number) + x2 : x2;
  c[at + 3] = add ? (c[at + 3] as number) + x3 : x3;
}
