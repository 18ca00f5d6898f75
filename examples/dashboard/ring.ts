/**
 * A circular buffer of samples in shared memory. One program writes, any number of them read, and
 * nobody waits for anybody: a slow reader loses samples, and knows how many.
 *
 * All of it is 64-bit words, whole numbers as int64 and the others as float64:
 *
 *     byte   0   slots       how many there are: a power of two
 *            8   rate        samples a second
 *           64   position    samples finished since the beginning: the last one's number
 *           72   heartbeat   when the writer was last at work, in milliseconds since 1970
 *           80   process     the writer's id; 0 before it begins, and after it has ended well
 *          128   slots       each with the number of its sample, or 0 while that is being written,
 *                            time (as the heartbeat), value, and number ^ time ^ value
 *
 * Sample n, from 1 on, goes into slot n modulo slots. What the writer changes all the time has
 * a cache line of its own.
 *
 * A reader takes a sample for whole if its number stood there before and after the rest was read.
 * That needs words to become visible in the order in which they were written, and to be read in
 * order: Atomics see to both, on any processor. Python has only what the processor does by itself:
 * enough on x86-64, not on arm64. There the fourth word tells a mixture of two samples.
 */
import type { SharedMemory, SharedMemoryManager } from 'named-shm';

const SLOTS = 0;
const RATE = 1;
const POSITION = 8;
const HEARTBEAT = 9;
const PROCESS = 10;
const HEADER_WORDS = 16;
const SLOT_WORDS = 4;

const number = new Float64Array(1);
const bits = new BigInt64Array(number.buffer);

function toBits(value: number): bigint {
  number[0] = value;
  return bits[0] as bigint;
}

function fromBits(word: bigint): number {
  bits[0] = word;
  return number[0] as number;
}

/** Milliseconds since 1970, the same in all programs. */
export const now = (): number => performance.timeOrigin + performance.now();

/** @param options - `slots` are rounded up to a power of two; `rate` is in samples a second. */
export function createRing(
  manager: SharedMemoryManager,
  options: { readonly slots: number; readonly rate: number },
): SharedMemory {
  const slots = 2 ** Math.ceil(Math.log2(options.slots));
  const shm = manager.memory(8 * (HEADER_WORDS + slots * SLOT_WORDS));
  const words = shm.view('int64');
  words[SLOTS] = BigInt(slots);
  words[RATE] = BigInt(options.rate);
  return shm;
}

class Ring {
  readonly slots: number;
  /** Samples a second. */
  readonly rate: number;
  protected readonly words: BigInt64Array;

  constructor(shm: SharedMemory) {
    this.words = shm.view('int64');
    this.slots = Number(this.words[SLOTS]);
    this.rate = Number(this.words[RATE]);
  }

  /** Samples finished: the number of the last one. */
  get position(): number {
    return Number(Atomics.load(this.words, POSITION));
  }

  protected slotOf(sample: number): number {
    return HEADER_WORDS + (sample % this.slots) * SLOT_WORDS;
  }
}

export class RingWriter extends Ring {
  /** Goes on after the samples that are there. */
  begin(): void {
    this.beat();
    Atomics.store(this.words, PROCESS, BigInt(process.pid));
  }

  /** Says that this program is alive, also where there is nothing to write. */
  beat(): void {
    Atomics.store(this.words, HEARTBEAT, toBits(now()));
  }

  /** Writes the next sample, over the oldest one. */
  write(time: number, value: number): void {
    const { words } = this;
    const sample = Atomics.load(words, POSITION) + 1n;
    const at = this.slotOf(Number(sample));
    const [timeBits, valueBits] = [toBits(time), toBits(value)];
    Atomics.store(words, at, 0n); // From here on it is neither the old sample nor the new one,
    Atomics.store(words, at + 1, timeBits);
    Atomics.store(words, at + 2, valueBits);
    Atomics.store(words, at + 3, sample ^ timeBits ^ valueBits);
    Atomics.store(words, at, sample); // and from here on the new one.
    Atomics.store(words, POSITION, sample);
  }

  /** Says that no more will come. */
  end(): void {
    Atomics.store(this.words, PROCESS, 0n);
  }
}

/** What is done with a sample: its number, its time in milliseconds since 1970, its value. */
export type Visit = (sample: number, time: number, value: number) => void;

export class RingReader extends Ring {
  /** Samples that were read whole. */
  read = 0;
  /** Samples that were overwritten before they were read, or while they were. */
  lost = 0;

  /** Reads what has come since the last time. Afterwards `read + lost` samples have been written. */
  drain(visit: Visit): void {
    const { position } = this;
    const done = this.read + this.lost;
    const overwritten = position - this.slots - done;
    if (overwritten > 0) this.lost += overwritten;
    for (let sample = this.read + this.lost + 1; sample <= position; sample += 1) {
      if (this.#readSlot(sample, visit)) this.read += 1;
      else this.lost += 1;
    }
  }

  /** Milliseconds since its writer was last at work: Infinity before it has begun. */
  silence(): number {
    return now() - (fromBits(Atomics.load(this.words, HEARTBEAT)) || -Infinity);
  }

  /** The id of the writer: 0 before it has begun and after it has ended well. */
  get process(): number {
    return Number(Atomics.load(this.words, PROCESS));
  }

  #readSlot(sample: number, visit: Visit): boolean {
    const { words } = this;
    const at = this.slotOf(sample);
    const wanted = BigInt(sample);
    const before = Atomics.load(words, at);
    const time = Atomics.load(words, at + 1);
    const value = Atomics.load(words, at + 2);
    const check = Atomics.load(words, at + 3);
    const after = Atomics.load(words, at);
    if (before !== wanted || after !== wanted || (wanted ^ time ^ value) !== check) return false;
    visit(sample, fromBits(time), fromBits(value));
    return true;
  }
}
