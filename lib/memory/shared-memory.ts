import { inspect } from 'node:util';
import { binding, type NativeSegment } from '../binding';
import { prepareTracking } from '../cleanup/tracking';
import { checkBoolean, checkInteger, checkOptions, show } from '../core/arguments';
import { createNamed, createOrAttach } from '../core/create';
import { rangeError, typeError, unwrap } from '../core/errors';
import { checkName } from '../core/name';
import {
  type CheckedNamedOptions,
  checkNamedOptions,
  type NamedOptions,
} from '../core/named-options';
import type { DType, TypedArrayOf } from './dtype';
import { MappedBytes } from './mapped-bytes';
import { openWindow, type WasmMemory, type WasmWindow } from './wasm-window';

const KIND = 'shared memory segment';

export interface CreateOptions extends NamedOptions {
  /** Bytes, at least 1. Linux keeps it exactly; macOS and Windows round up to a page. */
  readonly size: number;
  /**
   * Allocate all pages now, so that a full memory is an error here and not a fault later. Without
   * it a large segment costs only the pages that are written. @default true
   */
  readonly reserve?: boolean | undefined;
  /** The bytes that the segment starts with; on Linux no attacher ever sees it without them. */
  readonly content?: Uint8Array | undefined;
}

export interface AttachOptions {
  /**
   * Ask for no right to write. Writes to a view then stay in this process, page by page, and from
   * then on that page no longer follows the segment. @default false
   */
  readonly readOnly?: boolean | undefined;
}

/** A segment as the system lists it. */
export interface SegmentInfo {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** The owner's user id. */
  readonly uid: number;
  /** Time of the last change that the system knows of: creation, or a write by system call. */
  readonly modified: Date;
}

/**
 * A named shared memory segment: the same bytes in every program that attaches to the name, with
 * no header and no copy. Python's `multiprocessing.shared_memory.SharedMemory` is the same thing.
 *
 * @example
 * using shm = SharedMemory.create({ name: 'frames', size: 1024 });
 * shm.view('float64')[0] = 3.14;
 *
 * // in another program
 * using shm = SharedMemory.attach('frames');
 * console.log(shm.view('float64')[0]);
 */
export class SharedMemory {
  /** Without the leading slash. */
  readonly name: string;
  /** Bytes, as they were when it was created or attached to. */
  readonly size: number;
  /** Whether this call made the segment: always so after `create`. */
  readonly created: boolean;
  readonly #segment: NativeSegment;
  readonly #bytes: MappedBytes;

  /** @internal */
  constructor(segment: NativeSegment, { name, created }: { name: string; created: boolean }) {
    this.#segment = segment;
    this.name = name;
    this.#bytes = new MappedBytes(segment, { kind: KIND, name });
    this.size = segment.size();
    this.created = created;
  }

  /**
   * Makes a new segment, filled with zeros.
   *
   * @throws SharedResourceError `EEXIST`, `ENOSPC` (not enough shared memory), `EACCES`, `EMFILE` …
   * @throws RangeError on a size that is not a positive integer; TypeError on a bad name.
   * @example
   * using shm = SharedMemory.create({ name: 'frames', size: 1920 * 1080 * 4 });
   */
  static create(options: CreateOptions): SharedMemory {
    const { size, name, mode, track, reserve, content } = checkCreateOptions(options);
    if (track) prepareTracking();
    return createNamed(name, (chosen) => {
      const subject = { kind: KIND, name: chosen, size } as const;
      const segment = unwrap(
        binding.createSegment(chosen, size, mode, reserve, track, content),
        subject,
      );
      return new SharedMemory(segment, { name: chosen, created: true });
    });
  }

  /**
   * Maps an existing segment, whoever made it. Never leads to its removal.
   *
   * @throws SharedResourceError `ENOENT`; `EACCES`; `ERR_SHM_EMPTY` where its creator has given it
   * no size and does not do so within 100 ms.
   * @example
   * using shm = SharedMemory.attach('frames', { readOnly: true });
   */
  static attach(name: string, options?: AttachOptions): SharedMemory {
    const { readOnly = false } = checkOptions(options);
    const bare = checkName(name, KIND);
    const segment = unwrap(binding.attachSegment(bare, checkBoolean(readOnly, 'readOnly')), {
      kind: KIND,
      name: bare,
    });
    return new SharedMemory(segment, { name: bare, created: false });
  }

  /**
   * Makes the segment, or attaches to the one that is there; `created` says which. For programs
   * that start in any order.
   *
   * @throws RangeError where the existing one has fewer bytes than `size`.
   */
  static createOrAttach(options: CreateOptions & { readonly name: string }): SharedMemory {
    const { size, name } = checkCreateOptions(options);
    const shm = createOrAttach(name, {
      create: () => SharedMemory.create(options),
      attach: () => SharedMemory.attach(options.name),
    });
    if (shm.size >= size) return shm;
    shm.close();
    throw rangeError(
      `shared memory segment '/${shm.name}' already exists with ${shm.size} bytes, fewer than the ${size} asked for`,
    );
  }

  /**
   * Removes a name. Who has the segment mapped keeps it until they close it; it is freed with the
   * last of them. Does nothing on Windows, where a segment ends with its last handle.
   *
   * @throws SharedResourceError `ENOENT`, `EACCES`.
   */
  static unlink(name: string): void {
    const bare = checkName(name, KIND);
    unwrap(binding.unlinkSegment(bare), { kind: KIND, name: bare });
  }

