// Programs that are ended at random moments leave nothing: by SIGKILL, nothing that the next sweep
// does not find, and the sweep never takes an innocent's; by SIGTERM, nothing at all.
import { randomInt } from 'node:crypto';
import { Lock, SharedMemory } from 'named-shm';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { startChild } from './support/programs';
import { systemNames } from './support/system-names';

const ROUNDS = Number(process.env['NAMED_SHM_KILL_ROUNDS'] ?? 200);
const AT_ONCE = 4;
/** How far into its work a program is killed, at the latest. */
const LONGEST_MS = 12;
const DEADLINE_MS = 60_000 + ROUNDS * 500;

/** Repeatable numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SEED = Number(process.env['NAMED_SHM_KILL_SEED'] ?? randomInt(2 ** 31));

/** Runs `round` that many times, a few at once, each with a number from 0 to 1. */
async function inRounds(count: number, round: (random: number) => Promise<void>): Promise<void> {
  console.info(`NAMED_SHM_KILL_SEED=${SEED}`);
  const random = randomFrom(SEED);
  let begun = 0;
  const some = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await round(random());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

/** Makes what nobody tracks under the name, unless the dead program's own still stands there. */
function takeOver(name: string): string[] {
  const taken: string[] = [];
  const attempt = (spelled: string, create: () => Disposable): void => {
    try {
      create()[Symbol.dispose]();
      taken.push(spelled);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
  };
  attempt(name, () => SharedMemory.create({ name, size: 1, track: false }));
  attempt(`sem.${name}`, () => Lock.create({ name, track: false }));
  return taken;
}

/** Ends a program that creates and unlinks, at a random moment. */
async function endLoop(
  name: string,
  signal: NodeJS.Signals,
  random: number,
  thread = 'main',
): Promise<string[]> {
  const names = journals.removeAtEnd([name, `${name}-copy`, `sem.${name}`]);
  await using child = startChild('journal-loop', [name, thread], { env: journals.env });
  await child.line();
  await new Promise((resolve) => setTimeout(resolve, random * LONGEST_MS));
  child.child.kill(signal);
  expect(await child.exit).toMatchObject({ signal, stderr: '' });
  return names;
}

test(
  `${ROUNDS} programs killed while they create and unlink`,
  async () => {
    await using bystander = startChild('cleanup-steps', [], {
      env: journals.env,
      deadlineMs: DEADLINE_MS,
    });
    const theirs: string[] = [];
    for (const step of ['segment', 'semaphore']) {
      bystander.tell(JSON.stringify([step, {}]));
      const name = JSON.parse(await bystander.line()) as string;
      theirs.push(step === 'semaphore' ? `sem.${name}` : name);
    }
    const innocent: string[] = [];
    let foundByInnocent = 0;
    let reclaimed = 0;

    await inRounds(ROUNDS, async (random) => {
      const name = uniqueName('kill');
      await endLoop(name, 'SIGKILL', random);
      const taken = takeOver(name);
      innocent.push(...taken);
      foundByInnocent += taken.length;
      reclaimed += journals.reclaim().length;
    });

    reclaimed += journals.reclaim().length;
    expect(present(innocent)).toEqual(innocent);
    expect(present(theirs)).toEqual(theirs);
    const left = systemNames().filter(
      (name) => /^(sem\.)?kill-/.test(name) && !innocent.includes(name),
    );
    expect(left).toEqual([]);
    expect(journals.files()).toHaveLength(1); // The bystander's.
    // Both cases were met: names that the dead left, and names that they had removed in time.
    expect(reclaimed).toBeGreaterThan(0);
    expect(foundByInnocent).toBeGreaterThan(0);
    bystander.child.stdin?.end();
    await bystander.exit;
    expect(present(theirs)).toEqual([]);
    expect(journals.files()).toEqual([]);
  },
  DEADLINE_MS,
);

test.each(['main', 'worker'])(
  `${ROUNDS / 4} programs ended by SIGTERM while their %s thread creates and unlinks`,
  async (thread) => {
    await inRounds(ROUNDS / 4, async (random) => {
      const names = await endLoop(uniqueName('term'), 'SIGTERM', random, thread);
      expect(present(names)).toEqual([]);
    });
    expect(journals.reclaim()).toEqual([]);
  },
  DEADLINE_MS,
);
