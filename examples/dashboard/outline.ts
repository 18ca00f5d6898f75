/** How long one step of the outline is, in milliseconds. */
const STEP_MS = 25;

/** A sample: its number, its time in milliseconds since 1970, and its value. */
export type Point = readonly [sample: number, time: number, value: number];

/**
 * What a chart needs of the samples: of each 25 ms the lowest and the highest one. So no peak is
 * missing, and every point is a sample that somebody wrote.
 */
export class Outline {
  readonly #keepMs: number;
  #points: Point[] = [];
  #taken = 0;
  #step = 0;
  #low: Point | undefined;
  #high: Point | undefined;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(sample: number, time: number, value: number): void {
    const step = Math.floor(time / STEP_MS);
    if (step !== this.#step) this.#finish(step);
    if (this.#low === undefined || value < this.#low[2]) this.#low = [sample, time, value];
    if (this.#high === undefined || value > this.#high[2]) this.#high = [sample, time, value];
  }

  /** The points that have come since the last call. */
  take(now: number): readonly Point[] {
    const step = Math.floor(now / STEP_MS);
    if (step > this.#step) this.#finish(step);
    const fresh = this.#points.slice(this.#taken);
    const old = this.#points.findIndex(([, time]) => time >= now - this.#keepMs);
    this.#points = old < 0 ? [] : this.#points.slice(old);
    this.#taken = this.#points.length;
    return fresh;
  }

  /** All points that have been taken and are not too old. */
  get taken(): readonly Point[] {
    return this.#points.slice(0, this.#taken);
  }

  #finish(step: number): void {
    const [low, high] = [this.#low, this.#high];
    if (low !== undefined && high !== undefined) {
      if (low[0] === high[0]) this.#points.push(low);
      else this.#points.push(...(low[0] < high[0] ? [low, high] : [high, low]));
    }
    this.#low = this.#high = undefined;
    this.#step = step;
  }
}
