/** Reads what the collectors write: the one who knows all metrics. */
import type { SharedMemory } from 'named-shm';
import { type Metric, METRICS, type MetricName } from './metrics';
import { Outline } from './outline';
import { now, RingReader } from './ring';
import { History, type Statistics, statisticsOf } from './statistics';

/** A collector that has not been heard of for so many milliseconds is stale. */
export const STALE_MS = 1000;
const EVERY_MS = 20;

/** `waiting` for the collector to begin, `ended` well, and `stale`: dead, stopped or far too busy. */
export type State = 'waiting' | 'live' | 'stale' | 'ended';

/** One metric: its buffer, and what has been read from it. */
export class Series {
  readonly name: string;
  readonly language: 'Node' | 'Python';
  readonly memory: string;
  readonly kind: MetricName;
  readonly metric: Metric;
  /** Samples that are not what is known to have been written. */
  wrong = 0;
  /** The newest sample: its number and its value. */
  last: readonly [sample: number, value: number] | undefined;
  readonly outline: Outline;
  readonly #ring: RingReader;
  readonly #history: History;
  #pid = 0;

  constructor(options: {
    readonly name: string;
    readonly metric: MetricName;
    readonly language: 'Node' | 'Python';
    readonly shm: SharedMemory;
    /** The longest window that will be asked for, in seconds. */
    readonly longest: number;
  }) {
    this.name = options.name;
    this.language = options.language;
    this.memory = options.shm.name;
    this.kind = options.metric;
    this.metric = METRICS[options.metric];
    this.#ring = new RingReader(options.shm);
    this.outline = new Outline(options.longest * 1000);
    // Somewhat more than there should be: a collector that was late has more in a second.
    this.#history = new History(Math.ceil(1.2 * options.longest * this.#ring.rate) + 100);
  }

  /** Samples that were read whole. */
  get read(): number {
    return this.#ring.read;
  }

  /** Samples that were overwritten before they could be read. */
  get lost(): number {
    return this.#ring.lost;
  }

  /** Samples that the collector has finished. */
  get written(): number {
    return this.#ring.position;
  }

  /** The id of the process that collects it, or did; 0 before. */
  get pid(): number {
    this.#pid = this.#ring.process || this.#pid;
    return this.#pid;
  }

  /** Milliseconds since the collector was last at work. */
  get silence(): number {
    return this.#ring.silence();
  }

  get state(): State {
    const { pid } = this;
    if (this.#ring.process === 0) return pid === 0 ? 'waiting' : 'ended';
    return this.silence > STALE_MS ? 'stale' : 'live';
  }

  update(): void {
    const { expected } = this.metric;
    this.#ring.drain((sample, time, value) => {
      if (expected !== undefined && value !== expected(sample, this.#ring.rate)) this.wrong += 1;
      this.last = [sample, value];
      this.#history.add(time, value);
      this.outline.add(sample, time, value);
    });
  }

  /** Of the last `seconds`: null where there was nothing. */
  statistics(seconds: number): Statistics | null {
    return statisticsOf(this.#history.since(now() - seconds * 1000));
  }
}

export class Analyzer {
  readonly series: readonly Series[];
  readonly #timer: NodeJS.Timeout;

  /** Begins to read. */
  constructor(series: readonly Series[]) {
    this.series = series;
    this.#timer = setInterval(() => {
      this.#update();
    }, EVERY_MS);
  }

  /** Reads what there still is, and then no more. */
  end(): void {
    clearInterval(this.#timer);
    this.#update();
  }

  /** Whether every sample that was written has been read, or is known to be lost. */
  get accounted(): boolean {
    return this.series.every(
      ({ read, lost, written, wrong }) => read + lost === written && wrong === 0,
    );
  }

  #update(): void {
    for (const one of this.series) one.update();
  }
}
