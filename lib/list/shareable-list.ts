import { inspect } from 'node:util';
import { checkOptions, show } from '../core/arguments';
import { createOrAttach } from '../core/create';
import { SharedResourceError } from '../core/errors';
import { type AttachOptions, type CreateOptions, SharedMemory } from '../memory/shared-memory';
import { matcherFor } from './item-equality';
import { positionOf } from './item-index';
import { type ListValue, readItem } from './item-reader';
import { type ListItem, writeItem } from './item-writer';
import { encodeList } from './list-encoder';
import { type Corrupt, ListLayout } from './list-layout';

export type { ListItem, ListValue };

/** Those of `SharedMemory.create`, without the size and the content, which the items decide. */
export type ShareableListOptions = Omit<CreateOptions, 'size' | 'content'>;

const ITEMS_SHOWN = 10;

/**
 * A list of fixed length in a named segment, byte for byte Python's
 * `multiprocessing.shared_memory.ShareableList`: either language reads and assigns the other's.
 * Lists are made in the layout of Python 3.9 and later; those of 3.8 can be read and assigned too.
 *
 * | JavaScript | Python | reads as |
 * | --- | --- | --- |
 * | safe integer, or bigint of at most 64 bits | int | number where safe, else bigint |
 * | any other number: 1.5, -0, NaN, 2 ** 53 | float | number |
 * | boolean | bool | boolean |
 * | string | str | string |
 * | Uint8Array, Buffer | bytes | a Buffer of its own, which is valid also after `close` |
 * | null | None | null |
 *
 * `float(3)` and `int(3)` say which kind an integer-valued number is meant to be.
 *
 * The length is fixed, and so is the room of each item: 8 bytes, for text and bytes the next
 * multiple of 8 above their length in UTF-8. Reading and assigning take no lock: a number is read
 * as it was or as it is, never half of each, but guard the list with a `Lock` where text or bytes
 * or the type of an item change, or where several programs assign.
 *
 * @example
 * using list = ShareableList.create(['starting', 0, 2.5, null], { name: 'state' });
 * list.set(1, 42);
 *
 * // in another program
 * using list = ShareableList.attach('state');
 * console.log(list.get(1)); // 42
 */
export class ShareableList implements Iterable<ListValue>, Disposable {
  readonly shm: SharedMemory;
  readonly #layout: ListLayout;

  private constructor(shm: SharedMemory) {
    this.shm = shm;
    this.#layout = ListLayout.read(shm.buf, corruptIn(shm));
    shm.assertUsable();
  }

  /**
   * Makes a list. On Linux no other program ever sees it without its items.
   *
   * @throws TypeError `ERR_SHM_TYPE` on what a list can't hold, such as undefined; RangeError
   * `ERR_SHM_RANGE` on what would not come back the same: an integer over 64 bits, text or bytes
   * that end in NUL or have 9999992 bytes or more, text with half of a surrogate pair;
   * SharedResourceError as `SharedMemory.create`.
   * @example
   * using list = ShareableList.create(['a', 1, float(1), true, null, Buffer.from([1, 2])]);
   * list.format; // '8sqdxxxxxxx?xxxxxx?x8s'
   */
  static create(items: Iterable<ListItem>, options?: ShareableListOptions): ShareableList {
    return ShareableList.#make(encodeList(items), options);
  }

  /**
   * Opens an existing list, whoever made it. Never leads to its removal. A list that a Python
   * program is making at this moment may look empty or damaged: Python gives it its name first and
   * its items after that.
   *
   * @param options - `readOnly`: what is assigned then stays in this process.
   * @throws SharedResourceError `ERR_SHM_CORRUPT` where the segment holds no list, or a damaged
   * one; `ENOENT` and others as `SharedMemory.attach`.
   */
  static attach(name: string, options?: AttachOptions): ShareableList {
    const shm = SharedMemory.attach(name, options);
    try {
      return new ShareableList(shm);
    } catch (error) {
      shm.close();
      throw error;
    }
  }

  /**
   * Makes the list, or attaches to the one that is there, whose items then stay as they are;
   * `created` says which. For programs that start in any order.
   *
   * @throws as `create` and `attach`.
   */
  static createOrAttach(
    items: Iterable<ListItem>,
    options: ShareableListOptions & { readonly name: string },
  ): ShareableList {
    // Once, before the first try: not every iterable can be gone through again.
    const content = encodeList(items);
    return createOrAttach(checkOptions(options).name, {
      create: () => ShareableList.#make(content, options),
      attach: () => ShareableList.attach(options.name),
    });
  }

  /** Without the leading slash. */
  get name(): string {
    return this.shm.name;
  }

  /** Whether this call made the list: always so after `create`. */
  get created(): boolean {
    return this.shm.created;
  }

  get closed(): boolean {
    return this.shm.closed;
  }

  /** How many items it has. @throws TypeError `ERR_SHM_CLOSED`. */
  get length(): number {
    this.shm.assertUsable();
    return this.#layout.length;
  }

