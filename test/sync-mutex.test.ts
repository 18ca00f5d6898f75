// Mutex: it survives its holder, and never takes anything from one that lives.
import { Mutex } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import type { Peer, Remote } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf, within } from './support/sync-whole';
import type * as work from './support/sync-work';

const stage = useStage();
const TAKEN = { acquired: true, ownerDied: false };
const TAKEN_FROM_DEAD = { acquired: true, ownerDied: true };
const NOT_TAKEN = { acquired: false, ownerDied: false };

function make(): Mutex {
  return stage.keep(Mutex.create({ name: stage.name() }));
}

function attach({ name }: Mutex): Mutex {
  return stage.keep(Mutex.attach(name));
}

/** A program, or a Worker, that holds it. */
async function holder(
  mutex: Mutex,
  place: 'a process' | 'a Worker' = 'a process',
): Promise<[Peer, Remote<Mutex>]> {
  const peer = await stage.peer(place);
  const there = await peer.make<Mutex>('Mutex', 'attach', mutex.name);
  expect(await there.call('acquire')).toMatchObject({ acquired: true });
  return [peer, there];
}

/** Taken and released by each of two handles, without a word of anybody's death. */
async function expectConsistent(mutex: Mutex): Promise<void> {
  for (const each of [mutex, attach(mutex)]) {
    expect(each.tryAcquire()).toEqual(TAKEN);
    each.release();
    expect(await each.acquire({ timeout: LONG_MS })).toEqual(TAKEN);
    each.release();
  }
}

type End = [string, 'a process' | 'a Worker', (peer: Peer, there: Remote<Mutex>) => unknown];
const ENDS: End[] = [
  [
    'SIGKILL',
    'a process',
    (peer) => {
      peer.signal('SIGKILL');
    },
  ],
  [
    'SIGTERM',
    'a process',
    (peer) => {
      peer.signal('SIGTERM');
    },
  ],
  ['process.exit()', 'a process', (peer) => void peer.at<typeof work>('work').call('exit', 0)],
  ['an exception', 'a process', (peer) => void peer.at<typeof work>('work').call('fail', 'so')],
  ['close()', 'a process', (_, there) => there.call('close')],
  ['terminate()', 'a Worker', (peer) => peer.terminate()],
  ['process.exit()', 'a Worker', (peer) => void peer.at<typeof work>('work').call('exit', 0)],
  ['close()', 'a Worker', (_, there) => there.call('close')],
];

describe.each(ENDS)('the holder ends by %s in %s', (_, place, end) => {
  test('those who wait get it, one after the other, and hear of it', async () => {
    const mutex = make();
    const [peer, there] = await holder(mutex, place);
    expect(mutex.tryAcquire()).toEqual(NOT_TAKEN);
    const blocked = await stage.peer('a process');
    const blocking = await blocked.make<Mutex>('Mutex', 'attach', mutex.name);
    const waits = [mutex, attach(mutex)].map(async (each) => {
      expect(await each.acquire({ timeout: LONG_MS })).toEqual(TAKEN_FROM_DEAD);
      each.release();
    });
    const { done } = await blocking.begin('acquireSync', { timeout: LONG_MS });
    await end(peer, there);
    expect(await within(LONG_MS, done)).toEqual(TAKEN_FROM_DEAD);
    await blocking.call('release');
    await Promise.all(waits);
    expect(mutex.tryAcquire()).toEqual(TAKEN_FROM_DEAD);
    mutex.markConsistent();
    mutex.release();
    await expectConsistent(mutex);
  });
});

test('everybody hears of it until one says that the data is whole again', async () => {
  const mutex = make();
  const [peer] = await holder(mutex);
  await peer.kill();
  const others = [mutex, attach(mutex), attach(mutex)];
  for (const each of [...others, ...others]) {
    expect(each.acquireSync()).toEqual(TAKEN_FROM_DEAD);
    each.release();
    expect(await each.acquire()).toEqual(TAKEN_FROM_DEAD);
    each.release();
    expect(each.tryAcquire()).toEqual(TAKEN_FROM_DEAD);
    each.release();
    expect(await each.run((acquisition) => acquisition)).toEqual(TAKEN_FROM_DEAD);
  }
  expect(mutex.tryAcquire()).toEqual(TAKEN_FROM_DEAD);
  for (const other of others.slice(1))
    expect(await errorOf(other.markConsistent.bind(other))).toMatchObject({
      code: 'ERR_SHM_NOT_OWNER',
    });
  mutex.markConsistent();
  mutex.markConsistent();
  mutex.release();
  expect(await errorOf(mutex.markConsistent.bind(mutex))).toMatchObject({
    code: 'ERR_SHM_NOT_OWNER',
  });
  await expectConsistent(mutex);
});

