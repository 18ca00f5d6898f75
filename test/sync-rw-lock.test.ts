// RwLock: many readers or one writer, and neither starves.
import { RwLock, SharedMemory } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import { PLACES } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf, within } from './support/sync-whole';
import type * as work from './support/sync-work';

const stage = useStage();
const TAKEN = { acquired: true, ownerDied: false };
const NOT_TAKEN = { acquired: false, ownerDied: false };
const NOT_OWNER = { name: 'TypeError', code: 'ERR_SHM_NOT_OWNER' };

function make(maxReaders?: number): RwLock {
  return stage.keep(RwLock.create({ name: stage.name(), ...(maxReaders && { maxReaders }) }));
}

function attach({ name }: RwLock): RwLock {
  return stage.keep(RwLock.attach(name));
}

/** Not seen by its own calls, but by others: a writer that waits keeps new readers out. */
async function untilWriterWaits(reader: RwLock): Promise<void> {
  while (reader.tryAcquireRead().acquired) {
    reader.releaseRead();
    await new Promise(setImmediate);
  }
}

test('readers share, in whatever program and manner', async () => {
  const lock = make();
  for (const place of PLACES) {
    const there = await (await stage.peer(place)).make<RwLock>('RwLock', 'attach', lock.name);
    expect(await there.call('tryAcquireRead')).toEqual(TAKEN);
    expect(await there.call('acquireReadSync')).toEqual(TAKEN);
    expect(await there.call('acquireRead')).toEqual(TAKEN);
  }
  const other = attach(lock);
  for (const reader of [lock, other, lock]) {
    expect(reader.tryAcquireRead()).toEqual(TAKEN);
    expect(reader.acquireReadSync({ timeout: 0 })).toEqual(TAKEN);
    expect(await reader.acquireRead({ timeout: 0 })).toEqual(TAKEN);
  }
  expect(await lock.read(() => other.read(() => lock.read(() => 'together')))).toBe('together');
});

test('a writer is alone', async () => {
  const lock = make();
  const other = attach(lock);
  expect(lock.tryAcquireWrite()).toEqual(TAKEN);
  for (const each of [lock, other]) {
    expect(each.tryAcquireRead()).toEqual(NOT_TAKEN);
    expect(each.tryAcquireWrite()).toEqual(NOT_TAKEN);
    expect(each.acquireReadSync({ timeout: 10 })).toEqual(NOT_TAKEN);
    expect(each.acquireWriteSync({ timeout: 10 })).toEqual(NOT_TAKEN);
    expect(await each.acquireRead({ timeout: 10 })).toEqual(NOT_TAKEN);
    expect(await each.acquireWrite({ timeout: 10 })).toEqual(NOT_TAKEN);
  }
  lock.releaseWrite();
  expect(other.tryAcquireWrite()).toEqual(TAKEN);
});

test('a writer waits for each reader, and readers for the writer', async () => {
  const lock = make();
  const readers = [attach(lock), attach(lock), attach(lock)];
  for (const reader of [...readers, readers[0] as RwLock]) reader.acquireReadSync();
  let written = false;
  const writing = lock.acquireWrite({ timeout: LONG_MS }).then(() => (written = true));
  await untilWriterWaits(attach(lock));
  const late = attach(lock).acquireRead({ timeout: LONG_MS });
  for (const reader of [...readers, readers[0] as RwLock]) {
    await new Promise(setImmediate);
    expect(written).toBe(false);
    reader.releaseRead();
  }
  expect(await writing).toBe(true);
  let read = false;
  void late.then(() => (read = true));
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  expect(read).toBe(false);
  lock.releaseWrite();
  expect(await late).toEqual(TAKEN);
});

test.each(['timeout', 'abort', 'close'])(
  'a writer that gives up (%s) lets readers in again',
  async (way) => {
    const lock = make();
    const [reader, writer] = [attach(lock), attach(lock)];
    reader.acquireReadSync();
    const controller = new AbortController();
    const writing = writer
      .acquireWrite({ timeout: way === 'timeout' ? 60 : LONG_MS, signal: controller.signal })
      .catch(() => NOT_TAKEN);
    const late = attach(lock).acquireRead({ timeout: LONG_MS });
    if (way === 'abort') controller.abort();
    if (way === 'close') writer.close();
    expect(await writing).toEqual(NOT_TAKEN);
    expect(await late).toEqual(TAKEN);
    expect(lock.tryAcquireRead()).toEqual(TAKEN);
  },
);

