import {
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  RLock,
  Semaphore,
  SharedMemory,
} from 'named-shm';
import {
  DEADLINE_MS,
  describeEachServer,
  type Kind,
  type Names,
  Pair,
} from './children/sync-python-server';
import { startChild } from './support/programs';
import { pythons, type Python, startPython } from './support/python';

const PARTIES = 4;
const PROGRAM_DEADLINE_MS = 100_000;
const TEST_DEADLINE_MS = 120_000;

const LOCK: Kind<Lock> = {
  type: 'Lock',
  create: () => Lock.create(),
  attach: ({ name }) => Lock.attach(name),
};
const RLOCK: Kind<RLock> = {
  type: 'RLock',
  create: () => RLock.create(),
  attach: ({ name }) => RLock.attach(name),
};
const BOUNDED: Kind<BoundedSemaphore> = {
  type: 'BoundedSemaphore',
  args: [1],
  create: () => BoundedSemaphore.create({ value: 1 }),
  attach: ({ name }) => BoundedSemaphore.attach(name, { value: 1 }),
};
const CONDITION: Kind<Condition> = {
  type: 'Condition',
  create: () => Condition.create(),
  attach: ({ names }) => Condition.attach(names),
};
const EVENT: Kind<Event> = {
  type: 'Event',
  create: () => Event.create(),
  attach: ({ names }) => Event.attach(names),
};

/** Two Node and two Python programs that begin at the same moment; what each prints at its end. */
async function together(
  python: Python,
  task: 'count' | 'turns',
  argsOf: (party: number) => readonly string[],
): Promise<string[]> {
  const options = { deadlineMs: PROGRAM_DEADLINE_MS };
  const programs = [
    startChild(`sync-python-${task}`, [...argsOf(0), 'sync'], options),
    startPython(python, `sync_${task}`, argsOf(1), options),
    startChild(`sync-python-${task}`, [...argsOf(2), 'async'], options),
    startPython(python, `sync_${task}`, argsOf(3), options),
  ];
  try {
    for (const program of programs) expect(await program.line()).toBe('ready');
    for (const program of programs) program.tell('go');
    const exits = await Promise.all(programs.map(({ exit }) => exit));
    for (const exit of exits) expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    return exits.map(({ stdout }) => stdout.replace(/^ready\n/, '').trimEnd());
  } finally {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
  }
}

/** Each of them counts so many times under the same lock. */
async function countTogether(
  python: Python,
  type: string,
  named: string | Names,
  times: number,
): Promise<void> {
  using memory = SharedMemory.create({ size: 8 });
  const args = [type, JSON.stringify(named), memory.name, String(times)];
  const intrusions = await together(python, 'count', () => args);
  expect(intrusions).toEqual(['0', '0', '0', '0']);
  expect(memory.view('int32')[0]).toBe(PARTIES * times);
}

/** Each of them plays so many times; the number of turns that were taken in all. */
async function playTogether(
  python: Python,
  game: 'condition' | 'events' | 'storm',
  named: Names | readonly Names[],
  times: number,
): Promise<number | undefined> {
  using memory = SharedMemory.create({ size: 4 });
  const args = [game, JSON.stringify(named), memory.name, String(times)];
  const ends = await together(python, 'turns', (me) => [...args, String(me), String(PARTIES)]);
  expect(ends).toEqual(['done', 'done', 'done', 'done']);
  return memory.view('int32')[0];
}

describeEachServer((python, server) => {
  describe('two Node and two Python programs', () => {
    const TIMES = 500;
    const LONG = 25_000;
    const isNewest = python === pythons().at(-1);

    test.each([
      ['Node', LOCK, isNewest ? LONG : TIMES],
      ['Python', LOCK, isNewest ? LONG : TIMES],
      ['Python', RLOCK, TIMES],
      ['Node', BOUNDED, TIMES],
      ['Node', CONDITION, TIMES],
    ] as const)(
      'count, and lose nothing, under what %s made: a $type',
      async (maker, kind, times) => {
        await using pair = await Pair.open<Disposable>(server(), maker, kind);
        await countTogether(python, kind.type, pair.theirs.name, times);
      },
      TEST_DEADLINE_MS,
    );

    test('take turns at a condition, each waiting for its own', async () => {
      const times = 50;
      await using pair = await Pair.open(server(), 'Python', CONDITION);
      const turns = await playTogether(python, 'condition', pair.theirs.names, times);
      expect(turns).toBe(PARTIES * times);
      expect(pair.ours.tryAcquire()).toBe(true);
    });

    test('pass a turn round a ring of events', async () => {
      const times = 100;
      await using ring0 = await Pair.open(server(), 'Node', EVENT);
      await using ring1 = await Pair.open(server(), 'Python', EVENT);
      await using ring2 = await Pair.open(server(), 'Node', EVENT);
      await using ring3 = await Pair.open(server(), 'Python', EVENT);
      const names = [ring0, ring1, ring2, ring3].map(({ theirs }) => theirs.names);
      await ring0.ours.set();
      const turns = await playTogether(python, 'events', names, times);
      expect(turns).toBe(PARTIES * times);
      expect([ring0, ring1, ring2, ring3].map(({ ours }) => ours.isSet)).toEqual([
        true,
        false,
        false,
        false,
      ]);
    });

    test('set, clear and wait in any order, and leave the event whole', async () => {
      await using pair = await Pair.open(server(), 'Python', EVENT);
      const { ours, theirs } = pair;
      await playTogether(python, 'storm', theirs.names, 200);
      using lock = Lock.attach(theirs.names.lock);
      using sleeping = Semaphore.attach(theirs.names.sleeping);
      using woken = Semaphore.attach(theirs.names.woken);
      using wait = Semaphore.attach(theirs.names.wait);
      expect(sleeping.value).toBe(woken.value);
      expect(wait.value).toBe(0);
      expect(lock.tryAcquire()).toBe(true);
      lock.release();
      await theirs.call('clear');
      await ours.set({ timeout: DEADLINE_MS });
      expect(await theirs.call('wait')).toBe(true);
    });
  });
});
