import type { Gate } from './sync-gates';
import type { Kind } from './sync-kinds';
import { LONG_MS } from './sync-gates';

/**
 * Nothing was lost and nothing is too many: one handle can get in the other's way, keeps it out,
 * and lets it pass, and after that the same again.
 */
export async function expectWhole(kind: Kind, a: Gate, b: Gate): Promise<void> {
  for (const [passer, keeper] of [
    [a, b],
    [b, a],
  ] as const) {
    expect(keeper.shut()).toBe(true);
    if (kind.staysOpen) expect(passer.tryPass()).toBe(false);
    const passing = passer.pass({ timeout: LONG_MS });
    await keeper.open();
    expect(await passing).toBe(true);
    passer.leave();
  }
}

/** The error of a call, or of a promise: fails where there is none. */
export async function errorOf(action: () => unknown): Promise<Error & { readonly code?: string }> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('no error where there should be one');
}

/** The promise's value; an error where it is not there by then: the test's deadline. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not done within ${milliseconds} ms`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Random numbers that a failing test can have again: a seed, printed with the failure. */
export class Dice {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env['SYNC_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))) {
    this.seed = seed;
    this.#state = seed;
  }

  /** From 0 to `below`, as xorshift has them. */
  under(below: number): number {
    let state = this.#state || 1;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return (this.#state / 2 ** 32) * below;
  }
}
