import type { Matrix } from './job';
import type { Tile } from './tiles';

const DEPTH = 128;

/**
 * The kernel in TypeScript: C = A·B for one tile. A block of 4 × 4 of C stays in local variables,
 * and the part of B that it needs is copied beside itself first, so that it stays in the cache.
 */
export class BlockedKernel {
  readonly #packed: Matrix;

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
    this.#packed = new Packed(DEPTH * (m.tile + 4));
  }

  multiply({ row, column, rows, columns }: Tile): void {
    const { depth } = this.m;
    for (let k = 0; k < depth; k += DEPTH) {
      const steps = Math.min(DEPTH, depth - k);
      this.#pack(k, steps, column, columns);
      for (let j = 0; j < columns; j += 4) {
        const width = Math.min(4, columns - j);
        for (let i = 0; i < rows; i += 4) {
          const height = Math.min(4, rows - i);
          if (height === 4 && width === 4) this.#block(row + i, column + j, k, steps, j * steps);
          else
            this.#edge(
              { row: row + i, column: column + j, rows: height, columns: width },
              k,
              steps,
            );
        }
      }
    }
  }

  #pack(k: number, steps: number, column: number, columns: number): void {
    const { b, columns: stride } = this.m;
    const packed = this.#packed;
    let to = 0;
    for (let j = 0; j + 4 <= columns; j += 4) {
      for (let step = 0; step < steps; step += 1) {
        const from = (k + step) * stride + column + j;
        packed[to] = b[from] as number;
        packed[to + 1] = b[from + 1] as number;
        packed[to + 2] = b[from + 2] as number;
        packed[to + 3] = b[from + 3] as number;
        to += 4;
      }
    }
  }

  #block(row: number, column: number, k: number, steps: number, from: number): void {
    const { a, c, depth, columns } = this.m;
    const packed = this.#packed;
    let [c00, c01, c02, c03] = [0, 0, 0, 0];
    let [c10, c11, c12, c13] = [0, 0, 0, 0];
    let [c20, c21, c22, c23] = [0, 0, 0, 0];
    let [c30, c31, c32, c33] = [0, 0, 0, 0];
    const [a0, a1, a2, a3] = [row, row + 1, row + 2, row + 3].map((i) => i * depth + k) as [
      number,
      number,
      number,
      number,
    ];
    for (let step = 0, p = from; step < steps; step += 1, p += 4) {
      const b0 = packed[p] as number;
      const b1 = packed[p + 1] as number;
      const b2 = packed[p + 2] as number;
      const b3 = packed[p + 3] as number;
      const x0 = a[a0 + step] as number;
      c00 += x0 * b0;
      c01 += x0 * b1;
      c02 += x0 * b2;
      c03 += x0 * b3;
      const x1 = a[a1 + step] as number;
      c10 += x1 * b0;
      c11 += x1 * b1;
      c12 += x1 * b2;
      c13 += x1 * b3;
      const x2 = a[a2 + step] as number;
      c20 += x2 * b0;
      c21 += x2 * b1;
      c22 += x2 * b2;
      c23 += x2 * b3;
      const x3 = a[a3 + step] as number;
      c30 += x3 * b0;
      c31 += x3 * b1;
      c32 += x3 * b2;
      c33 += x3 * b3;
    }
    let at = row * columns + column;
    const put = (...values: readonly [number, number, number, number]): void => {
      // C is set at the first depth, added to at those after it.
      for (let j = 0; j < 4; j += 1)
        c[at + j] = k === 0 ? (values[j] as number) : (c[at + j] as number) + (values[j] as number);
      at += columns;
    };
    put(c00, c01, c02, c03);
    put(c10, c11, c12, c13);
    put(c20, c21, c22, c23);
    put(c30, c31, c32, c33);
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
