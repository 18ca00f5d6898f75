// RLock: its holder takes it again, and it is free when that has released it as often.
import { Lock, RLock, Semaphore } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import { PLACES } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf } from './support/sync-whole';

const stage = useStage();

function two(): [RLock, RLock] {
  const lock = stage.keep(RLock.create({ name: stage.name() }));
  return [lock, stage.keep(RLock.attach(lock.name))];
}

test('taken again in every manner: as deep as it was taken, free when all is given back', async () => {
  const [a, b] = two();
  expect(a.depth).toBe(0);
  expect(a.tryAcquire()).toBe(true);
  expect(a.acquireSync()).toBe(true);
  expect(a.acquireSync({ timeout: 0 })).toBe(true);
  expect(await a.acquire()).toBe(true);
  expect(await a.acquire({ timeout: 0 })).toBe(true);
  expect(await a.run(() => a.run(() => a.depth))).toBe(7);
  for (let depth = 5; depth > 0; depth -= 1) {
    expect(a.depth).toBe(depth);
    expect(b.tryAcquire()).toBe(false);
    a.release();
  }
  expect(a.depth).toBe(0);
  expect(b.tryAcquire()).toBe(true);
  expect(b.depth).toBe(1);
  expect(a.tryAcquire()).toBe(false);
});

test('tasks of one program that acquire at the same time are in together', async () => {
  const [a, b] = two();
  expect(await Promise.all([a.acquire(), a.acquire(), a.acquire()])).toEqual([true, true, true]);
  expect(a.depth).toBe(3);
  const waits = [b.acquire(), b.acquire({ timeout: LONG_MS }), b.acquire({ timeout: LONG_MS })];
  await new Promise(setImmediate);
  for (let depth = 3; depth > 0; depth -= 1) a.release();
  expect(await Promise.all(waits)).toEqual([true, true, true]);
  expect(b.depth).toBe(3);
  for (let depth = 3; depth > 0; depth -= 1) b.release();
  expect(a.tryAcquire()).toBe(true);
});

test('closed while functions run with it: free when the last one has ended', async () => {
  const [a, b] = two();
  const c = stage.keep(RLock.attach(a.name));
  await a.run(async () => {
    await a.run(() => {
      a.close();
    });
    expect(b.tryAcquire()).toBe(false);
  });
  expect(b.tryAcquire()).toBe(true);
  // Closed with a level that nobody can give back any more.
  await b.run(() => {
    b.close();
  });
  expect(c.tryAcquire()).toBe(false);
});

test('who waits passes when the last level is given back, and not before', async () => {
  const [a, b] = two();
  for (let depth = 0; depth < 3; depth += 1) a.acquireSync();
  let passed = false;
  const passing = b.acquire().then((answer) => (passed = answer));
  for (let depth = 3; depth > 1; depth -= 1) {
    a.release();
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(passed).toBe(false);
  }
  a.release();
  expect(await passing).toBe(true);
  expect(b.depth).toBe(1);
});

test.each(PLACES)('%s goes as deep, and this one waits for all of it', async (place) => {
  const [a] = two();
  const there = await (await stage.peer(place)).make<RLock>('RLock', 'attach', a.name);
  for (let depth = 1; depth <= 3; depth += 1) {
    expect(await there.call('acquire', { timeout: LONG_MS })).toBe(true);
    expect(await there.call('depth')).toBe(depth);
    expect(a.tryAcquire()).toBe(false);
  }
  const passing = a.acquire({ timeout: LONG_MS });
  for (let depth = 2; depth >= 0; depth -= 1) {
    expect(a.depth).toBe(0);
    await there.call('release');
    expect(await there.call('depth')).toBe(depth);
  }
  expect(await passing).toBe(true);
  expect(await there.call('tryAcquire')).toBe(false);
});

test('tasks that wait for one object all get it, also where each gives it back at once', async () => {
  const [a, b] = two();
  b.acquireSync();
  const tasks = Array.from({ length: 10 }, async () => {
    expect(await a.acquire({ timeout: LONG_MS })).toBe(true);
    expect(a.depth).toBeGreaterThan(0);
    await new Promise(setImmediate);
    a.release();
  });
  await new Promise(setImmediate);
  b.release();
  await Promise.all(tasks);
  expect(a.depth).toBe(0);
  expect(b.tryAcquire()).toBe(true);
});

test('an aborted signal takes it no deeper', async () => {
  const [a, b] = two();
  a.acquireSync();
  const reason = new Error('no');
  expect(await errorOf(() => a.acquire({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(a.depth).toBe(1);
  a.release();
  expect(b.tryAcquire()).toBe(true);
});

test('closed while it is held: it stays held, as by a program that went away', () => {
  const [a, b] = two();
  a.acquireSync();
  a.close();
  expect(a.depth).toBe(0);
  expect(b.tryAcquire()).toBe(false);
  stage.keep(Lock.attach(a.name)).release();
  expect(b.tryAcquire()).toBe(true);
});

test('locks and semaphores under one name are one thing', () => {
  const [a] = two();
  const lock = stage.keep(Lock.attach(a.name));
  const semaphore = stage.keep(Semaphore.attach(a.name));
  a.acquireSync();
  a.acquireSync();
  expect([lock.tryAcquire(), semaphore.value]).toEqual([false, 0]);
  a.release();
  a.release();
  expect(semaphore.value).toBe(1);
  expect(lock.tryAcquire()).toBe(true);
  expect(a.tryAcquire()).toBe(false);
});
