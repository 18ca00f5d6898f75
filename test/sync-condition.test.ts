// Condition: a lock on which programs wait until another one notifies them.
import { Condition, Semaphore } from 'named-shm';
import { type Gate, LONG_MS } from './support/sync-gates';
import { type Peer, PLACES, type Remote } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf, within } from './support/sync-whole';

const stage = useStage();

interface Counters {
  /** How many sleep: those who have begun, less those who have ended since. */
  readonly asleep: () => number;
  readonly sleeping: Semaphore;
  readonly woken: Semaphore;
  readonly wait: Semaphore;
}

function countersOf({ name }: Condition): Counters {
  const [sleeping, woken, wait] = ['sleeping', 'woken', 'wait'].map((part) =>
    stage.keep(Semaphore.attach(`${name}.${part}`)),
  ) as [Semaphore, Semaphore, Semaphore];
  return { asleep: () => sleeping.value - woken.value, sleeping, woken, wait };
}

function make(): Condition {
  return stage.keep(Condition.create({ name: stage.name() }));
}

function attach({ name }: Condition): Condition {
  return stage.keep(Condition.attach(name));
}

/** Sleeps through a handle of its own; asleep already when this returns. */
function sleep(condition: Condition, timeout = LONG_MS): Promise<boolean> {
  const own = attach(condition);
  expect(own.tryAcquire()).toBe(true);
  return own.wait({ timeout }).finally(() => {
    own.release();
  });
}

/** A program that sleeps. */
async function sleeper(condition: Condition): Promise<Peer> {
  const peer = await stage.peer('a process');
  const there = await peer.make<Condition>('Condition', 'attach', condition.name);
  await there.call('acquire');
  await there.begin('wait');
  await peer.ping();
  return peer;
}

test.each([
  [0, 0],
  [1, 1],
  [2, 2],
  [5, 5],
  [9, 5],
])('notify(%i) wakes %i of five', async (count, wakes) => {
  const condition = make();
  const { asleep, wait } = countersOf(condition);
  const woken: number[] = [];
  const sleeping = Array.from({ length: 5 }, async (_, index) => {
    expect(await sleep(condition)).toBe(true);
    woken.push(index);
  });
  expect(asleep()).toBe(5);
  await condition.run(() => condition.notify(count, { timeout: LONG_MS }));
  expect([asleep(), wait.value]).toEqual([5 - wakes, 0]);
  while (woken.length < wakes) await new Promise(setImmediate);
  await condition.run(() => condition.notifyAll({ timeout: LONG_MS }));
  await Promise.all(sleeping);
  expect(asleep()).toBe(0);
});

test('notify and notifyAll, blocking, wake those of other programs and Workers', async () => {
  const condition = make();
  const { asleep } = countersOf(condition);
  const sleepers: [Remote<Gate>, 'pass' | 'passSync'][] = [];
  for (const place of PLACES) {
    for (const manner of ['pass', 'passSync'] as const) {
      const peer = await stage.peer(place);
      sleepers.push([await peer.makeGate('Condition', 'attach', condition.name), manner]);
    }
  }
  for (const notify of [
    condition.notifySync.bind(condition, 4, { timeout: LONG_MS }),
    condition.notifyAllSync.bind(condition, { timeout: LONG_MS }),
  ]) {
    const waiting = sleepers.map(([there, manner]) => there.call(manner, { timeout: LONG_MS }));
    while (asleep() < 4) await new Promise(setImmediate);
    condition.acquireSync();
    notify();
    expect(asleep()).toBe(0);
    condition.release();
    expect(await Promise.all(waiting)).toEqual([true, true, true, true]);
  }
});

test('notify without anybody asleep is forgotten', async () => {
  const condition = make();
  await condition.run(async () => {
    await condition.notify();
    await condition.notifyAll();
    condition.notifySync(3);
    expect(await condition.wait({ timeout: 20 })).toBe(false);
    expect(condition.waitSync({ timeout: 20 })).toBe(false);
  });
});

test('the lock is free while one sleeps, and held again when that ends, as deep as before', async () => {
  const condition = make();
  const other = attach(condition);
  for (let depth = 0; depth < 3; depth += 1) condition.acquireSync();
  const waiting = condition.wait({ timeout: LONG_MS });
  expect(other.tryAcquire()).toBe(true);
  await other.notify(1, { timeout: LONG_MS });
  expect(other.tryAcquire()).toBe(true);
  other.release();
  let awake = false;
  void waiting.then(() => (awake = true));
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  expect(awake).toBe(false); // Until who notified gives the lock up.
  other.release();
  expect(await waiting).toBe(true);
  for (let depth = 0; depth < 3; depth += 1) {
    expect(other.tryAcquire()).toBe(false);
    condition.release();
  }
  expect(await errorOf(condition.release.bind(condition))).toMatchObject({
    code: 'ERR_SHM_NOT_OWNER',
  });
  expect(other.tryAcquire()).toBe(true);
});

test.each(['timeout', 'abort'])(
  'a wait that ends with its %s holds the lock, as before',
  async (end) => {
    const condition = make();
    const other = attach(condition);
    condition.acquireSync();
    condition.acquireSync();
    if (end === 'timeout') {
      expect(await condition.wait({ timeout: 10 })).toBe(false);
      expect(condition.waitSync({ timeout: 10 })).toBe(false);
    } else {
      const reason = new Error('enough');
      const controller = new AbortController();
      const waiting = errorOf(() => condition.wait({ signal: controller.signal }));
      controller.abort(reason);
      expect(await waiting).toBe(reason);
    }
    expect(other.tryAcquire()).toBe(false);
    condition.release();
    expect(other.tryAcquire()).toBe(false);
    condition.release();
    expect(other.tryAcquire()).toBe(true);
  },
);

