import { Condition, Semaphore } from 'named-shm';
import {
  asleep,
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

const CONDITION: Kind<Condition> = {
  type: 'Condition',
  create: () => Condition.create(),
  attach: ({ names }) => Condition.attach(names),
};

describeEachServer((python, server) => {
  describe.each(MAKERS)('a condition that %s made', (maker) => {
    const openPair = (): Promise<Pair<Condition>> => Pair.open(server(), maker, CONDITION);

    test('is held by one side at a time', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      expect(ours.tryAcquire()).toBe(true);
      expect(await theirs.call('acquire', false)).toBe(false);
      ours.release();
      expect(await theirs.call('acquire', false)).toBe(true);
      expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(false);
      await theirs.call('release');
      expect(await ours.acquire()).toBe(true);
    });

    test('wakes Python when we notify', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      for (const method of ['notify', 'notifyAll', 'notifySync', 'notifyAllSync'] as const) {
        await theirs.call('acquire');
        const woken = theirs.call('wait', DEADLINE_S);
        await ours.acquire(); // It has the lock when Python sleeps, and not before.
        await ours[method]();
        ours.release();
        expect(await woken).toBe(true);
        expect(ours.tryAcquire()).toBe(false);
        await theirs.call('release');
      }
    });

    test('wakes us when Python notifies', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      for (const method of ['notify', 'notify_all']) {
        await ours.acquire();
        const woken = ours.wait();
        await theirs.call('acquire');
        await theirs.call(method);
        await theirs.call('release');
        expect(await woken).toBe(true);
        expect(await theirs.call('acquire', false)).toBe(false);
        ours.release();
      }
    });

    test('has nothing left of a notify for nobody', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      await theirs.call('acquire');
      await theirs.call('notify', 2);
      expect(await theirs.call('wait', SHORT_S)).toBe(false);
      await theirs.call('release');
      ours.acquireSync();
      await ours.notify(2);
      expect(ours.waitSync({ timeout: SHORT_MS })).toBe(false);
      ours.release();
      await theirs.call('acquire');
      expect(await theirs.call('wait', SHORT_S)).toBe(false);
    });

    test('wakes as many as it is told to, here and there', async () => {
      await using second = new SyncServer(python);
      await using pair = await openPair();
      const { ours, theirs } = pair;
      await using others = await second.attach('Condition', theirs.names);
      using another = Condition.attach(theirs.names);
      using sleeping = Semaphore.attach(theirs.names.sleeping);
      const ended: Promise<unknown>[] = [];
      for (const each of [theirs, others]) {
        await each.call('acquire');
        ended.push(each.call('wait').finally(() => each.call('release')));
        await ours.acquire();
        ours.release();
      }
      for (const each of [ours, another]) ended.push(each.run(() => each.wait()));
      await asleep(theirs, 4);
      using waker = Condition.attach(theirs.names);
      await waker.acquire();
      expect(sleeping.value).toBe(4);
      await waker.notify(3);
      expect(sleeping.value).toBe(1);
      await waker.notifyAll();
      expect(sleeping.value).toBe(0);
      waker.release();
      expect(await Promise.all(ended)).toEqual([true, true, true, true]);
    });

    test('is held again after a wait in vain, and who gave up is not waited for', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      await theirs.call('acquire');
      expect(await theirs.call('wait', SHORT_S)).toBe(false);
      expect(ours.tryAcquire()).toBe(false);
      await theirs.call('release');
      ours.acquireSync();
      expect(ours.waitSync({ timeout: SHORT_MS })).toBe(false);
      expect(await ours.wait({ timeout: SHORT_MS })).toBe(false);
      expect(() => ours.waitSync({ timeout: -1 })).toThrow(errorWith('ERR_SHM_RANGE'));
      expect(await theirs.call('acquire', false)).toBe(false);
      ours.notifyAllSync();
      ours.release();
      await theirs.call('acquire');
      await theirs.call('notify_all');
      await theirs.call('release');
    });

    test('lets go of the lock from any depth, and has the depth again', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      await theirs.call('acquire');
      await theirs.call('acquire');
      const theirsWoken = theirs.call('wait', DEADLINE_S);
      await ours.acquire();
      await ours.acquire();
      await ours.notify();
      const oursWoken = ours.wait(); // Lets Python have it.
      expect(await theirsWoken).toBe(true);
      await theirs.call('release');
      expect(ours.tryAcquire()).toBe(false);
      await theirs.call('notify');
      await theirs.call('release');
      expect(await oursWoken).toBe(true);
      ours.release();
      expect(await theirs.call('acquire', false)).toBe(false);
      ours.release();
      expect(await theirs.call('acquire', false)).toBe(true);
    });

    test('is not waited for and not notified without the lock', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      for (const method of ['wait', 'notify', 'notify_all'])
        await expect(theirs.call(method)).rejects.toMatchObject({ type: 'AssertionError' });
      for (const method of ['waitSync', 'notifySync', 'notifyAllSync'] as const)
        expect(() => ours[method]()).toThrow(errorWith('ERR_SHM_NOT_OWNER'));
    });

    test('is whole after a notify of ours whose sleeper was too busy to wake in time', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      using waker = Condition.attach(theirs.names);
      const woken = ours.run(() => ours.wait());
      await asleep(theirs);
      await waker.acquire();
      // This thread waits, and so can't say that its sleeper is awake.
      expect(() => {
        waker.notifySync(1, { timeout: 50 });
      }).toThrow(errorWith('ETIMEDOUT'));
      waker.release();
      await theirs.call('acquire');
      await theirs.call('notify');
      await theirs.call('release');
      expect(await woken).toBe(true);
    });
  });
});
