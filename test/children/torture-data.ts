// What the locks of torture-worker.ts guard, and what is known of those who use them.

export const WORKERS = 8;

export const Violation = {
  twoOwners: 1,
  unreportedDeath: 2,
  writerBesideReader: 3,
} as const;

/** In 32-bit words. */
const Word = {
  violation: 0,
  writer: 1, // pid, put there after acquiring and taken away before releasing
  unrepaired: 2,
  first: 3, // differs from `second` within a writer's critical section only
  second: 4,
  checksum: 5,
  writes: 6,
  reads: 7,
  deathsTold: 8,
  brokenFound: 9,
  recoveredTold: 10,
  readers: 12, // a pid for each worker
} as const;
/** In 64-bit words: nanoseconds on the clock that all processes share. */
const Time = { killed: 16, recovered: 17 } as const;

export const guardedSize = 192;

function checksumOf(value: number): number {
  return Math.imul(value, 0x9e3779b1) | 0;
}

export class Guarded {
  readonly #words: Int32Array;
  readonly #times: BigInt64Array;

  constructor(bytes: Uint8Array) {
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, guardedSize / 4);
    this.#times = new BigInt64Array(bytes.buffer, bytes.byteOffset, guardedSize / 8);
  }

  #get(word: number): number {
    return Atomics.load(this.#words, word);
  }

  #set(word: number, value: number): void {
    Atomics.store(this.#words, word, value);
  }

  /** 0, or the first promise that did not hold. */
  get violation(): number {
    return this.#get(Word.violation);
  }

  require(holds: boolean, violation: number): void {
    if (!holds) Atomics.compareExchange(this.#words, Word.violation, 0, violation);
  }

  get writer(): number {
    return this.#get(Word.writer);
  }

  swapWriter(pid: number): number {
    return Atomics.exchange(this.#words, Word.writer, pid);
  }

  setReader(worker: number, pid: number): void {
    this.#set(Word.readers + worker, pid);
  }

  readers(): number[] {
    return [...this.#words.subarray(Word.readers, Word.readers + WORKERS)].filter(
      (pid) => pid !== 0,
    );
  }

  forgetReaders(): void {
    this.#words.fill(0, Word.readers, Word.readers + WORKERS);
  }

  get unrepaired(): boolean {
    return this.#get(Word.unrepaired) !== 0;
  }

  set unrepaired(is: boolean) {
    this.#set(Word.unrepaired, is ? 1 : 0);
  }

  isWhole(): boolean {
    const first = this.#get(Word.first);
    return this.#get(Word.second) === first && this.#get(Word.checksum) === checksumOf(first);
  }

  /** Everything that is guarded, as one value. */
  snapshot(): string {
    return this.#words.subarray(Word.first, Word.checksum + 1).join();
  }

  repair(): void {
    if (!this.isWhole()) this.#count(Word.brokenFound);
    const first = this.#get(Word.first);
    this.#set(Word.second, first);
    this.#set(Word.checksum, checksumOf(first));
  }

  begin(): number {
    const next = (this.#get(Word.first) + 1) | 0;
    this.#set(Word.first, next);
    return next;
  }

  isBegun(next: number): boolean {
    return this.#get(Word.first) === next && this.#get(Word.second) === ((next - 1) | 0);
  }

  finish(next: number): void {
    this.#set(Word.second, next);
    this.#set(Word.checksum, checksumOf(next));
    this.#count(Word.writes);
  }

  countRead(): void {
    this.#count(Word.reads);
  }

  countDeath(): void {
    this.#count(Word.deathsTold);
  }

  #count(word: number): void {
    Atomics.add(this.#words, word, 1);
  }

  counts(): { writes: number; reads: number; deathsTold: number; brokenFound: number } {
    return {
      writes: this.#get(Word.writes),
      reads: this.#get(Word.reads),
      deathsTold: this.#get(Word.deathsTold),
      brokenFound: this.#get(Word.brokenFound),
    };
  }

  /** A process was killed at that time, and is dead: the next one to write says when. */
  awaitRecovery(killed: bigint): void {
    Atomics.store(this.#times, Time.recovered, 0n);
    Atomics.store(this.#times, Time.killed, killed);
  }

  noteRecovery(told: boolean): void {
    if (Atomics.load(this.#times, Time.killed) === 0n) return;
    const now = process.hrtime.bigint();
    Atomics.compareExchange(this.#times, Time.recovered, 0n, told ? -now : now);
  }

  /** How long it took, in milliseconds, and whether that one was told of a death. */
  recovery(): { readonly ms: number; readonly told: boolean } | undefined {
    const recovered = Atomics.load(this.#times, Time.recovered);
    const at = recovered < 0n ? -recovered : recovered;
    const killed = Atomics.load(this.#times, Time.killed);
    if (at < killed) {
      // Not yet, or from somebody who looked before the last kill.
      Atomics.compareExchange(this.#times, Time.recovered, recovered, 0n);
      return undefined;
    }
    Atomics.store(this.#times, Time.killed, 0n);
    return { ms: Number(at - killed) / 1e6, told: recovered < 0n };
  }
}
