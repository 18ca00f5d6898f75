import { constants } from 'node:buffer';
import { endianness } from 'node:os';
import { rangeError } from '../core/errors';
import { formatText, Kind, kindAt, MAX_SLOT_SIZE, widthAt } from './item-format';

/*
 * CPython's ShareableList, in the machine's byte order, with N items and K bytes of data. Python
 * 3.9 changed it, and neither side reads the other's.
 *
 *                3.9 and later                        3.8
 *   0            int64 N                              int64 N
 *   8            N + 1 int64: offsets of the slots    N int64: sizes of the slots
 *                in the data, the last one is K
 *   data         begins at 8 * (N + 2)                begins at 8 * (N + 1)
 *   data + K     N times 8 bytes: formats             the same
 *   ... + 8 * N  N times 1 byte: codes                the same
 *
 * In a list that has items, the word at 8 tells them apart: an offset of 0, or a size of at least 8.
 */

const LITTLE_ENDIAN = endianness() === 'LE';

/** Where in an int64, seen as two int32 in the machine's byte order, its halves are. */
export const LOW = LITTLE_ENDIAN ? 0 : 1;
export const HIGH = LITTLE_ENDIAN ? 1 : 0;

const WORD = 8;
const TWO_TO_32 = 2 ** 32;

/** Throws the error of a list whose bytes make no sense. */
export type Corrupt = (text: string) => never;

/**
 * Where things are in the bytes of a list. Keeps nothing for each item: offsets and sizes are read
 * and checked again at each access, for another program can damage them at any time.
 */
export class ListLayout {
  readonly view: DataView;
  /**
   * The words as numbers. Unlike a DataView, which goes byte by byte until its caller is compiled,
   * these load and store an element at once: nobody reads a number that is half written.
   */
  readonly floats: Float64Array;
  readonly bigints: BigInt64Array;
  readonly halves: Int32Array;
  readonly length: number;
  /** Where the first slot begins. */
  readonly dataStart: number;
  readonly #dataEnd: number;
  readonly #codesStart: number;
  readonly #hasSizes: boolean;

  private constructor(
    readonly bytes: Buffer<ArrayBuffer>,
    readonly corrupt: Corrupt,
    { length, dataSize, hasSizes }: { length: number; dataSize: number; hasSizes: boolean },
  ) {
    const { buffer, byteOffset, byteLength } = bytes;
    const words = Math.floor(byteLength / WORD);
    this.view = viewOf(bytes);
    this.floats = new Float64Array(buffer, byteOffset, words);
    this.bigints = new BigInt64Array(buffer, byteOffset, words);
    this.halves = new Int32Array(buffer, byteOffset, words * 2);
    this.length = length;
    this.dataStart = dataStartOf(length, hasSizes);
    this.#dataEnd = this.dataStart + dataSize;
    this.#codesStart = this.#dataEnd + length * WORD;
    this.#hasSizes = hasSizes;
  }

  /** A new list's bytes, with its header and with slots that hold nothing yet. */
  static make(slotSizes: readonly number[]): ListLayout {
    const length = slotSizes.length;
    const dataSize = slotSizes.reduce((sum, size) => sum + size, 0);
    const size = sizeOf({ length, dataSize, hasSizes: false });
    if (size > constants.MAX_LENGTH)
      throw rangeError(`a list of ${size} bytes: at most ${constants.MAX_LENGTH} are possible`);
    const bytes = Buffer.alloc(size);
    const layout = new ListLayout(bytes, neverCorrupt, { length, dataSize, hasSizes: false });
    setWord(layout.view, 0, length);
    let offset = 0;
    slotSizes.forEach((size, i) => {
      offset += size;
      setWord(layout.view, WORD * (i + 2), offset);
    });
    return layout;
  }

  /** The layout of an existing list; work and memory are bounded by the bytes that are there. */
  static read(bytes: Buffer<ArrayBuffer>, corrupt: Corrupt): ListLayout {
    const size = bytes.length;
    if (size < WORD) return corrupt(`${size} bytes, fewer than the header's 8`);
    const view = viewOf(bytes);
    const length = wordAt(view, 0);
    // No items: nothing tells the layouts apart, and nothing has to.
    if (length === 0)
      return new ListLayout(bytes, corrupt, { length, dataSize: 0, hasSizes: true });
    // Before anything is read by it: an item has at least a word in each table, a slot and a code.
    if (!(length > 0 && sizeOf({ length, dataSize: length * WORD, hasSizes: true }) <= size))
      return corrupt(`${size} bytes can't hold the ${length} items it claims`);
    const hasSizes = wordAt(view, WORD) !== 0;
    const dataSize = hasSizes ? sumOfSizes(view, length) : wordAt(view, WORD * (length + 1));
    if (!(dataSize >= length * WORD && sizeOf({ length, dataSize, hasSizes }) <= size))
      return corrupt(`${size} bytes can't hold ${length} items with ${dataSize} bytes of data`);
    const layout = new ListLayout(bytes, corrupt, { length, dataSize, hasSizes });
    layout.#checkItems();
    return layout;
  }

