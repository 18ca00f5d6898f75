import { Condition, Event, Lock, RLock, Semaphore } from 'named-shm';
import { asleep, describeEachServer, SyncServer } from './children/sync-python-server';
import { pythons } from './support/python';

const NAME = expect.stringMatching(/^\/mp-\w{8}$/) as string;
const CONDITION = { lock: NAME, sleeping: NAME, woken: NAME, wait: NAME };

describeEachServer((python, server) => {
  test.each([
    ['Lock', [], NAME],
    ['RLock', [], NAME],
    ['Semaphore', [], NAME],
    ['BoundedSemaphore', [3], NAME],
    ['Condition', [], CONDITION],
    ['Event', [], { ...CONDITION, flag: NAME }],
  ])('names_of tells the names of a %s', async (type, args, names) => {
    await using theirs = await server().make(type, ...args);
    expect(theirs.names).toEqual(names);
    await using again = await server().attach(type, theirs.names, ...args);
    expect(again.names).toEqual(theirs.names);
  });

  test('names_of tells the names of what it is attached to by one name', async () => {
    using event = Event.create();
    await using theirs = await server().attach('Event', `/${event.name}`);
    const entries = Object.keys(CONDITION).map((part) => [part, `/${event.name}.${part}`]);
    const names: unknown = { ...Object.fromEntries(entries), flag: `/${event.name}.flag` };
    expect(theirs.names).toEqual(names);
  });

  test('names_of refuses what has no names', async () => {
    const refused = expect.objectContaining({ type: 'ValueError' }) as Error;
    for (const type of ['Lock', 'Condition', 'Event']) {
      const forked = server().request('make', { type, args: [], context: 'fork' });
      await expect(forked).rejects.toEqual(refused);
    }
    await expect(server().make('Barrier', 2)).rejects.toMatchObject({ type: 'TypeError' });
  });

  test('what is not there is named by the error', async () => {
    const missing = (name: string): object => ({
      type: 'FileNotFoundError',
      message: expect.stringContaining(`'${name}'`) as string,
    });
    for (const type of ['Lock', 'RLock', 'Semaphore']) {
      await expect(server().attach(type, 'nshm_none')).rejects.toMatchObject(missing('/nshm_none'));
    }
    for (const type of ['Condition', 'Event']) {
      const refused = server().attach(type, 'nshm_none');
      await expect(refused).rejects.toMatchObject(missing('/nshm_none.lock'));
    }
    using condition = Condition.create();
    const refused = server().attach('Event', condition.name);
    await expect(refused).rejects.toMatchObject(missing(`/${condition.name}.flag`));
  });

  test('a bound that is none is refused', async () => {
    using semaphore = Semaphore.create();
    for (const bound of [0, -1, 2 ** 31]) {
      const refused = server().attach('BoundedSemaphore', semaphore.name, bound);
      await expect(refused).rejects.toMatchObject({ type: 'ValueError' });
    }
  });

  test('a Condition that Python made of a Lock is one for us too', async () => {
    await using theirs = await server().make('Condition', 'Lock');
    using ours = Condition.attach(theirs.names);
    await theirs.call('acquire');
    const woken = theirs.call('wait');
    await ours.acquire();
    await ours.notify();
    ours.release();
    expect(await woken).toBe(true);
    expect(ours.tryAcquire()).toBe(false);
  });

  describe('a child of the Python that attached', () => {
    test('has what it is sent', async () => {
      using event = Event.create();
      await using theirs = await server().attach('Event', event.name);
      const woken = event.wait();
      await asleep(theirs);
      await theirs.callInChild('spawn', 'set');
      expect(await woken).toBe(true);
    });

    test('holds nothing of what its parent holds', async () => {
      using lock = RLock.create();
      await using theirs = await server().attach('RLock', lock.name);
      await theirs.call('acquire');
      expect(await theirs.callInChild('fork', 'acquire', false)).toBe(false);
      expect(await theirs.callInChild('spawn', 'acquire', false)).toBe(false);
      await theirs.call('release');
      expect(await theirs.callInChild('fork', 'acquire', false)).toBe(true);
      expect(lock.tryAcquire()).toBe(false);
    });
  });

  test('an event is one for two versions of Python and for us', async () => {
    const all = pythons();
    const next = all[(all.indexOf(python) + 1) % all.length] ?? python;
    await using second = new SyncServer(next);
    await using theirs = await server().make('Event');
    await using others = await second.attach('Event', theirs.names);
    using ours = Event.attach(theirs.names);
    using lock = Lock.attach(theirs.names.lock);
    for (const set of [theirs, others]) {
      const waits = set === theirs ? others : theirs;
      const woken = [waits.call('wait'), ours.wait()];
      await asleep(theirs, 2);
      await set.call('set');
      expect(await Promise.all(woken)).toEqual([true, true]);
      expect(await waits.call('is_set')).toBe(true);
      await waits.call('clear');
      expect(ours.isSet).toBe(false);
    }
    expect(lock.tryAcquire()).toBe(true);
  });
});
