/**
 * Filters on pictures of 4 bytes a pixel: red, green, blue, alpha. Whole numbers only, so that
 * every program, in every language, makes the same picture.
 *
 * A filter is one pass over the picture, or two. A pass reads anywhere and writes its own rows.
 */
export type Pass =
  | { readonly kind: 'table'; readonly table: readonly number[] }
  | { readonly kind: 'gray' }
  | { readonly kind: 'horizontal' | 'vertical'; readonly weights: readonly number[] }
  | { readonly kind: 'sharpen' }
  | { readonly kind: 'edges' };

export interface Frame {
  readonly width: number;
  readonly height: number;
}

/** Weights add up to this, exactly. */
const ONE = 1 << 16;

export const FILTERS = ['brightness', 'contrast', 'grayscale', 'blur', 'sharpen', 'edges'] as const;
export type Filter = (typeof FILTERS)[number];

/** @param amount - a factor; for blur the standard deviation in pixels. */
export function passesOf(filter: Filter, amount: number | undefined): Pass[] {
  switch (filter) {
    case 'brightness':
      return [tableOf((value) => value * (amount ?? 1.2))];
    case 'contrast':
      return [tableOf((value) => (value - 128) * (amount ?? 1.3) + 128)];
    case 'grayscale':
      return [{ kind: 'gray' }];
    case 'blur': {
      const weights = gaussian(amount ?? 2);
      return [
        { kind: 'horizontal', weights },
        { kind: 'vertical', weights },
      ];
    }
    case 'sharpen':
      return [{ kind: 'sharpen' }];
    case 'edges':
      return [{ kind: 'edges' }];
  }
}

function tableOf(map: (value: number) => number): Pass {
  const table = Array.from({ length: 256 }, (_, value) => clamp(Math.round(map(value))));
  return { kind: 'table', table };
}