  /**
   * All segments of the system that this user can see, other programs' too.
   *
   * @throws SharedResourceError `ERR_SHM_UNSUPPORTED` on macOS, which has no list.
   */
  static list(): SegmentInfo[] {
    return unwrap(binding.listSegments(), { kind: KIND, name: '' }).map(({ mtimeMs, ...info }) => ({
      ...info,
      modified: new Date(mtimeMs),
    }));
  }

  get closed(): boolean {
    return this.#bytes.closed;
  }

  /**
   * The whole segment as a Buffer, without a copy: always the same one.
   *
   * @throws TypeError `ERR_SHM_CLOSED`; SharedResourceError `ERR_SHM_TRUNCATED`; RangeError where
   * this version of Node has no Buffers of that size (Node 20: 4 GiB): use `view` there.
   */
  get buf(): Buffer<ArrayBuffer> {
    return this.#bytes.buf;
  }

  /**
   * A typed array over a part of the segment, without a copy. Element access costs the same as in
   * any other typed array. After `close()` it reads zeros, but not on Windows.
   *
   * @param dtype - NumPy's name of the element type; 64-bit integers are bigint.
   * @param byteOffset - where it begins, in bytes: a multiple of the item size.
   * @param length - in elements; as many as fit if left out.
   * @throws RangeError where it is misaligned or reaches beyond the end; TypeError `ERR_SHM_CLOSED`.
   * @example
   * const header = shm.view('uint32', 0, 4);
   * const samples = shm.view('float64', 16);
   */
  view<D extends DType>(dtype: D, byteOffset = 0, length?: number): TypedArrayOf<D> {
    return this.#bytes.view(dtype, byteOffset, length);
  }

  /**
   * Puts the segment in the place of a part of a WebAssembly memory, without a copy. WebAssembly
   * code, this thread's and that of Workers which are given the memory, then works on the segment
   * itself; so does a typed array over `memory.buffer`, a SharedArrayBuffer.
   *
   * It stays until the window is closed or the memory is collected here, whatever becomes of this
   * object. What the memory held there is lost. The memory may grow.
   *
   * @param memory - one made with `shared: true`.
   * @param byteOffset - a multiple of the page size (65536 is one everywhere). WebAssembly's own
   * data, stack and heap must not be there: choose what its allocator gave you, or lies beyond.
   * @throws RangeError where it does not fit or overlaps another window; TypeError `ERR_SHM_TYPE`
   * on another kind of memory, `ERR_SHM_READ_ONLY` on a segment attached `readOnly`;
   * SharedResourceError `ERR_SHM_UNSUPPORTED` on Windows, `ENOMEM`.
   * @example
   * const memory = new WebAssembly.Memory({ initial: 17, maximum: 17, shared: true });
   * const window = shm.mapInto(memory, 65536);
   * instance.exports.sum(window.byteOffset, window.byteLength);
   */
  mapInto(memory: WasmMemory, byteOffset: number): WasmWindow {
    this.assertUsable();
    return openWindow(this.#segment, { memory, name: this.name, size: this.size }, byteOffset);
  }

  /**
   * Lets the segment go; the name stays. Views taken earlier, also those that a job of Node's is
   * working on at this moment, read zeros from now on and write to nobody. On Windows the name goes
   * with the last object that is open, and old views stay views of the segment. A second call does
   * nothing.
   */
  close(): void {
    this.#bytes.close();
  }

  /** Removes the segment's name, as `SharedMemory.unlink(shm.name)`. Also after `close()`. */
  unlink(): void {
    SharedMemory.unlink(this.name);
  }

  /** Closes; where this object's `create` made the segment and tracks it, unlinks it too. */
  [Symbol.dispose](): void {
    this.close();
    this.unlinkOwn();
  }

  /** Unlinks what this object's `create` made and tracks, and nothing else. @internal */
  unlinkOwn(): void {
    const { serial } = this.#segment;
    if (serial) binding.unlinkOwnSegment(this.name, serial);
  }

  /** @internal */
  [inspect.custom](): string {
    return `SharedMemory { name: ${show(this.name)}, size: ${this.size}, closed: ${this.closed} }`;
  }

  /** Throws where the bytes are no longer the segment's. @internal */
  assertUsable(): void {
    this.#bytes.assertUsable();
  }
}

function checkCreateOptions(options: CreateOptions): CheckedNamedOptions & {
  readonly size: number;
  readonly reserve: boolean;
  readonly content: Uint8Array | undefined;
} {
  const { name, mode, track } = checkNamedOptions(options, KIND);
  const { size: bytes, reserve = true, content } = checkOptions(options);
  const size = checkInteger(bytes, 'size', 1, Number.MAX_SAFE_INTEGER);
  if (content !== undefined && !(content instanceof Uint8Array))
    throw typeError('ERR_SHM_TYPE', `content must be a Uint8Array, not ${show(content)}`);
  if (content !== undefined && content.byteLength > size)
    throw rangeError(`content has ${content.byteLength} bytes, more than the segment's ${size}`);
  // Not by a spread, which V8 does in so many steps that it would be a tenth of a create.
  return { name, mode, track, size, reserve: checkBoolean(reserve, 'reserve'), content };
}