  /** Where slot `i` begins. In 3.8's layout the slots before it have to be added up. */
  slotStart(i: number): number {
    if (this.#hasSizes) return this.#slotStartBySizes(i);
    const start = this.dataStart + wordAt(this.view, WORD + WORD * i);
    if (start >= this.dataStart && start <= this.#dataEnd - WORD && start % WORD === 0)
      return start;
    return this.corrupt(`item ${i} begins at ${start - this.dataStart} of ${this.#dataSize} bytes`);
  }

  /** Where slot `i`, which begins at `start`, ends and the next one begins. */
  slotEnd(i: number, start: number): number {
    const end = this.#hasSizes
      ? start + wordAt(this.view, WORD + WORD * i)
      : this.dataStart + wordAt(this.view, WORD * (i + 2));
    const size = end - start;
    if (size >= WORD && size <= MAX_SLOT_SIZE && size % WORD === 0 && end <= this.#dataEnd)
      return end;
    return this.corrupt(`item ${i} has a slot of ${size} bytes`);
  }

  formatAt(i: number): number {
    return this.#dataEnd + WORD * i;
  }

  codeAt(i: number): number {
    return this.#codesStart + i;
  }

  kindOf(i: number): Kind {
    return kindAt(this.view, this.formatAt(i), this.codeAt(i));
  }

  /** The bytes that the text or bytes of item `i` are read from, checked against its slot. */
  widthOf(i: number, start: number): number {
    const width = this.#formatWidthOf(i);
    const slotSize = this.slotEnd(i, start) - start;
    if (width <= slotSize) return width;
    return this.corrupt(`item ${i} has the format ${this.#rawFormat(i)} in ${slotSize} bytes`);
  }

  /** The format of item `i` as text. */
  formatOf(i: number): string {
    const kind = this.kindOf(i);
    const width = kind === Kind.text || kind === Kind.bytes ? this.#formatWidthOf(i) : 0;
    return kind === Kind.invalid ? this.invalidItem(i) : formatText(kind, width);
  }

  invalidItem(i: number): never {
    const code = this.view.getUint8(this.codeAt(i));
    return this.corrupt(`item ${i} has the format ${this.#rawFormat(i)} with the code ${code}`);
  }

  #formatWidthOf(i: number): number {
    const width = widthAt(this.view, this.formatAt(i));
    return width < 0 ? this.invalidItem(i) : width;
  }

  get #dataSize(): number {
    return this.#dataEnd - this.dataStart;
  }

  #checkItems(): void {
    let start = this.dataStart;
    for (let i = 0; i < this.length; i += 1) {
      const end = this.slotEnd(i, start);
      const kind = this.kindOf(i);
      if (kind === Kind.invalid) this.invalidItem(i);
      if (kind === Kind.text || kind === Kind.bytes) this.widthOf(i, start);
      start = end;
    }
  }

  #slotStartBySizes(i: number): number {
    let start = this.dataStart;
    for (let k = 0; k < i; k += 1) start = this.slotEnd(k, start);
    // Sizes that grew since the list was attached to would leave no room for the last ones.
    if (start <= this.#dataEnd - WORD) return start;
    return this.corrupt(`item ${i} begins at ${start - this.dataStart} of ${this.#dataSize} bytes`);
  }

  #rawFormat(i: number): string {
    const at = this.formatAt(i);
    return JSON.stringify(this.bytes.toString('latin1', at, at + WORD));
  }
}

function neverCorrupt(text: string): never {
  throw new Error(`a list of our own making: ${text}`);
}

function dataStartOf(length: number, hasSizes: boolean): number {
  return WORD * (length + (hasSizes ? 1 : 2));
}

function sizeOf(list: { length: number; dataSize: number; hasSizes: boolean }): number {
  return dataStartOf(list.length, list.hasSizes) + list.dataSize + list.length * (WORD + 1);
}

function sumOfSizes(view: DataView, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += wordAt(view, WORD + WORD * i);
  return sum;
}

function viewOf(bytes: Buffer<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An int64 as a number: exact wherever it can be a size or an offset of something that exists. */
function wordAt(view: DataView, at: number): number {
  const high = view.getInt32(at + 4 * HIGH, LITTLE_ENDIAN);
  const low = view.getUint32(at + 4 * LOW, LITTLE_ENDIAN);
  // Without the floating-point sum, what is computed from it stays an integer for the compiler.
  return high === 0 ? low : high * TWO_TO_32 + low;
}

function setWord(view: DataView, at: number, value: number): void {
  view.setBigInt64(at, BigInt(value), LITTLE_ENDIAN);
}
