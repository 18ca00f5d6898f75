import { Lock } from 'named-shm';

/**
 * Hands out 0, 1, 2 … to all programs that ask, each number once: who is free takes the next piece
 * of work.
 *
 * Node programs need no more than `Atomics.add`, which is one step between processes, too. Python
 * has no such thing: where one of them takes part, all hold a lock meanwhile.
 */
export class SharedCounter implements Disposable {
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #lock: Lock | undefined;

  /** @param lock - the name of a lock, or null where all programs are Node's. */
  constructor(words: Int32Array, at: number, lock: string | null) {
    this.#words = words;
    this.#at = at;
    this.#lock = lock === null ? undefined : Lock.attach(lock);
  }

  take(): number {
    this.#lock?.acquireSync();
    const taken = Atomics.add(this.#words, this.#at, 1);
    this.#lock?.release();
    return taken;
  }

  [Symbol.dispose](): void {
    this.#lock?.close();
  }
}
