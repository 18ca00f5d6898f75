// Node programs that take, hold and release Mutex and RwLock are killed at random moments, and the
// locks keep their promises: never a hang, never two owners, never a death that nobody is told of.
// native/test/kill_driver.cc does it to thousands of programs that start faster.
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Mutex, RwLock, SharedMemory } from 'named-shm';
import { Guarded, guardedSize, WORKERS } from './children/torture-data';
import { type Program, startChild } from './support/programs';
import { deadline as within, rounds } from './support/slowness';

const KILLS = Number(process.env['NAMED_SHM_TORTURE_KILLS'] ?? rounds(100));
const SEED = Number(process.env['NAMED_SHM_TORTURE_SEED'] ?? randomInt(2 ** 31));

/** How long a program lives until it is killed, at most. */
const LONGEST_MS = 15;
const HANG_MS = 20_000;
/** What is promised where the machine is not busy with something else. */
const RECOVERY_MS = 200;

beforeAll(() => {
  console.info(`NAMED_SHM_TORTURE_SEED=${SEED}`);
});

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

interface Times {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly most: number;
  /** How many took longer than promised. */
  readonly slow: number;
}

function timesOf(times: readonly number[]): Times {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number): number =>
    Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 100) / 100;
  const slow = times.filter((time) => time > RECOVERY_MS).length;
  return { count: times.length, median: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1), slow };
}

/** Node programs that use both locks, each with a number from 0. */
class Workers {
  readonly #args: readonly string[];
  readonly #ready = new Map<number, Program>();
  readonly #starting = new Map<number, Promise<void>>();

  constructor(args: readonly string[]) {
    this.#args = args;
    for (let number = 0; number < WORKERS; number += 1) this.start(number);
  }

  start(number: number): void {
    const program = startChild('torture-worker', [...this.#args, `${number}`], {
      deadlineMs: within(60_000 + KILLS * 500),
    });
    const started = program.line().then(() => {
      this.#starting.delete(number);
      this.#ready.set(number, program);
    });
    this.#starting.set(number, started);
  }

  /** Until so many have started that the others can go on without one of them. */
  async gather(): Promise<void> {
    while (this.#ready.size < WORKERS / 2) await Promise.race(this.#starting.values());
  }

  /** One of those that have started: the one with that pid, if it is among them. */
  choose(random: number, pid: number): number {
    const all = [...this.#ready];
    const inside = all.find(([, { child }]) => child.pid === pid);
    const [number] = inside ?? all[Math.floor(random * all.length)] ?? [0];
    return number;
  }

  async kill(number: number): Promise<void> {
    const program = this.#ready.get(number);
    this.#ready.delete(number);
    program?.child.kill('SIGKILL');
    // Had it ended by itself, that would show here.
    expect(await program?.exit).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#starting.values());
    await Promise.all([...this.#ready.keys()].map((number) => this.kill(number)));
  }
}

async function untilRecovered(guarded: readonly Guarded[]): Promise<{ ms: number; told: boolean }> {
  const deadline = performance.now() + HANG_MS;
  const recoveries = new Map<Guarded, { ms: number; told: boolean }>();
  while (recoveries.size < guarded.length) {
    for (const each of guarded) {
      expect(each.violation).toBe(0);
      const recovery = recoveries.has(each) ? undefined : each.recovery();
      if (recovery) recoveries.set(each, recovery);
    }
    if (performance.now() > deadline) throw new Error('a hang: nobody got the lock again');
    await setTimeout(1);
  }
  const all = [...recoveries.values()];
  return {
    ms: Math.max(...all.map(({ ms }) => ms)),
    told: all.some(({ told }) => told),
  };
}

/** Whether deaths were told of each lock, and data found broken after some. */
function wasTested(guarded: readonly Guarded[]): boolean {
  return guarded
    .map((each) => each.counts())
    .every(({ deathsTold, brokenFound }) => deathsTold > 0 && brokenFound > 0);
}

test(
  `${KILLS} Node programs killed`,
  async () => {
    const random = randomFrom(SEED);
    using mutex = Mutex.create();
    using rwLock = RwLock.create({ maxReaders: WORKERS });
    using data = SharedMemory.create({ size: 2 * guardedSize });
    const guarded = [0, guardedSize].map(
      (offset) => new Guarded(data.buf.subarray(offset, offset + guardedSize)),
    );
    const toldAfter: number[] = [];
    const otherAfter: number[] = [];
    {
      await using workers = new Workers([mutex.name, rwLock.name, data.name]);
      // More where chance has not put to the test what is promised for a death inside.
      for (
        let kills = 0;
        kills < KILLS || (!wasTested(guarded) && kills < 10 * KILLS);
        kills += 1
      ) {
        await workers.gather();
        await setTimeout(random() * LONGEST_MS);
        // Every other time one who is inside, if there is one.
        const inside = guarded[kills % 2]?.writer ?? 0;
        const number = workers.choose(random(), random() < 0.5 ? inside : 0);
        const killed = process.hrtime.bigint();
        await workers.kill(number);
        for (const each of guarded) each.awaitRecovery(killed);
        const { ms, told } = await untilRecovered(guarded);
        (told ? toldAfter : otherAfter).push(ms);
        workers.start(number);
      }
    }
    const counts = guarded.map((each) => each.counts());
    const recovery = { fromHolder: timesOf(toldAfter), fromOthers: timesOf(otherAfter) };
    console.info(
      JSON.stringify({
        kills: toldAfter.length + otherAfter.length,
        mutex: counts[0],
        rwLock: counts[1],
        recovery,
      }),
    );

    // All are dead: the locks can be had, and what they guard is whole or declared not to be.
    const last = [
      mutex.acquireSync({ timeout: HANG_MS }),
      rwLock.acquireWriteSync({ timeout: HANG_MS }),
    ];
    guarded.forEach((each, at) => {
      expect(each.violation).toBe(0);
      expect(last[at]).toMatchObject({ acquired: true });
      expect(last[at]?.ownerDied === true || (each.isWhole() && each.writer === 0)).toBe(true);
    });
    mutex.release();
    rwLock.releaseWrite();
    for (const { writes } of counts) expect(writes).toBeGreaterThan(KILLS);
    expect(wasTested(guarded)).toBe(true);
  },
  within(60_000 + KILLS * 1000),
);
