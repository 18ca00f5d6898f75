// What peers do that takes more than one call. Each function is called by name, with JSON.
import { SharedMemory } from 'named-shm';
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
