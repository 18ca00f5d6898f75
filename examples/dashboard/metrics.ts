/** What can be collected. */
import * as os from 'node:os';

/** Gives the value of a sample by its number and by how late it is written, in milliseconds. */
export type Measure = (sample: number, lateness: number) => number;

export interface Metric {
  readonly title: string;
  readonly unit: string;
  /** What the axis always shows; without it, what there is. */
  readonly range?: readonly [number, number];
  /** Begins to measure, for so many samples a second. */
  readonly start: (rate: number) => Measure;
  /** What a sample has to be, where that is known: any reader can check it. */
  readonly expected?: (sample: number, rate: number) => number;
}

export const METRICS = {
  signal: {
    title: 'Test signal',
    unit: 'V',
    range: [0, 100],
    start: (rate) => (sample) => signal(sample, rate),
    expected: signal,
  },
  cpu: {
    title: 'Processors in use',
    unit: '%',
    range: [0, 100],
    start: () => {
      let before = times();
      return tenTimesASecond(() => {
        const after = times();
        const [busy, all] = [after.busy - before.busy, after.all - before.all];
        if (all > 0) before = after;
        return all > 0 ? (100 * busy) / all : 0;
      });
    },
  },
  memory: {
    title: 'Memory in use',
    unit: 'MiB',
    start: () => tenTimesASecond(() => (os.totalmem() - os.freemem()) / 2 ** 20),
  },
  lateness: {
    title: "Lateness of the collector's timer",
    unit: 'ms',
    start: () => (_, lateness) => lateness,
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as [MetricName, ...MetricName[]];

/**
 * A wave of four seconds with some noise. Whole numbers and the four operations alone, so that each
 * language makes the same bits: collector.py has it, too.
 */
function signal(sample: number, rate: number): number {
  const x = 2 * ((sample / (4 * rate)) % 1) - 1;
  const noise = (Math.imul(sample, 2654435761) >>> 0) / 2 ** 32;
  return 50 + 160 * x * (1 - Math.abs(x)) + 8 * (noise - 0.5);
}

/** What costs a system call is not asked 10,000 times a second: in between it stays as it was. */
function tenTimesASecond(measure: () => number): Measure {
  let value = measure();
  let next = 0;
  return () => {
    if (performance.now() >= next) {
      value = measure();
      next = performance.now() + 100;
    }
    return value;
  };
}

function times(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times: t } of os.cpus()) {
    busy += t.user + t.nice + t.sys + t.irq;
    all += t.user + t.nice + t.sys + t.irq + t.idle;
  }
  return { busy, all };
}
