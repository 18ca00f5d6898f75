// The dashboard's circular buffer: nobody gets a sample that was not written, and none is missed unnoticed.
import * as fc from 'fast-check';
import { type SharedMemory, SharedMemoryManager } from 'named-shm';
import { createRing, RingReader, RingWriter } from '../out/examples/dashboard/ring';
import { History, statisticsOf } from '../out/examples/dashboard/statistics';

type Sample = readonly [sample: number, time: number, value: number];

const timeOf = (sample: number): number => 1.7e12 + sample / 8;
const valueOf = (sample: number): number => Math.sin(sample) * 10 ** (sample % 7);
const sampleOf = (sample: number): Sample => [sample, timeOf(sample), valueOf(sample)];

let manager: SharedMemoryManager;
beforeEach(() => (manager = new SharedMemoryManager()));
afterEach(() => {
  manager.close();
});

function ring(slots: number): SharedMemory {
  return createRing(manager, { slots, rate: 1000 });
}

function write(writer: RingWriter, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const next = writer.position + 1;
    writer.write(timeOf(next), valueOf(next));
  }
}

function drain(reader: RingReader): Sample[] {
  const samples: Sample[] = [];
  reader.drain((...sample) => samples.push(sample));
  expect(reader.read + reader.lost).toBe(reader.position);
  return samples;
}

test('each sample once, in order, bit for bit', () => {
  const shm = ring(8);
  const [writer, reader] = [new RingWriter(shm), new RingReader(shm)];
  const values = [0, -0, 5e-324, -1.5, NaN, Infinity, 2 ** 53 + 2, Math.PI];
  for (const value of values) writer.write(value, value);
  expect(drain(reader)).toEqual(values.map((value, i) => [i + 1, value, value]));
  expect(drain(reader)).toEqual([]);
  write(writer, 8);
  expect(drain(reader)).toEqual([9, 10, 11, 12, 13, 14, 15, 16].map(sampleOf));
  expect(reader).toMatchObject({ read: 16, lost: 0 });
});

test('slots are rounded up to a power of two', () => {
  expect([1, 2, 3, 1000].map((slots) => new RingReader(ring(slots)).slots)).toEqual([
    1, 2, 4, 1024,
  ]);
});

test('a reader that comes late gets the newest, and counts the others as lost', () => {
  const shm = ring(8);
  write(new RingWriter(shm), 100);
  const reader = new RingReader(shm);
  expect(drain(reader)).toEqual([93, 94, 95, 96, 97, 98, 99, 100].map(sampleOf));
  expect(reader).toMatchObject({ read: 8, lost: 92 });
});

test('a writer that laps the reader while it reads', () => {
  const shm = ring(8);
  const [writer, reader] = [new RingWriter(shm), new RingReader(shm)];
  write(writer, 8);
  const samples: Sample[] = [];
  reader.drain((...sample) => {
    samples.push(sample);
    write(writer, 3);
  });
  // After 1 the slots of 1 to 3 have others, after 4 those of 4 to 6, after 7 also that of 8.
  expect(samples).toEqual([1, 4, 7].map(sampleOf));
  expect(reader).toMatchObject({ read: 3, lost: 5 });
  expect(drain(reader)).toEqual([10, 11, 12, 13, 14, 15, 16, 17].map(sampleOf));
  expect(reader).toMatchObject({ read: 11, lost: 6 });
});

test('a writer that comes in between, at any moment of a reading', () => {
  const { load } = Atomics as { load: (words: BigInt64Array, at: number) => bigint };
  const results = new Set<string>();
  for (let moment = 0; moment < 11; moment += 1) {
    const shm = ring(2);
    const [writer, reader] = [new RingWriter(shm), new RingReader(shm)];
    write(writer, 2);
    let loads = 0;
    const spy = jest.spyOn(Atomics, 'load').mockImplementation(((
      words: BigInt64Array,
      at: number,
    ) => {
      if (loads++ === moment) write(writer, 1);
      return load(words, at);
    }) as typeof Atomics.load);
    try {
      const samples: Sample[] = [];
      reader.drain((...sample) => samples.push(sample));
      expect(samples).toEqual(samples.map(([sample]) => sampleOf(sample)));
      results.add(samples.map(([sample]) => sample).join(' '));
    } finally {
      spy.mockRestore();
    }
    const samples = drain(reader);
    expect(samples).toEqual(samples.map(([sample]) => sampleOf(sample)));
    expect(reader.read + reader.lost).toBe(3);
  }
  // Before it, while 1 is read, and after that: 3 is written over 1.
  expect(results).toEqual(new Set(['2 3', '2', '1 2']));
});

