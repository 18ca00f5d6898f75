import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { binding, type NativeFile } from '../binding';
import { checkBoolean, checkInteger, checkOptions, show } from '../core/arguments';
import { rangeError, typeError, unwrap } from '../core/errors';
import { type Failure, isFailure } from '../core/failure';
import { checkMode } from '../core/named-options';
import type { DType, TypedArrayOf } from './dtype';
import { MappedBytes } from './mapped-bytes';

const KIND = 'file';

export interface MappedFileOptions {
  /** Make the file where there is none, and a shorter one `size` bytes long. @default false */
  readonly create?: boolean | undefined;
  /** Bytes that the file has at least; needed with `create`. A longer one is mapped as it is. */
  readonly size?: number | undefined;
  /**
   * Ask for no right to write. Writes to a view then stay in this process, page by page, and from
   * then on that page no longer follows the file. @default false
   */
  readonly readOnly?: boolean | undefined;
  /**
   * Allocate on the disk what the file grows by, so that a full disk is an error at once and not a
   * lost write later. Windows always does. @default true
   */
  readonly reserve?: boolean | undefined;
  /** Permission bits of a file that is made, less the process's umask; not on Windows. @default 0o600 */
  readonly mode?: number | undefined;
}

/**
 * A file as memory: what one program writes into a view every other program that has the file
 * mapped sees at once, and whoever opens it later finds it. Shared memory that lasts.
 *
 * The bytes are the file's as soon as they are written: they survive the end of the program,
 * however it ends. `flush` is about the end of the machine.
 *
 * @example
 * using file = MappedFile.open('counts.bin', { create: true, size: 4096 });
 * file.view('int32')[0] += 1;
 * await file.flush();
 */
export class MappedFile {
  /** Where the file is: absolute. */
  readonly path: string;
  readonly readOnly: boolean;
  /** Whether this call made the file. */
  readonly created: boolean;
  readonly #native: NativeFile;
  readonly #bytes: MappedBytes;
  readonly #reserve: boolean;

  private constructor(native: NativeFile, where: string, options: CheckedOptions) {
    this.#native = native;
    this.#bytes = new MappedBytes(native, { kind: KIND, name: where });
    this.#reserve = options.reserve;
    this.path = where;
    this.readOnly = options.readOnly;
    this.created = native.created();
  }

  /**
   * Maps a file, the whole of it.
   *
   * @param file - a path, or a `file:` URL.
   * @throws SharedResourceError `ENOENT`, `EACCES`, `ENOSPC`, `EISDIR`; `EINVAL` for what is no
   * regular file; `ENODEV` on a file system whose files can't be mapped; `ERR_SHM_EMPTY` for an
   * empty file, if it is not given a size within 100 ms.
   * @throws RangeError where the file is shorter than `size` and `create` is not set.
   */
  static open(file: string | URL, options?: MappedFileOptions): MappedFile {
    const where = checkPath(file);
    const checked = checkOpenOptions(options);
    const { readOnly, create, reserve, size, mode } = checked;
    const native = unwrap(
      binding.openFile(path.toNamespacedPath(where), readOnly, create, reserve, size, mode),
      { kind: KIND, name: where },
    );
    const mapped = new MappedFile(native, where, checked);
    if (mapped.size >= size) return mapped;
    const found = mapped.size;
    mapped.close();
    throw rangeError(
      `file '${where}' has ${found} bytes, fewer than the ${size} asked for: create: true makes it longer`,
    );
  }

  /** Bytes, as they were when it was opened or resized here. */
  get size(): number {
    return this.#bytes.size;
  }

  get closed(): boolean {
    return this.#bytes.closed;
  }

  /**
   * The whole file as a Buffer, without a copy: the same one until `resize`.
   *
   * @throws TypeError `ERR_SHM_CLOSED`; SharedResourceError `ERR_SHM_TRUNCATED` where another
   * program made the file shorter; RangeError where Node has no Buffers of that size.
   */
  get buf(): Buffer<ArrayBuffer> {
    return this.#bytes.buf;
  }

  /**
   * A typed array over a part of the file, without a copy: `SharedMemory.view`.
   *
   * @param byteOffset - where it begins, in bytes: a multiple of the item size.
   * @param length - in elements; as many as fit if left out.
   * @throws as `buf`; RangeError where it is misaligned or reaches beyond the end.
   */
  view<D extends DType>(dtype: D, byteOffset = 0, length?: number): TypedArrayOf<D> {
    return this.#bytes.view(dtype, byteOffset, length);
  }