test('a writer that waits has not got it yet: it can neither give it back nor mark it', async () => {
  const lock = make();
  const reader = attach(lock);
  reader.acquireReadSync();
  const writing = lock.acquireWrite({ timeout: LONG_MS });
  await untilWriterWaits(attach(lock));
  expect(await errorOf(lock.releaseWrite.bind(lock))).toMatchObject(NOT_OWNER);
  expect(await errorOf(lock.markConsistent.bind(lock))).toMatchObject(NOT_OWNER);
  reader.releaseRead();
  expect(await writing).toEqual(TAKEN);
  expect(reader.tryAcquireRead()).toEqual(NOT_TAKEN);
  lock.releaseWrite();
});

test('given back as often as it was taken, and as what it was taken', async () => {
  const lock = make();
  const other = attach(lock);
  expect(await errorOf(lock.releaseRead.bind(lock))).toMatchObject(NOT_OWNER);
  expect(await errorOf(lock.releaseWrite.bind(lock))).toMatchObject(NOT_OWNER);
  lock.acquireReadSync();
  lock.acquireReadSync();
  expect(await errorOf(lock.releaseWrite.bind(lock))).toMatchObject(NOT_OWNER);
  expect(await errorOf(other.releaseRead.bind(other))).toMatchObject(NOT_OWNER);
  lock.releaseRead();
  expect(other.tryAcquireWrite()).toEqual(NOT_TAKEN);
  lock.releaseRead();
  expect(await errorOf(lock.releaseRead.bind(lock))).toMatchObject(NOT_OWNER);
  expect(other.tryAcquireWrite()).toEqual(TAKEN);
  expect(await errorOf(other.releaseRead.bind(other))).toMatchObject(NOT_OWNER);
});

test('under a stream of readers a writer gets its turn, and under one of writers a reader', async () => {
  const lock = make();
  for (const [streamed, wanted] of [
    ['Read', 'Write'],
    ['Write', 'Read'],
  ] as const) {
    const peers = await Promise.all([0, 1, 2].map(() => stage.peer('a process')));
    const streams = peers.map((peer) =>
      peer.at<typeof work>('work').call('stream', lock.name, streamed),
    );
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await lock[`acquire${wanted}`]({ timeout: LONG_MS })).toEqual(TAKEN);
      lock[`release${wanted}`]();
      expect(lock[`acquire${wanted}Sync`]({ timeout: LONG_MS })).toEqual(TAKEN);
      lock[`release${wanted}`]();
    }
    for (const peer of peers) await peer.at<typeof work>('work').call('endStreams');
    // Each was at it all the while, and without a break while others had it.
    for (const turns of await within(LONG_MS, Promise.all(streams)))
      expect(turns).toBeGreaterThan(0);
  }
});

test('maxReaders: one more is an error, not a wait, until one leaves', async () => {
  const lock = make(3);
  const other = attach(lock);
  for (const reader of [lock, other, lock]) expect(reader.tryAcquireRead()).toEqual(TAKEN);
  const full = { name: 'SharedResourceError', code: 'ERR_SHM_FULL', path: `/${lock.name}` };
  for (const attempt of [
    () => other.tryAcquireRead(),
    () => other.acquireReadSync({ timeout: LONG_MS }),
    () => other.acquireRead({ timeout: LONG_MS }),
    () => other.read(() => undefined),
  ]) {
    expect(await errorOf(attempt)).toMatchObject(full);
  }
  lock.releaseRead();
  expect(other.tryAcquireRead()).toEqual(TAKEN);
  expect(await errorOf(() => lock.tryAcquireRead())).toMatchObject(full);
  for (const reader of [lock, other, other]) reader.releaseRead();
  expect(lock.tryAcquireWrite()).toEqual(TAKEN);
});

test('120 readers by default, and up to 65,536', () => {
  const lock = make();
  for (let reader = 0; reader < 120; reader += 1) lock.acquireReadSync();
  expect(() => lock.tryAcquireRead()).toThrow(/no room for another reader/);
  const large = make(65_536);
  for (let reader = 0; reader < 1000; reader += 1) large.acquireReadSync();
  for (let reader = 0; reader < 1000; reader += 1) large.releaseRead();
  expect(large.tryAcquireWrite()).toEqual(TAKEN);
});

test('readers never see what a writer has half done', async () => {
  const lock = make();
  const peers = await Promise.all(
    (['a process', 'a process', 'a Worker'] as const).map((place) => stage.peer(place)),
  );
  const segment = stage.keep(SharedMemory.create({ name: stage.name(), size: 8 }));
  const options = { segment: segment.name, rounds: 300 };
  const done = peers.flatMap((peer) => [
    peer.at<typeof work>('work').call('readAndWrite', lock.name, options),
    peer.at<typeof work>('work').call('readAndWrite', lock.name, options),
  ]);
  expect(await Promise.all(done)).toEqual(done.map(() => 0));
});
