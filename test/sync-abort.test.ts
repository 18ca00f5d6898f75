// An aborted wait is rejected with the signal's reason, holds nothing, and has lost nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { type Gate, LONG_MS } from './support/sync-gates';
import { type Kind, KINDS } from './support/sync-kinds';
import { useStage } from './support/sync-stage';
import { Dice, errorOf, expectWhole, within } from './support/sync-whole';

const stage = useStage();
const ROUNDS = 200;
const REASON = { why: 'a reason of any type' };

/** Opens and ends a wait at about the same moment; whether the wait has passed. */
async function race(b: Gate, passing: Promise<boolean>, end: () => void, dice: Dice) {
  const deeds: (() => unknown)[] = [b.openAnyway, end];
  if (dice.under(2) < 1) deeds.reverse();
  const done: unknown[] = [];
  for (const deed of deeds) {
    await somewhen(dice);
    done.push(deed());
    // In the same turn: what the wait has got meanwhile has not reached its promise.
    if (dice.under(2) < 1) block(dice.under(0.3));
  }
  const passed = await within(LONG_MS, passing);
  await within(LONG_MS, Promise.all(done));
  return passed;
}

async function somewhen(dice: Dice): Promise<void> {
  switch (Math.floor(dice.under(3))) {
    case 0:
      return;
    case 1:
      return delay(dice.under(3));
    default:
      for (let turns = dice.under(4); turns > 0; turns -= 1) await new Promise(setImmediate);
  }
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** With what a failure needs to be seen again. */
async function seeded(body: (dice: Dice) => Promise<void>): Promise<void> {
  const dice = new Dice();
  try {
    await body(dice);
  } catch (error) {
    (error as Error).message += `\nSYNC_TEST_SEED=${dice.seed}`;
    throw error;
  }
}

/** Between rounds nobody is inside, and who would shut it can do so at once: nothing leaked. */
async function shutAgain(kind: Kind, b: Gate): Promise<void> {
  expect(b.shut()).toBe(true);
  if (!kind.staysOpen) return;
  await b.open();
  expect(b.shut()).toBe(true);
}

describe.each(KINDS)('$label', (kind) => {
  test('aborted before: rejected, though it is open', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    if (kind.staysOpen) await b.open();
    const error = await errorOf(() => a.pass({ signal: AbortSignal.abort(REASON) }));
    expect(error).toBe(REASON);
    await expectWhole(kind, a, b);
  });

  test('aborted while it waits: rejected with the reason', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    const controller = new AbortController();
    const passing = errorOf(() => a.pass({ signal: controller.signal, timeout: LONG_MS }));
    await new Promise(setImmediate);
    controller.abort(REASON);
    expect(await passing).toBe(REASON);
    if (kind.staysOpen) await b.open();
    await expectWhole(kind, a, b);
  });

  test('aborted without a reason, or by a timeout: the error is the DOM’s', async () => {
    const [a, b] = stage.two(kind);
    const controller = new AbortController();
    expect(b.shut()).toBe(true);
    const passing = errorOf(() => a.pass({ signal: controller.signal }));
    controller.abort();
    expect((await passing).name).toBe('AbortError');
    if (!kind.staysOpen) expect(b.shut()).toBe(true); // A barrier was broken by it.
    const error = await errorOf(() => a.pass({ signal: AbortSignal.timeout(20) }));
    expect(error.name).toBe('TimeoutError');
    if (kind.staysOpen) await b.open();
    await expectWhole(kind, a, b);
  });

  test('aborted after it has passed: nothing happens', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    const controller = new AbortController();
    const passing = a.pass({ signal: controller.signal });
    await b.open();
    expect(await passing).toBe(true);
    controller.abort();
    if (kind.excludes) expect(b.tryPass()).toBe(false);
    a.leave();
    await expectWhole(kind, a, b);
  });

  test(`${ROUNDS} times at the moment that it opens: it has passed, or nothing was lost`, () =>
    seeded(async (dice) => {
      const [a, b] = stage.two(kind);
      for (let round = 0; round < ROUNDS; round += 1) {
        await shutAgain(kind, b);
        const controller = new AbortController();
        const passing = a.pass({ signal: controller.signal }).catch((error: unknown) => {
          expect(error).toBe(REASON);
          return false;
        });
        const end = (): void => {
          controller.abort(REASON);
        };
        if (await race(b, passing, end, dice)) a.leave();
      }
      await expectWhole(kind, a, b);
    }));

  test(`${ROUNDS} times the timeout passes when it opens: it has passed, or nothing was lost`, () =>
    seeded(async (dice) => {
      const [a, b] = stage.two(kind);
      for (let round = 0; round < ROUNDS; round += 1) {
        await shutAgain(kind, b);
        const passing = a.pass({ timeout: dice.under(3) });
        if (await race(b, passing, () => undefined, dice)) a.leave();
      }
      await expectWhole(kind, a, b);
    }));
});

describe.each(KINDS.filter(({ staysOpen }) => staysOpen))('$label', (kind) => {
  test('64 waits of one signal end well below a second, and without a warning', async () => {
    const [a, b] = stage.two(kind);
    const gates = Array.from({ length: 64 }, () => stage.keep(kind.attach(a.name)));
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    expect(b.shut()).toBe(true);
    const controller = new AbortController();
    const passing = gates.map((gate) => errorOf(() => gate.pass({ signal: controller.signal })));
    await new Promise(setImmediate);
    const began = performance.now();
    controller.abort(REASON);
    expect(new Set(await Promise.all(passing))).toEqual(new Set([REASON]));
    expect(performance.now() - began).toBeLessThan(900);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
    await b.open();
    await expectWhole(kind, a, b);
  });
});
