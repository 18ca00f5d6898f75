/** What producer and consumer have agreed on, besides the names. */
export const SLOTS = 2;
/** In front of each frame: when it was done (ms since 1970) and its number, two float64. */
export const HEADER_BYTES = 64;
/** The pixels that are looked at, one in so many bytes. */
const SAMPLE = 4093;

/** What a consumer says at the end. */
export interface Received {
  readonly frames: number;
  /** Frames that were not the next one, or had another one's pixels. */
  readonly wrong: number;
  /** From "done" by the producer to "here" at the consumer, for each frame. */
  readonly handoverMs: readonly number[];
  readonly milliseconds: number;
}

export const now = (): number => performance.timeOrigin + performance.now();

export function isOfFrame(pixels: Uint8Array, index: number): boolean {
  for (let at = 0; at < pixels.length; at += SAMPLE) if (pixels[at] !== (index & 255)) return false;
  return pixels.at(-1) === (index & 255);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
