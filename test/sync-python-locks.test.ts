import { BoundedSemaphore, RLock } from 'named-shm';
import {
  DEADLINE_MS,
  DEADLINE_S,
  describeEachServer,
  errorWith,
  type Kind,
  MAKERS,
  Pair,
  SHORT_MS,
  SHORT_S,
} from './children/sync-python-server';

const RLOCK: Kind<RLock> = {
  type: 'RLock',
  create: () => RLock.create(),
  attach: ({ name }) => RLock.attach(name),
};

const VALUE = 2;
const BOUNDED: Kind<BoundedSemaphore> = {
  type: 'BoundedSemaphore',
  args: [VALUE],
  create: () => BoundedSemaphore.create({ value: VALUE }),
  attach: ({ name }) => BoundedSemaphore.attach(name, { value: VALUE }),
};

describeEachServer((_python, server) => {
  describe.each(MAKERS)('an RLock that %s made', (maker) => {
    const openPair = (): Promise<Pair<RLock>> => Pair.open(server(), maker, RLOCK);

    test('is free when Python has released it as often as it took it', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      for (let depth = 1; depth <= 3; depth += 1) {
        expect(await theirs.call('acquire', false)).toBe(true);
      }
      for (let depth = 3; depth >= 1; depth -= 1) {
        expect(ours.tryAcquire()).toBe(false);
        expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(false);
        await theirs.call('release');
      }
      expect(ours.tryAcquire()).toBe(true);
    });

    test('is free when we have released it as often as we took it', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      expect([ours.tryAcquire(), ours.acquireSync(), await ours.acquire()]).toEqual([
        true,
        true,
        true,
      ]);
      for (let depth = 3; depth >= 1; depth -= 1) {
        expect(ours.depth).toBe(depth);
        expect(await theirs.call('acquire', false)).toBe(false);
        expect(await theirs.call('acquire', true, SHORT_S)).toBe(false);
        ours.release();
      }
      expect(await theirs.call('acquire', false)).toBe(true);
    });

    test('goes to who waits for it at the last release', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      ours.acquireSync();
      ours.acquireSync();
      const taken = theirs.call('acquire', true, DEADLINE_S);
      ours.release();
      ours.release();
      expect(await taken).toBe(true);
      const takenBack = ours.acquire({ timeout: DEADLINE_MS });
      await theirs.call('release');
      expect(await takenBack).toBe(true);
    });

    test('is released by its holder alone', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      ours.acquireSync();
      await expect(theirs.call('release')).rejects.toMatchObject({ type: 'AssertionError' });
      ours.release();
      await theirs.call('acquire');
      expect(() => {
        ours.release();
      }).toThrow(errorWith('ERR_SHM_NOT_OWNER'));
      expect(ours.tryAcquire()).toBe(false);
    });
  });

  describe.each(MAKERS)('a BoundedSemaphore that %s made', (maker) => {
    const openPair = (): Promise<Pair<BoundedSemaphore>> => Pair.open(server(), maker, BOUNDED);

    test('has its value on both sides, whoever takes and gives', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      expect([ours.value, await theirs.call('get_value')]).toEqual([2, 2]);
      expect(await theirs.call('acquire')).toBe(true);
      expect(ours.acquireSync()).toBe(true);
      expect([ours.value, await theirs.call('get_value')]).toEqual([0, 0]);
      expect(ours.acquireSync({ timeout: SHORT_MS })).toBe(false);
      expect(await theirs.call('acquire', true, SHORT_S)).toBe(false);
      ours.release();
      ours.release();
      expect([ours.value, await theirs.call('get_value')]).toEqual([2, 2]);
    });

    test('is not released beyond its bound, from either side', async () => {
      await using pair = await openPair();
      const { ours, theirs } = pair;
      const refused = async (): Promise<void> => {
        await expect(theirs.call('release')).rejects.toMatchObject({
          type: 'ValueError',
          message: 'semaphore or lock released too many times',
        });
        expect(() => {
          ours.release();
        }).toThrow(errorWith('ERR_SHM_OVER_RELEASE'));
        expect([ours.value, await theirs.call('get_value')]).toEqual([2, 2]);
      };
      await refused();
      expect(ours.tryAcquire()).toBe(true);
      await theirs.call('release');
      await refused();
      expect(await theirs.call('acquire')).toBe(true);
      ours.release();
      await refused();
    });
  });
});
