// What counts: values and bounds, between programs too.
import { BoundedSemaphore, Semaphore } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import { PLACES } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf, within } from './support/sync-whole';

const stage = useStage();
const OVER = { name: 'RangeError', code: 'ERR_SHM_OVER_RELEASE' };

test('as many take it as its value says', async () => {
  const semaphore = stage.keep(Semaphore.create({ name: stage.name(), value: 3 }));
  for (let value = 3; value > 0; value -= 1) {
    expect(semaphore.value).toBe(value);
    expect(semaphore.tryAcquire()).toBe(true);
  }
  expect(semaphore.tryAcquire()).toBe(false);
  const passing = Array.from({ length: 5 }, () => semaphore.acquire({ timeout: LONG_MS }));
  for (let give = 0; give < 5; give += 1) semaphore.release();
  expect(await Promise.all(passing)).toEqual(Array(5).fill(true));
  expect(semaphore.value).toBe(0);
});

test('each release lets one of those who wait pass, and no other', async () => {
  const semaphore = stage.keep(Semaphore.create({ name: stage.name(), value: 0 }));
  let passed = 0;
  let passes: (() => void) | undefined;
  const passing = Array.from({ length: 10 }, async () => {
    await semaphore.acquire({ timeout: LONG_MS });
    passed += 1;
    passes?.();
  });
  for (let give = 1; give <= 10; give += 1) {
    const next = new Promise<void>((resolve) => (passes = resolve));
    semaphore.release();
    await next;
    await new Promise(setImmediate);
    expect([passed, semaphore.value]).toEqual([give, 0]);
  }
  await Promise.all(passing);
});

test('without a bound it goes beyond where it began, up to the largest value of all', async () => {
  const semaphore = stage.keep(Semaphore.create({ name: stage.name(), value: 1 }));
  semaphore.release();
  expect(semaphore.value).toBe(2);
  const full = stage.keep(Semaphore.create({ name: stage.name(), value: 0x7fffffff }));
  expect(full.value).toBe(0x7fffffff);
  expect(await errorOf(full.release.bind(full))).toMatchObject(OVER);
  expect(full.tryAcquire()).toBe(true);
});

test('a bound holds: its own release throws, and the value stays', async () => {
  const name = stage.name();
  const made = stage.keep(Semaphore.create({ name, value: 1, maxValue: 3 }));
  made.release();
  made.release();
  expect(await errorOf(made.release.bind(made))).toMatchObject(OVER);
  const bounded = stage.keep(BoundedSemaphore.attach(name, { value: 2 }));
  expect(await errorOf(bounded.release.bind(bounded))).toMatchObject(OVER);
  expect(bounded.value).toBe(3);
  // Who attaches without saying the bound does not know it.
  stage.keep(Semaphore.attach(name)).release();
  stage.keep(BoundedSemaphore.attach(name)).release();
  expect(made.value).toBe(5);
});

test.each(PLACES)('createOrAttach in %s: the value is that of who was first', async (place) => {
  const name = stage.name();
  const made = stage.keep(BoundedSemaphore.createOrAttach({ name, value: 2 }));
  const peer = await stage.peer(place);
  const there = await peer.make<BoundedSemaphore>('BoundedSemaphore', 'createOrAttach', {
    name,
    value: 5,
  });
  expect([await there.call('created'), await there.call('value')]).toEqual([false, 2]);
  expect([await there.call('tryAcquire'), made.value]).toEqual([true, 1]);
  expect([await there.call('acquireSync'), made.value]).toEqual([true, 0]);
  const { done } = await there.begin('acquire', { timeout: LONG_MS });
  made.release();
  expect(await done).toBe(true);
});

test('a release from within the turn reaches who waits elsewhere at once', async () => {
  const semaphore = stage.keep(Semaphore.create({ name: stage.name(), value: 0 }));
  const peer = await stage.peer('a process');
  const there = await peer.make<Semaphore>('Semaphore', 'attach', semaphore.name);
  const { done } = await there.begin('acquireSync');
  semaphore.release();
  expect(await within(LONG_MS, done)).toBe(true);
});
