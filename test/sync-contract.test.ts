// What all primitives promise, by whatever handle in one thread.
import { LONG_MS } from './support/sync-gates';
import { CLASSES, EXCLUSIVE, KINDS } from './support/sync-kinds';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';

const stage = useStage();

/** Clocks that are read one after the other may round to either side. */
const ROUNDING_MS = 1;

describe.each(KINDS)('$label', (kind) => {
  if (kind.staysOpen) {
    test('open: passed at once, in each manner', async () => {
      const [a, b] = stage.two(kind);
      expect(a.shut()).toBe(true);
      await a.open();
      for (const gate of [a, b, a]) {
        expect(gate.tryPass()).toBe(true);
        gate.leave();
        expect(gate.passSync()).toBe(true);
        gate.leave();
        expect(gate.passSync({ timeout: 0 })).toBe(true);
        gate.leave();
        expect(await gate.pass()).toBe(true);
        gate.leave();
        expect(await gate.pass({ timeout: 0 })).toBe(true);
        gate.leave();
      }
    });
  }

  test('shut: false at once, or when the timeout has passed, and not before', async () => {
    const [a, b] = stage.two(kind);
    const attempts = [
      [0, () => a.tryPass()],
      [0, () => a.passSync({ timeout: 0 })],
      [0.5, () => a.passSync({ timeout: 0.5 })],
      [60, () => a.passSync({ timeout: 60 })],
      [150, () => a.passSync({ timeout: 150 })],
      [0, () => a.pass({ timeout: 0 })],
      [0.5, () => a.pass({ timeout: 0.5 })],
      [60, () => a.pass({ timeout: 60 })],
      [150, () => a.pass({ timeout: 150 })],
    ] as const;
    for (const [timeout, attempt] of attempts) {
      expect(b.shut()).toBe(true);
      const began = performance.now();
      expect(await attempt()).toBe(false);
      expect(performance.now() - began).toBeGreaterThanOrEqual(timeout - ROUNDING_MS);
      if (kind.staysOpen) await b.open();
    }
    await expectWhole(kind, a, b);
  });

  test('shut: awaited until it opens, while the event loop goes on', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    let passed = false;
    const passing = a.pass().then((answer) => (passed = answer));
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(passed).toBe(false);
    await b.open();
    expect(await passing).toBe(true);
    a.leave();
    await expectWhole(kind, a, b);
  });

  test('a timeout beyond any clock is one that never passes', async () => {
    const [a, b] = stage.two(kind);
    for (const timeout of [1e12, Number.MAX_VALUE, Infinity]) {
      expect(b.shut()).toBe(true);
      const passing = a.pass({ timeout });
      await b.open();
      expect(await passing).toBe(true);
      a.leave();
    }
  });

  if (kind.staysOpen) {
    test('32 handles wait: all of them pass', async () => {
      const [a, b] = stage.two(kind);
      const gates = Array.from({ length: 32 }, () => stage.keep(kind.attach(a.name)));
      expect(b.shut()).toBe(true);
      const passing = gates.map(async (gate) => {
        expect(await gate.pass({ timeout: LONG_MS })).toBe(true);
        gate.leave();
      });
      await b.open();
      await Promise.all(passing);
      await expectWhole(kind, a, b);
    });
  }

  if (kind.leftTooOften !== undefined) {
    test('given back by whoever has not taken it: an error, and nothing changes', async () => {
      const [a, b] = stage.two(kind);
      expect(await errorOf(a.leave)).toMatchObject({ code: kind.leftTooOften });
      expect(a.tryPass()).toBe(true);
      a.leave();
      expect(await errorOf(a.leave)).toMatchObject({ code: kind.leftTooOften });
      await expectWhole(kind, a, b);
    });
  }
});

describe.each(EXCLUSIVE)('$label', (kind) => {
  test('held through another handle: only who may gives it back', async () => {
    const [a, b] = stage.two(kind);
    expect(a.tryPass()).toBe(true);
    if (kind.anyoneLeaves) {
      b.leave();
      expect(b.tryPass()).toBe(true);
      a.leave();
    } else {
      expect(await errorOf(b.leave)).toMatchObject({ code: kind.leftTooOften });
      expect(b.tryPass()).toBe(false);
      a.leave();
    }
    await expectWhole(kind, a, b);
  });

  test('tasks of one program count without losing any', async () => {
    const [a] = stage.two(kind);
    const gates = Array.from({ length: 8 }, () => stage.keep(kind.attach(a.name)));
    let count = 0;
    await Promise.all(
      gates.map(async (gate, index) => {
        for (let round = 0; round < 50; round += 1) {
          expect(await gate.pass({ timeout: LONG_MS })).toBe(true);
          const before = count;
          if ((round + index) % 4 === 0) await new Promise(setImmediate);
          count = before + 1;
          gate.leave();
        }
      }),
    );
    expect(count).toBe(8 * 50);
  });
});

test('every class is in the table', () => {
  expect(CLASSES.map(({ label }) => label.replace(/,.*/, ''))).toEqual([
    'Semaphore',
    'BoundedSemaphore',
    'Lock',
    'RLock',
    'Mutex',
    'RwLock',
    'Event',
    'Condition',
    'Barrier',
  ]);
});
