// AssemblyScript. C = A·B for one tile, on matrices in this memory: A, B and C are windows onto
// shared segments. Strips of A and B are packed beside each other first, so that the innermost loop
// reads on and on; it keeps a block of C in eight registers.

/** Depth that is packed at a time: what the loop goes through stays in the cache. */
const DEPTH: usize = 256;

const LANES_64: usize = 4; // columns of a block of float64: two registers
const LANES_32: usize = 8;
const ROWS: usize = 4;

/** Bytes of scratch that a tile needs. */
export function scratchBytes(rows: usize, columns: usize, itemSize: usize): usize {
  return ((rows + ROWS) * DEPTH + (columns + LANES_32) * DEPTH) * itemSize + 4 * 8 * 8;
}

export function tile64(
  a: usize,
  strideA: usize,
  b: usize,
  strideB: usize,
  c: usize,
  strideC: usize,
  rows: usize,
  columns: usize,
  depth: usize,
  scratch: usize,
): void {
  const block = scratch;
  const packedA = scratch + 4 * 8 * 8;
  const packedB = packedA + (rows + ROWS) * DEPTH * 8;
  for (let k: usize = 0; k < depth; k += DEPTH) {
    const steps = min(DEPTH, depth - k);
    packA<f64>(a + (k << 3), strideA, rows, steps, packedA);
    packB<f64>(b + k * strideB, strideB, columns, steps, packedB, LANES_64);
    for (let j: usize = 0; j < columns; j += LANES_64) {
      for (let i: usize = 0; i < rows; i += ROWS) {
        block64(packedA + ((i * steps) << 3), packedB + ((j * steps) << 3), steps, block);
        addBlock<f64>(
          block,
          LANES_64,
          c + i * strideC + (j << 3),
          strideC,
          min(ROWS, rows - i),
          min(LANES_64, columns - j),
          k == 0,
        );
      }
    }
  }
}

export function tile32(
  a: usize,
  strideA: usize,
  b: usize,
  strideB: usize,
  c: usize,
  strideC: usize,
  rows: usize,
  columns: usize,
  depth: usize,
  scratch: usize,
): void {
  const block = scratch;
  const packedA = scratch + 4 * 8 * 8;
  const packedB = packedA + (rows + ROWS) * DEPTH * 4;
  for (let k: usize = 0; k < depth; k += DEPTH) {
    const steps = min(DEPTH, depth - k);
    packA<f32>(a + (k << 2), strideA, rows, steps, packedA);
    packB<f32>(b + k * strideB, strideB, columns, steps, packedB, LANES_32);
    for (let j: usize = 0; j < columns; j += LANES_32) {
      for (let i: usize = 0; i < rows; i += ROWS) {
        block32(packedA + ((i * steps) << 2), packedB + ((j * steps) << 2), steps, block);
        addBlock<f32>(
          block,
          LANES_32,
          c + i * strideC + (j << 2),
          strideC,
          min(ROWS, rows - i),
          min(LANES_32, columns - j),
          k == 0,
        );
      }
    }
  }
}

/** Four rows side by side, step by step; rows that are not there are zeros. */
function packA<T>(a: usize, stride: usize, rows: usize, steps: usize, to: usize): void {
  for (let i: usize = 0; i < rows; i += ROWS) {
    for (let r: usize = 0; r < ROWS; r++) {
      let out = to + r * sizeof<T>();
      if (i + r < rows) {
        let from = a + (i + r) * stride;
        for (let k: usize = 0; k < steps; k++) {
          store<T>(out, load<T>(from));
          from += sizeof<T>();
          out += ROWS * sizeof<T>();
        }
      } else {
        for (let k: usize = 0; k < steps; k++, out += ROWS * sizeof<T>()) store<T>(out, <T>0);
      }
    }
    to += ROWS * steps * sizeof<T>();
  }
}

function packB<T>(
  b: usize,
  stride: usize,
  columns: usize,
  steps: usize,
  to: usize,
  lanes: usize,
): void {
  for (let j: usize = 0; j < columns; j += lanes) {
    const width = min(lanes, columns - j);
    for (let k: usize = 0; k < steps; k++) {
      const from = b + k * stride + j * sizeof<T>();
      if (width == lanes) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let i: usize = 0; i < lanes; i++)
          store<T>(to + i * sizeof<T>(), i < width ? load<T>(from + i * sizeof<T>()) : <T>0);
      }
      to += lanes * sizeof<T>();
    }
  }
}

/** The part of the block that is in C: set at the first depth, added at those after it. */
function addBlock<T>(
  block: usize,
  lanes: usize,
  c: usize,
  stride: usize,
  rows: usize,
  columns: usize,
  first: bool,
): void {
  for (let i: usize = 0; i < rows; i++) {
    let from = block + i * lanes * sizeof<T>();
    let to = c + i * stride;
    for (let j: usize = 0; j < columns; j++) {
      store<T>(to, first ? load<T>(from) : load<T>(to) + load<T>(from));
      from += sizeof<T>();
      to += sizeof<T>();
    }
  }
}

function block64(a: usize, b: usize, steps: usize, to: usize): void {
  let c00 = f64x2.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00;
  let c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  const end = b + (steps << 5);
  while (b < end) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(x, b0));
    c01 = f64x2.add(c01, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 8);
    c10 = f64x2.add(c10, f64x2.mul(x, b0));
    c11 = f64x2.add(c11, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 16);
    c20 = f64x2.add(c20, f64x2.mul(x, b0));
    c21 = f64x2.add(c21, f64x2.mul(x, b1));
    x = v128.load64_splat(a, 24);
    c30 = f64x2.add(c30, f64x2.mul(x, b0));
    c31 = f64x2.add(c31, f64x2.mul(x, b1));
    a += 32;
    b += 32;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 32);
  v128.store(to, c11, 48);
  v128.store(to, c20, 64);
  v128.store(to, c21, 80);
  v128.store(to, c30, 96);
  v128.store(to, c31, 112);
}

function block32(a: usize, b: usize, steps: usize, to: usize): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00;
  let c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  const end = b + (steps << 5);
  while (b < end) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += 16;
    b += 32;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c10, 32);
  v128.store(to, c11, 48);
  v128.store(to, c20, 64);
  v128.store(to, c21, 80);
  v128.store(to, c30, 96);
  v128.store(to, c31, 112);
}