  /**
   * How Python's `struct` module calls what the items are at this moment, one after the other:
   * 'q' int, 'd' float, 'xxxxxxx?' bool, 'xxxxxx?x' None, '8s' text or bytes in a slot of 8 bytes.
   *
   * @throws as `get`.
   */
  get format(): string {
    this.shm.assertUsable();
    let format = '';
    for (let i = 0; i < this.#layout.length; i += 1) format += this.#layout.formatOf(i);
    this.shm.assertUsable();
    return format;
  }

  /**
   * An item. Integers read as number where that is exact, else as bigint; bytes as a copy.
   *
   * @param index - from `-length` to `length - 1`; negative ones count from the end.
   * @throws RangeError `ERR_SHM_RANGE` on any other index; TypeError `ERR_SHM_CLOSED`;
   * SharedResourceError `ERR_SHM_CORRUPT` where another program has damaged the item, or writes it
   * at this moment; `ERR_SHM_TRUNCATED`.
   */
  get(index: number): ListValue {
    this.shm.assertUsable();
    const i = positionOf(index, this.#layout.length);
    return this.#read(i, this.#layout.slotStart(i));
  }

  /**
   * Assigns an item. Its type may change, its room not.
   *
   * A number becomes an int where it is a safe integer (-0 is none) and else a float; over a float
   * it stays a float, as Python programs expect of a field that they set to 2.5 before and 3.0 now.
   * `int(3)`, `float(3)` and bigints say what they are.
   *
   * @param index - from `-length` to `length - 1`; negative ones count from the end.
   * @throws RangeError `ERR_SHM_RANGE` where text or bytes exceed the item's room, or the value
   * would not come back the same, or the index is wrong: the list is as before then; TypeError
   * `ERR_SHM_TYPE`, `ERR_SHM_CLOSED`; SharedResourceError `ERR_SHM_CORRUPT`, `ERR_SHM_TRUNCATED`.
   */
  set(index: number, value: ListItem): void {
    this.shm.assertUsable();
    const i = positionOf(index, this.#layout.length);
    writeItem(this.#layout, i, this.#layout.slotStart(i), value);
    this.shm.assertUsable();
  }

  /**
   * How often a value is in the list: numbers and bigints by value (5, 5n and `float(5)` are the
   * same), bytes by content. A boolean is only ever equal to a boolean: not so in Python, where
   * `1 == True`. NaN equals nothing.
   *
   * @throws as `get`.
   */
  count(value: ListItem): number {
    const matches = matcherFor(value);
    let count = 0;
    for (const item of this) if (matches(item)) count += 1;
    return count;
  }

  /** Where a value first is, or -1; equal as in `count`. @throws as `get`. */
  indexOf(value: ListItem): number {
    const matches = matcherFor(value);
    let i = 0;
    for (const item of this) {
      if (matches(item)) return i;
      i += 1;
    }
    return -1;
  }

  /** All items, read one after the other. @throws as `get`. */
  toArray(): ListValue[] {
    return [...this];
  }

  /** The items, each read when it is asked for. @throws as `get`. */
  *[Symbol.iterator](): Generator<ListValue, void, undefined> {
    const layout = this.#layout;
    this.shm.assertUsable();
    let start = layout.dataStart;
    for (let i = 0; i < layout.length; i += 1) {
      const end = layout.slotEnd(i, start);
      yield this.#read(i, start);
      start = end;
    }
  }

  /** As `SharedMemory.close`. What was read before stays valid. */
  close(): void {
    this.shm.close();
  }

  /** As `SharedMemory.unlink`. */
  unlink(): void {
    this.shm.unlink();
  }

  /** Closes; where this object's `create` made the list and tracks it, unlinks it too. */
  [Symbol.dispose](): void {
    this.shm[Symbol.dispose]();
  }

  /** @internal */
  [inspect.custom](): string {
    return `ShareableList { name: ${show(this.name)}, ${this.shm.closed ? 'closed: true' : `items: ${this.#showItems()}`} }`;
  }

  static #make(content: Uint8Array, options: ShareableListOptions | undefined): ShareableList {
    const size = content.length;
    const { name, mode, track, reserve } = checkOptions(options);
    const shm = SharedMemory.create({ name, mode, track, reserve, size, content });
    try {
      return new ShareableList(shm);
    } catch (error) {
      shm[Symbol.dispose]();
      throw error;
    }
  }

  #showItems(): string {
    const shown: string[] = [];
    try {
      for (const item of this) {
        if (shown.length === ITEMS_SHOWN) break;
        shown.push(show(item));
      }
    } catch (error) {
      shown.push(`<${(error as SharedResourceError).code}>`);
    }
    const more = this.#layout.length - shown.length;
    if (more > 0) shown.push(`... ${more} more`);
    return `[${shown.join(', ')}]`;
  }

  #read(i: number, start: number): ListValue {
    const value = readItem(this.#layout, i, start);
    // Once more: the page may have gone in that very moment, and zeros been read in its place.
    this.shm.assertUsable();
    return value;
  }
}

function corruptIn(shm: SharedMemory): Corrupt {
  return (text) => {
    // Zeros in place of pages that are gone make no sense either, but that has a name of its own.
    shm.assertUsable();
    throw new SharedResourceError(
      'ERR_SHM_CORRUPT',
      `no list, or one that is damaged or being written at this moment: ${text}, '/${shm.name}'`,
      { path: `/${shm.name}` },
    );
  };
}