  /**
   * Resolves when the disk has all that was written before the call, and rejects where it could not
   * be written. Runs in a thread of its own; closing the file meanwhile does not stop it.
   *
   * @throws TypeError `ERR_SHM_CLOSED`, `ERR_SHM_READ_ONLY`; SharedResourceError
   * `ERR_SHM_TRUNCATED`, `EIO`, `ENOSPC`.
   */
  async flush(): Promise<void> {
    this.#assertWritable('flush');
    const answer = await new Promise<unknown>((resolve) => {
      const started = this.#native.startFlush(resolve);
      if (typeof started !== 'number') resolve(started);
    });
    if (isFailure(answer)) this.#unwrap(answer);
  }

  /** Flushes, and blocks the thread meanwhile. @throws as `flush`. */
  flushSync(): void {
    this.#assertWritable('flush');
    this.#unwrap(this.#native.flush());
  }

  /**
   * Makes the file `size` bytes long: a longer one by zeros, a shorter one loses its end. Take new
   * views of it then. Views taken before stay views of the file; where it no longer reaches they
   * read zeros and write to nobody. With the size that the file has by now, this follows another
   * program's `resize`.
   *
   * Programs that have the file mapped must agree before it gets shorter: those that touch what is
   * gone get zeros, and `ERR_SHM_TRUNCATED` from their next call. Windows makes no file shorter that
   * any program has mapped, or of which views are left here: `EBUSY`.
   *
   * @param size - in bytes, at least 1.
   * @throws RangeError on a size that is not a positive integer; SharedResourceError `ENOSPC`,
   * `EFBIG`, `ENOMEM`, `EBUSY`; TypeError `ERR_SHM_CLOSED`, `ERR_SHM_READ_ONLY`.
   */
  resize(size: number): void {
    checkInteger(size, 'size', 1, Number.MAX_SAFE_INTEGER);
    this.#assertWritable('resize');
    const resized = this.#native.resize(size, this.#reserve);
    this.#bytes.renew();
    this.#unwrap(resized);
  }

  /**
   * Lets the file go; what was written stays in it. Views taken earlier read zeros from now on and
   * write to nobody; on Windows they stay views of the file, which can't be deleted until they are
   * collected. A second call does nothing.
   */
  close(): void {
    this.#bytes.close();
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  [inspect.custom](): string {
    return `MappedFile { path: ${show(this.path)}, size: ${this.size}, closed: ${this.closed} }`;
  }

  #assertWritable(verb: string): void {
    this.#bytes.assertUsable();
    if (this.readOnly)
      throw typeError('ERR_SHM_READ_ONLY', `can't ${verb} file '${this.path}': opened readOnly`);
  }

  #unwrap(result: undefined | Failure): void {
    unwrap(result, { kind: KIND, name: this.path });
  }
}

type CheckedOptions = {
  readonly [K in keyof MappedFileOptions]-?: NonNullable<MappedFileOptions[K]>;
};

function checkOpenOptions(options: MappedFileOptions | undefined): CheckedOptions {
  const {
    create = false,
    size,
    readOnly = false,
    reserve = true,
    mode = 0o600,
  } = checkOptions(options);
  if (size !== undefined) checkInteger(size, 'size', 1, Number.MAX_SAFE_INTEGER);
  if (checkBoolean(create, 'create')) {
    if (size === undefined)
      throw rangeError('create: true needs a size: how many bytes the file has at least');
    if (checkBoolean(readOnly, 'readOnly'))
      throw typeError('ERR_SHM_READ_ONLY', 'create: true and readOnly: true exclude each other');
  }
  return {
    create,
    size: size ?? 0,
    readOnly: checkBoolean(readOnly, 'readOnly'),
    reserve: checkBoolean(reserve, 'reserve'),
    mode: checkMode(mode),
  };
}

function checkPath(file: unknown): string {
  const text = file instanceof URL ? fileURLToPath(file) : file;
  if (typeof text !== 'string')
    throw typeError('ERR_SHM_TYPE', `path must be a string or a file: URL, not ${show(file)}`);
  if (text === '' || text.includes('\0'))
    throw typeError(
      'ERR_SHM_NAME',
      `path ${show(text)} ${text === '' ? 'is empty' : 'has a NUL character'}`,
    );
  return path.resolve(text);
}