function gaussian(sigma: number): number[] {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = raw.reduce((a, b) => a + b);
  const weights = raw.map((weight) => Math.round((weight / sum) * ONE));
  (weights[radius] as number) += ONE - weights.reduce((a, b) => a + b);
  return weights;
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Rows that a pass reads beyond those that it writes. */
export function reach(pass: Pass): number {
  if (pass.kind === 'vertical') return pass.weights.length >> 1;
  return pass.kind === 'sharpen' || pass.kind === 'edges' ? 1 : 0;
}

/** Writes rows `begin` to `end`. Beyond its border a picture goes on as its last row or column. */
export function apply(
  pass: Pass,
  from: Uint8Array,
  to: Uint8Array,
  { width, height }: Frame,
  [begin, end]: readonly [number, number],
): void {
  const stride = 4 * width;
  const rowAt = (y: number): number => (y < 0 ? 0 : y >= height ? height - 1 : y) * stride;
  switch (pass.kind) {
    case 'table': {
      const table = Uint8Array.from(pass.table);
      for (let at = begin * stride; at < end * stride; at += 4) {
        to[at] = table[from[at] as number] as number;
        to[at + 1] = table[from[at + 1] as number] as number;
        to[at + 2] = table[from[at + 2] as number] as number;
        to[at + 3] = from[at + 3] as number;
      }
      return;
    }
    case 'gray':
      for (let at = begin * stride; at < end * stride; at += 4) {
        const value = luma(from, at);
        to[at] = value;
        to[at + 1] = value;
        to[at + 2] = value;
        to[at + 3] = from[at + 3] as number;
      }
      return;
    case 'horizontal':
    case 'vertical':
      blur(pass, from, to, { width, height }, [begin, end]);
      return;
    case 'sharpen':
      for (let y = begin; y < end; y += 1) {
        const [above, row, below] = [rowAt(y - 1), rowAt(y), rowAt(y + 1)];
        for (let x = 0; x < width; x += 1) {
          const at = 4 * x;
          const left = x === 0 ? at : at - 4;
          const right = x === width - 1 ? at : at + 4;
          for (let c = 0; c < 3; c += 1) {
            const around =
              (from[above + at + c] as number) +
              (from[below + at + c] as number) +
              (from[row + left + c] as number) +
              (from[row + right + c] as number);
            to[row + at + c] = clamp(5 * (from[row + at + c] as number) - around);
          }
          to[row + at + 3] = from[row + at + 3] as number;
        }
      }
      return;
    case 'edges':
      edges(from, to, { width, height }, [begin, end]);
  }
}

function luma(from: Uint8Array, at: number): number {
  const [r, g, b] = [from[at] as number, from[at + 1] as number, from[at + 2] as number];
  return (77 * r + 150 * g + 29 * b + 128) >> 8;
}

/** Sobel's operator on the brightness. */
function edges(
  from: Uint8Array,
  to: Uint8Array,
  { width, height }: Frame,
  [begin, end]: readonly [number, number],
): void {
  // The brightness of three rows, with a column more on either side.
  const brightnessOf = (y: number, into: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
    const row = 4 * width * Math.min(Math.max(y, 0), height - 1);
    for (let x = 0; x < width; x += 1) into[x + 1] = luma(from, row + 4 * x);
    into[0] = into[1] as number;
    into[width + 1] = into[width] as number;
    return into;
  };
  let above = brightnessOf(begin - 1, new Int32Array(width + 2));
  let row = brightnessOf(begin, new Int32Array(width + 2));
  let below = new Int32Array(width + 2);
  for (let y = begin; y < end; y += 1) {
    brightnessOf(y + 1, below);
    for (let x = 0; x < width; x += 1) {
      const at = 4 * (y * width + x);
      const [nw, n, ne] = [above[x] as number, above[x + 1] as number, above[x + 2] as number];
      const [w, e] = [row[x] as number, row[x + 2] as number];
      const [sw, s, se] = [below[x] as number, below[x + 1] as number, below[x + 2] as number];
      const dx = ne + 2 * e + se - nw - 2 * w - sw;
      const dy = sw + 2 * s + se - nw - 2 * n - ne;
      const value = clamp(Math.floor(Math.sqrt(dx * dx + dy * dy) + 0.5));
      to[at] = value;
      to[at + 1] = value;
      to[at + 2] = value;
      to[at + 3] = from[at + 3] as number;
    }
    [above, row, below] = [row, below, above];
  }
}

function blur(
  { kind, weights }: Extract<Pass, { readonly weights: unknown }>,
  from: Uint8Array,
  to: Uint8Array,
  { width, height }: Frame,
  [begin, end]: readonly [number, number],
): void {
  const radius = weights.length >> 1;
  const w = Int32Array.from(weights);
  const [last, step] = kind === 'horizontal' ? [width - 1, 4] : [height - 1, 4 * width];
  // Where the neighbours are, from a pixel on: the same everywhere but near the border.
  const offsets = new Int32Array(w.length);
  const aim = (here: number): void => {
    for (let i = 0; i < w.length; i += 1) {
      const there = here + i - radius;
      offsets[i] = ((there < 0 ? 0 : there > last ? last : there) - here) * step;
    }
  };
  for (let y = begin; y < end; y += 1) {
    if (kind === 'vertical') aim(y);
    for (let x = 0; x < width; x += 1) {
      if (kind === 'horizontal' && (x <= radius || x > last - radius)) aim(x);
      const at = 4 * (y * width + x);
      let [r, g, b] = [ONE / 2, ONE / 2, ONE / 2];
      for (let i = 0; i < w.length; i += 1) {
        const p = at + (offsets[i] as number);
        const weight = w[i] as number;
        r += weight * (from[p] as number);
        g += weight * (from[p + 1] as number);
        b += weight * (from[p + 2] as number);
      }
      to[at] = r >> 16;
      to[at + 1] = g >> 16;
      to[at + 2] = b >> 16;
      to[at + 3] = from[at + 3] as number;
    }
  }
}
