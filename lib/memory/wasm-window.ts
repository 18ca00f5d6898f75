import { types } from 'node:util';
import { binding, type NativeSegment, type NativeWindow } from '../binding';
import { checkInteger, show } from '../core/arguments';
import { closedError, rangeError, SharedResourceError, typeError } from '../core/errors';
import { isFailure } from '../core/failure';

const faultCounter = new Uint32Array(binding.faultCounter);

/** A `WebAssembly.Memory`, here by what is asked of it. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** Windows live as long as their memory, though nobody keeps them. */
const windowsOf = new WeakMap<WasmMemory, Set<WasmWindow>>();

/**
 * A segment inside a shared `WebAssembly.Memory`: what WebAssembly code reads and writes there, in
 * this thread and in Workers that have the memory, are the segment's own bytes. Made by
 * `SharedMemory.mapInto`.
 */
export class WasmWindow {
  /** Bytes: the segment's. The pages of the window end with a multiple of the page size. */
  readonly byteLength: number;
  readonly #name: string;
  readonly #byteOffset: number;
  readonly #native: NativeWindow;
  #faultsSeen = faultCounter[0];
  #closed = false;
  /** Of its memory, which it must not keep alive itself. */
  readonly #siblings: Set<WasmWindow>;

  /** @internal */
  constructor(
    native: NativeWindow,
    { name, size, byteOffset, memory }: Target & { readonly byteOffset: number },
  ) {
    this.#native = native;
    this.#name = name;
    this.#byteOffset = byteOffset;
    this.byteLength = size;
    this.#siblings = windowsOf.get(memory) ?? new Set();
    windowsOf.set(memory, this.#siblings.add(this));
  }

  /**
   * Where it begins in the memory, in bytes: the pointer to hand to WebAssembly code.
   *
   * @throws TypeError `ERR_SHM_CLOSED`; SharedResourceError `ERR_SHM_TRUNCATED` where another
   * program cut the segment short and an access here found its pages gone.
   */
  get byteOffset(): number {
    if (this.#closed) throw closedError('the window onto shared memory segment', this.#name);
    if (this.#faultsSeen !== faultCounter[0]) this.#checkFaults();
    return this.#byteOffset;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Ends it: that part of the memory is zeros from now on, and nobody else's. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close();
    this.#siblings.delete(this);
  }

  /** `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #checkFaults(): void {
    const seen = faultCounter[0];
    if (this.#native.faulted()) {
      const path = `/${this.#name}`;
      throw new SharedResourceError(
        'ERR_SHM_TRUNCATED',
        `shared memory segment '${path}' lost pages while it was mapped into a WebAssembly memory: ` +
          'another program made it shorter. What was read there were zeros, what was written ' +
          'there is lost',
        { path },
      );
    }
    this.#faultsSeen = seen;
  }
}

interface Target {
  readonly memory: WasmMemory;
  readonly name: string;
  readonly size: number;
}

export function openWindow(
  native: NativeSegment,
  { memory, name, size }: Target,
  byteOffset: number,
): WasmWindow {
  const buffer = sharedBufferOf(memory);
  checkInteger(byteOffset, 'byteOffset', 0, Number.MAX_SAFE_INTEGER);
  const page = binding.pageSize;
  if (byteOffset % page !== 0)
    throw rangeError(`byteOffset ${byteOffset} must be a multiple of the page size, ${page}`);
  const pages = Math.ceil(size / page) * page;
  if (byteOffset + pages > buffer.byteLength) {
    throw rangeError(
      `${pages} bytes of whole pages at byteOffset ${byteOffset}: the memory has ${buffer.byteLength}`,
    );
  }
  // A SharedArrayBuffer of the window's own: it keeps the bytes alive, but not the Memory, with
  // which the window is to go.
  const bytes = new Uint8Array(structuredClone(buffer), byteOffset, 1);
  const window = native.overlay(bytes);
  if (window === undefined) throw closedError('shared memory segment', name);
  if (!isFailure(window)) return new WasmWindow(window, { name, size, byteOffset, memory });
  if (window.code === 'EBUSY')
    throw rangeError(`another window lies at byteOffset ${byteOffset} of this memory`);
  if (window.code === 'EINVAL')
    throw typeError('ERR_SHM_READ_ONLY', `segment '${name}' is attached readOnly: no window of it`);
  const path = `/${name}`;
  const text =
    window.code === 'ERR_SHM_UNSUPPORTED'
      ? 'this system has no way to map a segment into a WebAssembly memory: copy it there'
      : "can't map it into a WebAssembly memory";
  throw new SharedResourceError(window.code, `${text}, ${window.syscall} '${path}'`, {
    syscall: window.syscall,
    path,
  });
}

/** Node's own types know no WebAssembly without a browser's. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: { readonly prototype: WasmMemory } };
};

function sharedBufferOf(memory: WasmMemory): SharedArrayBuffer {
  let buffer: unknown;
  try {
    buffer = Reflect.get(WebAssembly.Memory.prototype, 'buffer', memory); // throws for all others
  } catch {
    throw typeError('ERR_SHM_TYPE', `memory must be a WebAssembly.Memory, not ${show(memory)}`);
  }
  if (!types.isSharedArrayBuffer(buffer)) {
    // Another one may be moved by grow(), and freed by it.
    throw typeError('ERR_SHM_TYPE', 'the WebAssembly.Memory must be made with shared: true');
  }
  return buffer;
}
