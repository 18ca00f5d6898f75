import type { DescribedProgram } from './program';

/** A row of the design's table of speeds: one file in bench/rows. */
export interface Row {
  /** What `--only` calls it. */
  readonly name: string;
  readonly lines: readonly Line[];
}

/** One thing that we do, measured in the same rounds as whatever it has to stand up to. */
export interface Line {
  readonly title: string;
  readonly ours: DescribedProgram;
  readonly yardsticks: readonly Yardstick[];
  /** Elements that one operation goes through: the table then says the time of one. */
  readonly elements?: number;
  /** Bytes that one operation moves: the table then says GB/s. */
  readonly bytes?: number;
}

export interface Yardstick {
  readonly title: string;
  readonly program: DescribedProgram;
  /** Whether it claims to make our very system calls: `--calls` sees whether that is so. */
  readonly sameSystemCalls?: boolean;
  /** Left out where the yardstick is there to be seen, not to be reached. */
  readonly reach?: Reach;
}

/**
 * `atMost` so many times the yardstick's time, or `atLeast` so many times its speed; or
 * `atMostNs` so many nanoseconds, whatever the yardstick takes.
 */
export type Reach =
  { readonly atMost: number } | { readonly atLeast: number } | { readonly atMostNs: number };
