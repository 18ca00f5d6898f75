// What peers do that takes more than one call. Each function is called by name, with JSON.
import { inspect, isDeepStrictEqual } from 'node:util';
import { type Acquisition, Barrier, Event, Mutex, RwLock, SharedMemory } from 'named-shm';
import { LONG_MS } from './sync-gates';
import { KINDS } from './sync-kinds';

export type Manner = 'sync' | 'async' | 'try';

export function ping(): void {
  // Being answered is all.
}

/** Ends this program, or this Worker. */
export function exit(code: number): void {
  process.exit(code);
}

/** Ends this program, or this Worker, by an exception that nobody catches. */
export function fail(message: string): void {
  setImmediate(() => {
    throw new Error(message);
  });
}

/**
 * Adds 1 to both words of a segment, in a way that loses counts where two are at it at once.
 *
 * @returns how often the two words were seen to differ: somebody else was at it
 */
export async function count(
  label: string,
  name: string,
  { segment, rounds, manner }: { segment: string; rounds: number; manner: Manner },
): Promise<number> {
  const kind = KINDS.find((each) => each.label === label);
  if (!kind) throw new Error(`no ${label}`);
  const gate = kind.attach(name);
  const shm = SharedMemory.attach(segment);
  const words = shm.view('int32', 0, 2);
  let intrusions = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (manner === 'async') await gate.pass({ timeout: LONG_MS });
    else if (manner === 'sync') gate.passSync({ timeout: LONG_MS });
    else while (!gate.tryPass()) await new Promise(setImmediate);
    const value = words[0] as number;
    if (words[1] !== value) intrusions += 1;
    words[0] = value + 1;
    words[1] = value + 1;
    gate.leave();
  }
  gate.close();
  shm.close();
  return intrusions;
}

/**
 * Waits for one event, clears it, and sets the other, again and again.
 *
 * @returns how many times it was there
 */
export async function answerEvents(
  heard: string,
  told: string,
  { rounds, manner }: { readonly rounds: number; readonly manner: 'sync' | 'async' },
): Promise<number> {
  using ping = Event.attach(heard);
  using pong = Event.attach(told);
  for (let round = 0; round < rounds; round += 1) {
    if (manner === 'async') {
      if (!(await ping.wait({ timeout: LONG_MS }))) return round;
      await ping.clear();
      await pong.set({ timeout: LONG_MS });
    } else {
      if (!ping.waitSync({ timeout: LONG_MS })) return round;
      ping.clearSync();
      pong.setSync({ timeout: LONG_MS });
    }
  }
  return rounds;
}

/**
 * Goes through rounds of a barrier: before each it counts in a slot of its own, after each it sees
 * that all others have counted as far.
 *
 * @returns what the barrier answered in each round
 */
export async function marchInStep(
  name: string,
  options: {
    readonly segment: string;
    readonly slot: number;
    readonly rounds: number;
    readonly manner: 'sync' | 'async';
  },
): Promise<number[]> {
  const { segment, slot, rounds, manner } = options;
  using barrier = Barrier.attach(name);
  using shm = SharedMemory.attach(segment);
  const counts = shm.view('int32', 0, barrier.parties);
  const indices: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    counts[slot] = round;
    const timeout = LONG_MS;
    indices.push(
      manner === 'sync' ? barrier.waitSync({ timeout }) : await barrier.wait({ timeout }),
    );
    // Nobody can be further than one round ahead: it waits for this one.
    if (counts.some((count) => count < round || count > round + 1))
      throw new Error(`round ${round}: ${counts.join(', ')}`);
  }
  return indices;
}

let streaming = true;

/**
 * Reads or writes without a pause until `endStreams`: by several handles that overlap, so that
 * there is hardly a moment without one.
 *
 * @returns how many times it did
 */
export async function stream(name: string, side: 'Read' | 'Write'): Promise<number> {
  let turns = 0;
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      using lock = RwLock.attach(name);
      while (streaming) {
        await lock[`acquire${side}`]({ timeout: LONG_MS });
        await new Promise(setImmediate);
        lock[`release${side}`]();
        turns += 1;
        // Whatever comes for this program is heard as well.
        await new Promise(setImmediate);
      }
    }),
  );
  return turns;
}

export function endStreams(): void {
  streaming = false;
}

/** As `count` in its writes; in its reads it sees that both words are the same. */
export async function readAndWrite(
  name: string,
  { segment, rounds }: { readonly segment: string; readonly rounds: number },
): Promise<number> {
  using lock = RwLock.attach(name);
  using shm = SharedMemory.attach(segment);
  const words = shm.view('int32', 0, 2);
  let torn = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round % 3 === 0) {
      await lock.acquireWrite({ timeout: LONG_MS });
      words[0] = (words[0] as number) + 1;
      words[1] = (words[1] as number) + 1;
      lock.releaseWrite();
    } else {
      await lock.acquireRead({ timeout: LONG_MS });
      if (words[0] !== words[1]) torn += 1;
      lock.releaseRead();
    }
  }
  return torn;
}

const met: Disposable[] = [];

/**
 * Creates what is not there yet, in another order for each program, and uses it: each counts
 * under the mutex, and whoever made the event sets it when all have.
 *
 * @returns what this program created
 */
export function meet(
  name: string,
  programs: number,
  turn: number,
): { readonly created: readonly string[] } {
  let memory!: SharedMemory, mutex!: Mutex, rwLock!: RwLock, event!: Event;
  const content = new Uint8Array(5000).fill(7, 8);
  const makers = [
    () => (memory = SharedMemory.createOrAttach({ name: `${name}.memory`, size: 5000, content })),
    () => (mutex = Mutex.createOrAttach({ name: `${name}.mutex` })),
    () => (rwLock = RwLock.createOrAttach({ name: `${name}.rwLock`, maxReaders: programs })),
    () => (event = Event.createOrAttach({ name: `${name}.event` })),
  ];
  const things = makers.map((_, index) => (makers[(index + turn) % makers.length] as () => Made)());
  met.push(...things);
  // On Windows who attaches sees a whole page.
  if (memory.size < 5000 || !memory.buf.subarray(8, 5000).every((byte) => byte === 7))
    throw new Error(`half made: ${inspect(memory.buf)}`);
  const words = memory.view('int32', 0, 2);
  const timeout = LONG_MS;
  check(mutex.acquireSync({ timeout }), { acquired: true, ownerDied: false });
  words[0] = (words[0] as number) + 1;
  if (words[0] === programs) event.setSync({ timeout });
  mutex.release();
  if (!event.waitSync({ timeout })) throw new Error('the event was not set');
  check(rwLock.acquireReadSync({ timeout }), { acquired: true, ownerDied: false });
  if (words[0] !== programs) throw new Error(`${words[0]} programs of ${programs}`);
  rwLock.releaseRead();
  check(rwLock.acquireWriteSync({ timeout }), { acquired: true, ownerDied: false });
  words[1] = (words[1] as number) + 1;
  rwLock.releaseWrite();
  return {
    created: things.filter((each) => each.created).map((each) => each.name.slice(name.length + 1)),
  };
}

type Made = Disposable & { readonly name: string; readonly created: boolean };

function check(acquisition: Acquisition, expected: Acquisition): void {
  if (!isDeepStrictEqual(acquisition, expected)) throw new Error(inspect(acquisition));
}

/** Leaves what `meet` has made. */
export function part(): void {
  for (const thing of met.splice(0)) thing[Symbol.dispose]();
}
