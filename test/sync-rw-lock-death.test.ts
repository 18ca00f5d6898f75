// RwLock: dead readers hold up nobody, dead writers are reported, and the living are left alone.
import { RwLock } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import type { Peer, Place, Remote } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf } from './support/sync-whole';

const stage = useStage();
const TAKEN = { acquired: true, ownerDied: false };
const TAKEN_FROM_DEAD = { acquired: true, ownerDied: true };
const NOT_TAKEN = { acquired: false, ownerDied: false };

function make(maxReaders = 120): RwLock {
  return stage.keep(RwLock.create({ name: stage.name(), maxReaders }));
}

function attach({ name }: RwLock): RwLock {
  return stage.keep(RwLock.attach(name));
}

async function holder(
  lock: RwLock,
  side: 'Read' | 'Write',
  place: Place = 'a process',
): Promise<[Peer, Remote<RwLock>]> {
  const peer = await stage.peer(place);
  const there = await peer.make<RwLock>('RwLock', 'attach', lock.name);
  expect(await there.call(`acquire${side}`)).toMatchObject({ acquired: true });
  return [peer, there];
}

type End = [string, Place, (peer: Peer, there: Remote<RwLock>) => unknown];
const ENDS: End[] = [
  ['SIGKILL', 'a process', (peer) => peer.kill()],
  ['close()', 'a process', (_, there) => there.call('close')],
  ['terminate()', 'a Worker', (peer) => peer.terminate()],
  ['close()', 'a Worker', (_, there) => there.call('close')],
];

describe.each(ENDS)('by %s in %s', (_, place, end) => {
  test('a dead reader does not block writers, and is not reported', async () => {
    const lock = make();
    const [peer, there] = await holder(lock, 'Read', place);
    expect(lock.tryAcquireWrite()).toEqual(NOT_TAKEN);
    const writing = [lock, attach(lock)].map(async (writer) => {
      expect(await writer.acquireWrite({ timeout: LONG_MS })).toEqual(TAKEN);
      writer.releaseWrite();
    });
    await end(peer, there);
    await Promise.all(writing);
    await (await holder(lock, 'Read'))[0].kill();
    expect(lock.acquireWriteSync({ timeout: LONG_MS })).toEqual(TAKEN);
    lock.releaseWrite();
    await (await holder(lock, 'Read'))[0].kill();
    expect(lock.tryAcquireWrite()).toEqual(TAKEN);
  });

  test('a dead writer is reported to readers and writers, until one of these marks it', async () => {
    const lock = make();
    const other = attach(lock);
    const [peer, there] = await holder(lock, 'Write', place);
    expect(other.tryAcquireRead()).toEqual(NOT_TAKEN);
    const reading = other.read((acquisition) => acquisition, { timeout: LONG_MS });
    const writing = lock.write((acquisition) => acquisition, { timeout: LONG_MS });
    await end(peer, there);
    expect(await reading).toEqual(TAKEN_FROM_DEAD);
    expect(await writing).toEqual(TAKEN_FROM_DEAD);
    for (const each of [lock, other]) {
      expect(each.tryAcquireRead()).toEqual(TAKEN_FROM_DEAD);
      expect(await errorOf(each.markConsistent.bind(each))).toMatchObject({
        code: 'ERR_SHM_NOT_OWNER',
      });
      expect(each.acquireReadSync()).toEqual(TAKEN_FROM_DEAD);
      expect(await each.acquireRead()).toEqual(TAKEN_FROM_DEAD);
      for (let read = 0; read < 3; read += 1) each.releaseRead();
      expect(each.tryAcquireWrite()).toEqual(TAKEN_FROM_DEAD);
      each.releaseWrite();
      expect(each.acquireWriteSync()).toEqual(TAKEN_FROM_DEAD);
      each.releaseWrite();
    }
    expect(await lock.write((acquisition) => acquisition)).toEqual(TAKEN_FROM_DEAD);
    expect(await lock.read((acquisition) => acquisition)).toEqual(TAKEN_FROM_DEAD);
    lock.acquireWriteSync();
    lock.markConsistent();
    lock.releaseWrite();
    expect(await other.acquireRead()).toEqual(TAKEN);
    other.releaseRead();
    expect(await other.acquireWrite()).toEqual(TAKEN);
  });
});

test('dead readers leave their room to others', async () => {
  const lock = make(2);
  for (let death = 0; death < 2; death += 1) await (await holder(lock, 'Read'))[0].kill();
  expect(lock.tryAcquireRead()).toEqual(TAKEN);
  expect(await lock.acquireRead()).toEqual(TAKEN);
  expect(() => lock.tryAcquireRead()).toThrow(/no room/);
});

test('one reader dies, another one lives: the writer waits for the living', async () => {
  const lock = make();
  const reader = attach(lock);
  reader.acquireReadSync();
  const [peer] = await holder(lock, 'Read');
  await peer.kill();
  expect(lock.acquireWriteSync({ timeout: 250 })).toEqual(NOT_TAKEN);
  const writing = lock.acquireWrite({ timeout: LONG_MS });
  reader.releaseRead();
  expect(await writing).toEqual(TAKEN);
});

test.each(['Read', 'Write'] as const)('never taken from one that is stopped (%s)', async (side) => {
  const lock = make();
  const [peer, there] = await holder(lock, side);
  peer.signal('SIGSTOP');
  expect(lock.tryAcquireWrite()).toEqual(NOT_TAKEN);
  expect(lock.acquireWriteSync({ timeout: 250 })).toEqual(NOT_TAKEN);
  expect(await lock.acquireWrite({ timeout: 250 })).toEqual(NOT_TAKEN);
  if (side === 'Write') expect(lock.acquireReadSync({ timeout: 250 })).toEqual(NOT_TAKEN);
  else expect(lock.tryAcquireRead()).toEqual(TAKEN);
  if (side === 'Read') lock.releaseRead();
  peer.signal('SIGCONT');
  await there.call(`release${side}`);
  expect(lock.tryAcquireWrite()).toEqual(TAKEN);
});

test('a writer that dies while it waits for readers keeps out nobody', async () => {
  const lock = make();
  const reader = attach(lock);
  reader.acquireReadSync();
  const peer = await stage.peer('a process');
  const there = await peer.make<RwLock>('RwLock', 'attach', lock.name);
  await there.begin('acquireWriteSync');
  const late = attach(lock);
  while (late.tryAcquireRead().acquired) {
    late.releaseRead();
    await new Promise(setImmediate);
  }
  await peer.kill();
  expect(await late.acquireRead({ timeout: LONG_MS })).toMatchObject({ acquired: true });
  late.releaseRead();
  reader.releaseRead();
  expect(await lock.acquireWrite({ timeout: LONG_MS })).toMatchObject({ acquired: true });
});