test('waitFor: until the predicate says so, which is asked with the lock held', async () => {
  const condition = make();
  const other = attach(condition);
  let count = 0;
  let asked = 0;
  await condition.run(async () => {
    expect(await condition.waitFor(() => true)).toBe(true);
    expect(condition.waitForSync(() => true)).toBe(true);
    const waiting = condition.waitFor(
      () => {
        asked += 1;
        expect(other.tryAcquire()).toBe(false);
        return count === 3;
      },
      { timeout: LONG_MS },
    );
    for (count = 1; count <= 3; count += 1) {
      await other.acquire();
      await other.notify(1, { timeout: LONG_MS });
      other.release();
      while (asked < count + 1) await new Promise(setImmediate);
      if (count === 3) break;
    }
    expect(await waiting).toBe(true);
  });
  expect(asked).toBe(4);
});

test('waitFor: false when the timeout has passed, however often it was woken', async () => {
  const condition = make();
  await condition.run(async () => {
    const began = performance.now();
    expect(await condition.waitFor(() => false, { timeout: 60 })).toBe(false);
    expect(condition.waitForSync(() => false, { timeout: 60 })).toBe(false);
    expect(performance.now() - began).toBeGreaterThanOrEqual(118);
    const fault = new Error('of the predicate');
    expect(
      await errorOf(() =>
        condition.waitFor(() => {
          throw fault;
        }),
      ),
    ).toBe(fault);
  });
  expect(attach(condition).tryAcquire()).toBe(true);
});

test('one object for a task that waits and one that notifies', async () => {
  const condition = make();
  for (let round = 0; round < 20; round += 1) {
    const waiting = condition.run(() => condition.wait({ timeout: LONG_MS }));
    while (countersOf(condition).asleep() < 1) await new Promise(setImmediate);
    await condition.run(() => condition.notify(1, { timeout: LONG_MS }));
    expect(await waiting).toBe(true);
  }
  expect(attach(condition).tryAcquire()).toBe(true);
});

describe('a sleeper that does not wake', () => {
  test('was killed: notify says so in time, and others can be woken', async () => {
    const condition = make();
    const peer = await sleeper(condition);
    await peer.kill();
    for (const notify of [
      () => condition.notify(1, { timeout: 50 }),
      () => condition.notifyAll({ timeout: 50 }),
      condition.notifySync.bind(condition, 1, { timeout: 50 }),
    ]) {
      const error = await errorOf(() => condition.run(notify));
      expect(error).toMatchObject({ name: 'SharedResourceError', code: 'ETIMEDOUT' });
    }
    for (let round = 0; round < 3; round += 1) {
      const waiting = sleep(condition);
      await condition.run(() => condition.notify(1, { timeout: LONG_MS }));
      expect(await waiting).toBe(true);
    }
    const { wait, asleep } = countersOf(condition);
    expect([wait.value, asleep()]).toEqual([0, 1]);
  });

  test('is only slow: it has woken when it says so, and nothing is out of step', async () => {
    const condition = make();
    const { sleeping, wait, woken } = countersOf(condition);
    for (let round = 0; round < 3; round += 1) {
      sleeping.release(); // As one does that goes to sleep,
      const notifying = errorOf(() => condition.run(() => condition.notify(1, { timeout: 50 })));
      await new Promise(setImmediate);
      expect(wait.tryAcquire()).toBe(true); // wakes,
      expect(await notifying).toMatchObject({ code: 'ETIMEDOUT' });
      woken.release(); // and says so, too late.
      await condition.run(() => condition.notify());
      const waiting = sleep(condition);
      await condition.run(() => condition.notify(1, { timeout: LONG_MS }));
      expect(await waiting).toBe(true);
    }
  });

  test('whose notifier is aborted meanwhile: it can be woken again', async () => {
    const condition = make();
    const peer = await sleeper(condition);
    peer.signal('SIGSTOP');
    const controller = new AbortController();
    const reason = new Error('enough');
    const notifying = errorOf(() =>
      condition.run(() => condition.notify(1, { signal: controller.signal })),
    );
    await new Promise(setImmediate);
    controller.abort(reason);
    expect(await within(LONG_MS, notifying)).toBe(reason);
    peer.signal('SIGCONT');
    await condition.run(() => condition.notifyAll({ timeout: LONG_MS }));
  });
});

test('woken by what no program of ours does: an error, and it can be used again', async () => {
  const condition = make();
  countersOf(condition).woken.release();
  expect(await errorOf(() => condition.run(() => condition.notify()))).toMatchObject({
    code: 'ERR_SHM_CORRUPT',
  });
  const waiting = sleep(condition);
  await condition.run(() => condition.notify(1, { timeout: LONG_MS }));
  expect(await waiting).toBe(true);
});

test('attached by the names of its parts, as another program has them', async () => {
  const condition = make();
  const part = (key: string): string => `/${condition.name}.${key}`;
  const names = { lock: part('lock'), sleeping: part('sleeping'), woken: part('woken') };
  const other = stage.keep(Condition.attach({ ...names, wait: part('wait') }));
  expect(other.name).toBe(`${condition.name}.lock`);
  const waiting = other.run(() => other.wait({ timeout: LONG_MS }));
  while (countersOf(condition).asleep() < 1) await new Promise(setImmediate);
  await condition.run(() => condition.notify(1, { timeout: LONG_MS }));
  expect(await waiting).toBe(true);
});
