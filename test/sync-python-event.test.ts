import { Event, Lock } from 'named-shm';
import {
  asleep,
  DEADLINE_MS,
  DEADLINE_S,
  describeEachServer,
  errorWith,
  type Kind,
  MAKERS,
  Pair,
  SHORT_MS,
  SHORT_S,
  SyncServer,
} from './children/sync-python-server';

const EVENT: Kind<Event> = {
  type: 'Event',
  create: () => Event.create(),
  attach: ({ names }) => Event.attach(names),
};

describeEachServer((python, server) => {
  describe.each(MAKERS)('an event that %s made', (maker) => {
    const openPair = (): Promise<Pair<Event>> => Pair.open(server(), maker, EVENT);

    test('is set and cleared for both, whoever does it', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      expect([ours.isSet, await theirs.call('is_set')]).toEqual([false, false]);
      await ours.set();
      expect([ours.isSet, await theirs.call('is_set')]).toEqual([true, true]);
      await theirs.call('clear');
      expect([ours.isSet, await theirs.call('is_set')]).toEqual([false, false]);
      await theirs.call('set');
      await theirs.call('set');
      expect([ours.isSet, await theirs.call('is_set')]).toEqual([true, true]);
      ours.clearSync();
      expect([ours.isSet, await theirs.call('is_set')]).toEqual([false, false]);
    });

    test('that is set is not waited for', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      ours.setSync();
      expect(await theirs.call('wait')).toBe(true);
      expect([ours.waitSync(), await ours.wait()]).toEqual([true, true]);
    });

    test('wakes Python when we set it', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      for (const method of ['set', 'setSync'] as const) {
        const woken = theirs.call('wait', DEADLINE_S);
        await asleep(theirs);
        await ours[method]();
        expect(await woken).toBe(true);
        await ours.clear();
      }
    });

    test('wakes us when Python sets it', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      const woken = ours.wait();
      await asleep(theirs);
      await theirs.call('set');
      expect(await woken).toBe(true);
      await theirs.call('clear');
      const set = theirs.call('set'); // Sent, and on its way while this thread waits.
      expect(ours.waitSync({ timeout: DEADLINE_MS })).toBe(true);
      await set;
    });

    test('wakes all that sleep on it, here and there', async () => {
      await using second = new SyncServer(python);
      await using pair = await openPair();
      const { ours, theirs } = pair;
      await using others = await second.attach('Event', theirs.names);
      using another = Event.attach(theirs.names);
      const woken = [theirs.call('wait'), others.call('wait'), ours.wait(), another.wait()];
      await asleep(theirs, woken.length);
      await another.set();
      expect(await Promise.all(woken)).toEqual([true, true, true, true]);
    });

    test('is not had before the timeout, and who gave up is not waited for', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      expect(await theirs.call('wait', SHORT_S)).toBe(false);
      expect(ours.waitSync({ timeout: SHORT_MS })).toBe(false);
      expect(await ours.wait({ timeout: SHORT_MS })).toBe(false);
      const reason = new Error('enough');
      await expect(ours.wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await ours.set({ timeout: DEADLINE_MS });
      await theirs.call('set');
    });

    test('is left by who closes it, or is aborted, and Python does not wait for them', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      using another = Event.attach(theirs.names);
      using lock = Lock.attach(theirs.names.lock);
      const controller = new AbortController();
      const aborted = ours.wait({ signal: controller.signal });
      const asleepStill = another.wait();
      await asleep(theirs, 2);
      lock.acquireSync();
      const waitsForLock = another.wait();
      another.close();
      controller.abort(new Error('enough'));
      lock.release();
      await expect(aborted).rejects.toThrow('enough');
      await expect(asleepStill).rejects.toThrow(errorWith('ERR_SHM_CLOSED'));
      await expect(waitsForLock).rejects.toThrow(errorWith('ERR_SHM_CLOSED'));
      await theirs.call('set');
      expect(ours.isSet).toBe(true);
    });

    test('is set also while Python looks whether it is', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      ours.setSync();
      const times = 20_000;
      const seen = theirs.look(times);
      let seenHere = 0;
      for (let i = 0; i < times; i += 1) seenHere += Number(ours.isSet);
      expect([seenHere, await seen]).toEqual([times, times]);
    });

    test('is set with an error where a sleeper was killed', async () => {
      const killed = new SyncServer(python);
      try {
        await using pair = await openPair();
        const { ours, theirs } = pair;
        const dead = await killed.attach('Event', theirs.names);
        const woken = dead.call('wait');
        await asleep(theirs);
        await Promise.all([expect(woken).rejects.toThrow('SIGKILL'), killed.kill()]);
        await expect(ours.set({ timeout: SHORT_MS })).rejects.toThrow(errorWith('ETIMEDOUT'));
        expect([ours.isSet, await theirs.call('is_set')]).toEqual([true, true]);
        expect([ours.waitSync(), await theirs.call('wait')]).toEqual([true, true]);
      } finally {
        await killed.kill();
      }
    });
  });
});