describe('while a sample is written over another one', () => {
  const SLOTS = 4;
  const POSITION = 8;
  /** Where the slot of samples 2 and 6 begins, in words. */
  const SLOT = 16 + 2 * 4;

  /** The words in the middle of writing sample 6, after 1 to 5: any of the changes may be seen. */
  function* mixtures(): Generator<readonly [words: BigInt64Array, shm: SharedMemory]> {
    const shm = ring(SLOTS);
    const writer = new RingWriter(shm);
    write(writer, 5);
    const words = shm.view('int64');
    const before = words.slice();
    write(writer, 1);
    const after = words.slice();
    const places = [SLOT, SLOT + 1, SLOT + 2, SLOT + 3, POSITION];
    for (let seen = 0; seen < 2 ** places.length; seen += 1) {
      for (const beingWritten of [false, true]) {
        words.set(before);
        places.forEach((at, i) => {
          if (seen & (2 ** i)) words[at] = after[at] as bigint;
        });
        if (beingWritten) words[SLOT] = 0n;
        yield [words, shm];
      }
    }
  }

  test('no mixture of the two is taken for either, in whatever order the writes are seen', () => {
    const whole: number[] = [];
    for (const [words, shm] of mixtures()) {
      const reader = new RingReader(shm);
      const samples = drain(reader);
      expect(samples).toEqual(samples.map(([sample]) => sampleOf(sample)));
      expect(samples.map(([sample]) => sample)).toEqual(expect.arrayContaining([3, 4, 5]));
      if (samples.length === SLOTS) whole.push(Number(words[SLOT]));
    }
    expect(whole).toEqual([2, 6]); // Where nothing of it is seen, or all.
  });

  test('a writer that was killed there loses the old sample; the next one goes on', () => {
    const shm = ring(SLOTS);
    write(new RingWriter(shm), 5);
    const words = shm.view('int64');
    words[SLOT] = 0n;
    words[SLOT + 1] = 123n;
    const reader = new RingReader(shm);
    expect(drain(reader)).toEqual([3, 4, 5].map(sampleOf));
    write(new RingWriter(shm), 2);
    expect(drain(reader)).toEqual([6, 7].map(sampleOf));
    expect(reader).toMatchObject({ read: 5, lost: 2 });
  });
});

test('a reader knows who writes, and since when nothing was heard', () => {
  const shm = ring(8);
  const [writer, reader] = [new RingWriter(shm), new RingReader(shm)];
  expect(reader).toMatchObject({ process: 0 });
  expect(reader.silence()).toBe(Infinity);
  writer.begin();
  expect(reader.process).toBe(process.pid);
  const heard = reader.silence();
  expect(heard).toBeGreaterThanOrEqual(0);
  expect(heard).toBeLessThan(Infinity);
  writer.end();
  expect(reader.process).toBe(0);
});

describe('statistics', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });

  test('are those of the sorted values', () => {
    fc.assert(
      fc.property(values, (numbers) => {
        const sorted = Float64Array.from(numbers).sort();
        const rank = (percent: number) => sorted[Math.ceil((percent * sorted.length) / 100) - 1];
        const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
        const variance =
          sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
        const found = statisticsOf(Float64Array.from(numbers));
        expect(found).toMatchObject({
          count: sorted.length,
          p50: rank(50),
          p95: rank(95),
          p99: rank(99),
        });
        expect(found?.mean).toBeCloseTo(mean, 6);
        expect(found?.deviation).toBeCloseTo(Math.sqrt(variance), 4);
      }),
    );
  });

  test('of nothing there are none', () => {
    expect(statisticsOf(new Float64Array(0))).toBeNull();
  });

  test('a history gives what came since, as far back as it goes', () => {
    const history = new History(5);
    expect([...history.since(0)]).toEqual([]);
    for (let i = 1; i <= 12; i += 1) {
      history.add(i, 10 * i);
      for (let since = 0; since <= i + 1; since += 1) {
        const wanted = Array.from({ length: i }, (_, k) => k + 1).slice(-5);
        const expected = wanted.filter((time) => time >= since).map((time) => 10 * time);
        expect([...history.since(since)].sort((a, b) => a - b)).toEqual(expected);
      }
    }
  });
});
