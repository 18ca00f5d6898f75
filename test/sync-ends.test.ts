// Programs and Workers that end in the middle of waits: as they were told, at once, and without
// taking along what others wait for.
import { Event, Mutex, RwLock, Semaphore } from 'named-shm';
import { KINDS, LOCKS } from './support/sync-kinds';
import type { Peer } from './support/sync-peer';
import { startChild } from './support/programs';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';
import type * as work from './support/sync-work';

const stage = useStage();

/** It waits on the gate, `count` times. */
async function waitingPeer(
  place: 'a process' | 'a Worker',
  label: string,
  name: string,
  count = 1,
) {
  const peer = await stage.peer(place);
  const gate = await peer.makeGate(label, 'attach', name);
  for (let wait = 0; wait < count; wait += 1) await gate.begin('pass');
  await peer.ping();
  return peer;
}

describe.each(LOCKS)('$label', (kind) => {
  test('a program ends while it waits: as it would have, and nothing is lost', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    const [exits, fails, killed, terminated] = (await Promise.all(
      [0, 1, 2, 3].map(() => waitingPeer('a process', kind.label, a.name, 16)),
    )) as [Peer, Peer, Peer, Peer];
    void exits
      .at<typeof work>('work')
      .call('exit', 5)
      .catch(() => undefined);
    void fails
      .at<typeof work>('work')
      .call('fail', 'on purpose')
      .catch(() => undefined);
    killed.signal('SIGKILL');
    terminated.signal('SIGTERM');
    expect(await exits.exit).toMatchObject({ code: 5, signal: null, stderr: '' });
    expect(await fails.exit).toMatchObject({
      code: 1,
      signal: null,
      stderr: expect.stringContaining('on purpose') as unknown,
    });
    expect(await killed.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(await terminated.exit).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    await b.open();
    await expectWhole(kind, a, b);
  });
});

describe.each(KINDS)('$label', (kind) => {
  test('a program that blocks in a wait ends by a signal', async () => {
    const gate = stage.keep(kind.create({ name: stage.name() }));
    expect(gate.shut()).toBe(true);
    const peer = await stage.peer('a process');
    const there = await peer.makeGate(kind.label, 'attach', gate.name);
    await there.begin('passSync');
    peer.signal('SIGTERM');
    expect(await peer.exit).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
  });

  test('a Worker ends while it waits, or blocks in a wait: at once', async () => {
    for (const manner of ['pass', 'passSync'] as const) {
      const gate = stage.keep(kind.create({ name: stage.name() }));
      expect(gate.shut()).toBe(true);
      const peer = await stage.peer('a Worker');
      const there = await peer.makeGate(kind.label, 'attach', gate.name);
      await there.begin(manner);
      const began = performance.now();
      expect(await peer.terminate()).toBe(1);
      expect(performance.now() - began).toBeLessThan(5000);
    }
  });

  test('process.exit() does not wait for a Worker that blocks in a wait', async () => {
    const gate = stage.keep(kind.create({ name: stage.name() }));
    expect(gate.shut()).toBe(true);
    const child = stage.keepRunning(startChild('sync-blocked-worker', [kind.label, gate.name]));
    expect(await child.exit).toMatchObject({ code: 6, signal: null, stderr: '' });
  });
});

describe.each(LOCKS)('$label', (kind) => {
  test('a Worker ends in the middle of 64 waits: nothing is lost', async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    const ends = [
      async (peer: Peer) => {
        expect(await peer.terminate()).toBe(1);
      },
      async (peer: Peer) => {
        const exit = peer.workerExit();
        void peer.at<typeof work>('work').call('exit', 5);
        expect(await exit).toBe(5);
      },
      async (peer: Peer) => {
        const exit = errorOf(() => peer.workerExit());
        void peer.at<typeof work>('work').call('fail', 'on purpose');
        expect((await exit).message).toBe('on purpose');
        await peer.kill();
      },
    ];
    for (const end of ends) await end(await waitingPeer('a Worker', kind.label, a.name, 64));
    await b.open();
    await expectWhole(kind, a, b);
  });

  test('a Worker is told to end, and then what it waits for comes: it is not taken along', async () => {
    const [a, b] = stage.two(kind);
    for (let round = 0; round < 5; round += 1) {
      expect(b.shut()).toBe(true);
      const peer = await waitingPeer('a Worker', kind.label, a.name, 4);
      const ended = peer.terminate();
      await b.open();
      await ended;
    }
    await expectWhole(kind, a, b);
  });
});

describe('held when its Worker ends', () => {
  test('a semaphore’s token is gone, as with a program that dies', async () => {
    const semaphore = stage.keep(Semaphore.create({ name: stage.name(), value: 2 }));
    const peer = await stage.peer('a Worker');
    const there = await peer.make<Semaphore>('Semaphore', 'attach', semaphore.name);
    expect(await there.call('tryAcquire')).toBe(true);
    await peer.terminate();
    expect(semaphore.value).toBe(1);
  });

  test.each(['terminate', 'exit', 'fail'])(
    'a mutex, by %s: the next one hears of it',
    async (end) => {
      const mutex = stage.keep(Mutex.create({ name: stage.name() }));
      const peer = await stage.peer('a Worker');
      const there = await peer.make<Mutex>('Mutex', 'attach', mutex.name);
      expect(await there.call('tryAcquire')).toEqual({ acquired: true, ownerDied: false });
      expect(mutex.tryAcquire().acquired).toBe(false);
      const exit = peer.workerExit().catch(() => undefined);
      if (end === 'terminate') void peer.terminate();
      else void peer.at<typeof work>('work').call(end as 'exit', 5);
      await exit;
      expect(await mutex.acquire()).toEqual({ acquired: true, ownerDied: true });
      mutex.markConsistent();
      mutex.release();
      expect(mutex.tryAcquire()).toEqual({ acquired: true, ownerDied: false });
      mutex.release();
    },
  );

  test('a reader-writer lock, read or written', async () => {
    const lock = stage.keep(RwLock.create({ name: stage.name() }));
    for (const [member, ownerDied] of [
      ['tryAcquireRead', false],
      ['tryAcquireWrite', true],
    ] as const) {
      const peer = await stage.peer('a Worker');
      const there = await peer.make<RwLock>('RwLock', 'attach', lock.name);
      expect(await there.call(member)).toMatchObject({ acquired: true });
      await peer.terminate();
      expect(await lock.acquireWrite()).toEqual({ acquired: true, ownerDied });
      lock.markConsistent();
      lock.releaseWrite();
    }
  });
});

test('an event whose waiter has ended: set() says so in time, and all goes on', async () => {
  const event = stage.keep(Event.create({ name: stage.name() }));
  const peer = await waitingPeer('a process', 'Event', event.name);
  await peer.kill();
  expect(await errorOf(() => event.set({ timeout: 100 }))).toMatchObject({ code: 'ETIMEDOUT' });
  expect(event.isSet).toBe(true);
  expect(await event.wait()).toBe(true);
  await event.clear();
  const waiting = event.wait();
  await errorOf(() => event.set({ timeout: 500 }));
  expect(await waiting).toBe(true);
});
