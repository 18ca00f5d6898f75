/** What is said about the samples of a window. */
export interface Statistics {
  readonly count: number;
  readonly mean: number;
  /** The standard deviation, with the count as its divisor: NumPy's `std`. */
  readonly deviation: number;
  /** The smallest value that so many per cent of the values do not exceed. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** @param values - come back in another order. */
export function statisticsOf(values: Float64Array): Statistics | null {
  const count = values.length;
  if (count === 0) return null;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / count;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const rankOf = (percent: number): number => Math.ceil((percent * count) / 100) - 1;
  // What is above one rank stands behind it: the next one is looked for there.
  const [r50, r95, r99] = [rankOf(50), rankOf(95), rankOf(99)] as const;
  return {
    count,
    mean,
    deviation: Math.sqrt(squares / count),
    p50: select(values, r50, 0),
    p95: select(values, r95, r50),
    p99: select(values, r99, r95),
  };
}

/** The value that would stand at `rank` if they were sorted: Hoare's selection, in linear time. */
function select(values: Float64Array, rank: number, from: number): number {
  let left = from;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1] as number;
    let [i, j] = [left, right];
    while (i <= j) {
      while ((values[i] as number) < pivot) i += 1;
      while ((values[j] as number) > pivot) j -= 1;
      if (i > j) break;
      const value = values[i] as number;
      values[i] = values[j] as number;
      values[j] = value;
      i += 1;
      j -= 1;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break;
  }
  return values[rank] as number;
}

/** Where a window's values are put together. */
let chosen = new Float64Array(0);

/** The newest samples, for as many seconds as were asked for. */
export class History {
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  #added = 0;

  /** @param size - samples that are kept. */
  constructor(size: number) {
    this.#times = new Float64Array(size);
    this.#values = new Float64Array(size);
  }

  /** @param time - not before that of the last one. */
  add(time: number, value: number): void {
    const at = this.#added % this.#times.length;
    this.#times[at] = time;
    this.#values[at] = value;
    this.#added += 1;
  }

  /** The values from a time on, in any order: good until the next call, of any history. */
  since(time: number): Float64Array {
    const size = this.#times.length;
    let [first, end] = [Math.max(0, this.#added - size), this.#added];
    while (first < end) {
      const middle = Math.floor((first + end) / 2);
      if ((this.#times[middle % size] as number) < time) first = middle + 1;
      else end = middle;
    }
    const [from, to] = [first % size, this.#added % size];
    const count = this.#added - first;
    if (chosen.length < count) chosen = new Float64Array(size);
    if (count > 0 && from >= to) {
      chosen.set(this.#values.subarray(from));
      chosen.set(this.#values.subarray(0, to), size - from);
    } else {
      chosen.set(this.#values.subarray(from, to));
    }
    return chosen.subarray(0, count);
  }
}
