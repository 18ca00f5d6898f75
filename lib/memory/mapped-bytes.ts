import { constants } from 'node:buffer';
import { binding, type NativeMapping } from '../binding';
import { formatBytes } from '../core/bytes';
import {
  closedError,
  pathOf,
  rangeError,
  SharedResourceError,
  type Subject,
  unwrap,
} from '../core/errors';
import { checkView, constructorOf, type DType, itemSize, type TypedArrayOf } from './dtype';

const faultCounter = new Uint32Array(binding.faultCounter);

/** What JavaScript sees of a segment or a mapped file: views without a copy, while it is open. */
export class MappedBytes {
  readonly #native: NativeMapping;
  readonly #subject: Subject;
  #size: number;
  #faultsSeen = faultCounter[0];
  #whole: Buffer<ArrayBuffer> | undefined;
  #closed = false;

  constructor(native: NativeMapping, subject: Subject) {
    this.#native = native;
    this.#subject = subject;
    this.#size = native.size();
  }

  get size(): number {
    return this.#size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** All of it: always the same Buffer, until `renew`. @throws as `SharedMemory.buf`. */
  get buf(): Buffer<ArrayBuffer> {
    this.assertUsable();
    if (this.#size > constants.MAX_LENGTH) {
      throw rangeError(
        `a Buffer of ${this.#size} bytes: Node ${process.versions.node} has none above ` +
          `${constants.MAX_LENGTH} (${formatBytes(constants.MAX_LENGTH)}). Use view() on parts of the ${this.#what}`,
      );
    }
    return (this.#whole ??= this.#part(0, this.#size));
  }

  /** @throws as `SharedMemory.view`. */
  view<D extends DType>(dtype: D, byteOffset: number, length: number | undefined): TypedArrayOf<D> {
    this.assertUsable();
    const TypedArray = constructorOf(dtype);
    const elements = checkView(dtype, { byteOffset, length, size: this.#size, what: this.#what });
    if (this.#size <= constants.MAX_LENGTH)
      return new TypedArray(this.buf.buffer, byteOffset, elements);
    // Node 20 has no ArrayBuffer of native memory above 4 GiB: each view gets one of its own.
    const bytes = elements * itemSize(dtype);
    if (bytes > constants.MAX_LENGTH) {
      throw rangeError(
        `a view of ${bytes} bytes: Node ${process.versions.node} has none above ` +
          `${constants.MAX_LENGTH} (${formatBytes(constants.MAX_LENGTH)}). Give it a length`,
      );
    }
    return new TypedArray(this.#part(byteOffset, bytes).buffer, 0, elements);
  }

  /** After the native side has mapped other bytes: views from now on are of those. */
  renew(): void {
    this.#whole = undefined;
    this.#size = this.#native.size();
  }

  /** A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#whole = undefined;
    this.#native.close();
  }

  /** Throws where the bytes are no longer what they were. Cheap: two loads while all is well. */
  assertUsable(): void {
    if (this.#closed) throw closedError(this.#subject.kind, this.#subject.name);
    if (this.#faultsSeen !== faultCounter[0]) this.#checkFaults();
  }

  get #what(): 'segment' | 'file' {
    return this.#subject.kind === 'file' ? 'file' : 'segment';
  }

  #checkFaults(): void {
    const seen = faultCounter[0];
    if (this.#native.faulted()) {
      const path = pathOf(this.#subject);
      const isFile = this.#what === 'file';
      throw new SharedResourceError(
        'ERR_SHM_TRUNCATED',
        `${this.#subject.kind} '${path}' lost pages while it was mapped: another program made it ` +
          `shorter, or ${isFile ? 'the disk' : 'shared memory'} ran full under one created with ` +
          'reserve: false. What was read there were zeros, what was written there is lost. Close ' +
          `it and ${isFile ? 'open' : 'attach'} again`,
        { path },
      );
    }
    this.#faultsSeen = seen;
  }

  #part(byteOffset: number, byteLength: number): Buffer<ArrayBuffer> {
    const part = unwrap(this.#native.buffer(byteOffset, byteLength), {
      ...this.#subject,
      size: byteLength,
    });
    if (part === undefined) throw closedError(this.#subject.kind, this.#subject.name);
    return part;
  }
}