test('who repairs may die as well', async () => {
  const mutex = make();
  for (let death = 0; death < 3; death += 1) await (await holder(mutex))[0].kill();
  const [peer, there] = await holder(mutex);
  await there.call('markConsistent');
  await peer.kill(); // It held it still.
  expect(mutex.acquireSync()).toEqual(TAKEN_FROM_DEAD);
  mutex.markConsistent();
  mutex.release();
  const [last, whole] = await holder(mutex);
  await whole.call('release');
  await last.kill();
  await expectConsistent(mutex);
});

test('the death of one that only waits is nobody’s concern', async () => {
  const mutex = make();
  mutex.acquireSync();
  const peers: Peer[] = [];
  for (const manner of ['acquire', 'acquireSync'] as const) {
    const peer = await stage.peer('a process');
    const there = await peer.make<Mutex>('Mutex', 'attach', mutex.name);
    await there.begin(manner);
    peers.push(peer);
  }
  for (const peer of peers) await peer.kill();
  mutex.release();
  await expectConsistent(mutex);
});

test('never taken from a holder that is stopped, for however long one waits', async () => {
  const mutex = make();
  const [peer, there] = await holder(mutex);
  peer.signal('SIGSTOP');
  expect(mutex.tryAcquire()).toEqual(NOT_TAKEN);
  expect(mutex.acquireSync({ timeout: 350 })).toEqual(NOT_TAKEN); // Over three looks at the owner.
  expect(await mutex.acquire({ timeout: 350 })).toEqual(NOT_TAKEN);
  const waiting = mutex.acquire({ timeout: LONG_MS });
  expect(attach(mutex).tryAcquire()).toEqual(NOT_TAKEN);
  peer.signal('SIGCONT');
  await there.call('markConsistent'); // It owns it still, and nobody has been in between.
  await there.call('release');
  expect(await waiting).toEqual(TAKEN);
  mutex.release();
  await expectConsistent(mutex);
});

test('the name is gone when the holder dies: those who have it open hear of it all the same', async () => {
  const mutex = make();
  const other = attach(mutex);
  const [peer] = await holder(mutex);
  mutex.unlink();
  await peer.kill();
  expect(await other.acquire({ timeout: LONG_MS })).toEqual(TAKEN_FROM_DEAD);
  expect(mutex.tryAcquire()).toEqual(NOT_TAKEN);
  other.release();
  expect(mutex.acquireSync({ timeout: LONG_MS })).toEqual(TAKEN_FROM_DEAD);
});

test('two handles of one thread are two holders', async () => {
  const mutex = make();
  const other = attach(mutex);
  expect(mutex.tryAcquire()).toEqual(TAKEN);
  expect(mutex.tryAcquire()).toEqual(NOT_TAKEN);
  expect(mutex.acquireSync({ timeout: 10 })).toEqual(NOT_TAKEN);
  expect(other.tryAcquire()).toEqual(NOT_TAKEN);
  mutex.close();
  expect(other.tryAcquire()).toEqual(TAKEN_FROM_DEAD);
  other.markConsistent();
  other.release();
  await expectConsistent(other);
});

test('released by a task before the wait of another one has been answered: not that one’s', async () => {
  const mutex = make();
  const other = attach(mutex);
  for (let round = 0; round < 50; round += 1) {
    other.acquireSync();
    const waiting = mutex.acquire();
    other.release();
    // In this turn the wait's thread may have got it, and its promise can't have been told.
    for (const end = performance.now() + 0.2; performance.now() < end;);
    const notOwner = { code: 'ERR_SHM_NOT_OWNER' };
    expect(await errorOf(mutex.release.bind(mutex))).toMatchObject(notOwner);
    expect(await waiting).toEqual(TAKEN);
    expect(other.tryAcquire()).toEqual(NOT_TAKEN);
    mutex.release();
  }
});

test('run tells fn of the death, and releases', async () => {
  const mutex = make();
  mutex.acquireSync();
  const other = attach(mutex);
  mutex.close();
  const repaired = await other.run((acquisition) => {
    other.markConsistent();
    return acquisition;
  });
  expect(repaired).toEqual(TAKEN_FROM_DEAD);
  expect(await other.run((acquisition) => acquisition)).toEqual(TAKEN);
});
