import { inspect } from 'node:util';
import { checkInteger, checkOptions, show } from '../core/arguments';
import { createOrAttach } from '../core/create';
import { rangeError, typeError } from '../core/errors';
import { type DType, type ElementOf, itemSize, type TypedArrayOf } from './dtype';
import { type AttachOptions, type CreateOptions, SharedMemory } from './shared-memory';

export type SharedArrayOptions = Omit<CreateOptions, 'size' | 'content'>;

export interface SharedArrayAttachOptions extends AttachOptions {
  /** Where the array begins in the segment, in bytes: a multiple of the item size. @default 0 */
  readonly byteOffset?: number | undefined;
}

/**
 * A typed array with a shape over a named segment: C order (the last index moves fastest), no
 * header. `numpy.ndarray(shape, dtype, buffer=shm.buf)` in Python sees the same array.
 *
 * @example
 * using a = SharedArray.create('float64', [3, 4], { name: 'matrix' });
 * a.set(1, 2, 42);
 * a.data[1 * 4 + 2]; // 42
 */
export class SharedArray<D extends DType = DType> {
  readonly dtype: D;
  /** The length of each axis, in elements. */
  readonly shape: readonly number[];
  /** How far each index moves in `data`, in elements (NumPy's are in bytes). */
  readonly strides: readonly number[];
  /** The elements one after the other, without a copy. */
  readonly data: TypedArrayOf<D>;
  readonly shm: SharedMemory;

  private constructor(shm: SharedMemory, dtype: D, shape: readonly number[], byteOffset: number) {
    this.shm = shm;
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.strides = Object.freeze(stridesOf(shape));
    this.data = shm.view(dtype, byteOffset, countOf(shape));
  }

  /**
   * Makes a segment that holds just this array, filled with zeros.
   *
   * @param shape - the length of each axis; `[]` is a single element.
   * @throws RangeError on a bad shape; SharedResourceError as `SharedMemory.create`.
   */
  static create<D extends DType>(
    dtype: D,
    shape: readonly number[],
    options?: SharedArrayOptions,
  ): SharedArray<D> {
    const size = bytesOf(dtype, shape);
    const { name, mode, track, reserve } = checkOptions(options);
    const shm = SharedMemory.create({ name, mode, track, reserve, size });
    return adopt(shm, () => new SharedArray(shm, dtype, shape, 0));
  }

  /**
   * Sees an existing segment as an array.
   *
   * @throws RangeError where the segment is too small for the shape; as `SharedMemory.attach`.
   */
  static attach<D extends DType>(
    name: string,
    dtype: D,
    shape: readonly number[],
    options?: SharedArrayAttachOptions,
  ): SharedArray<D> {
    const { byteOffset = 0, readOnly } = checkOptions(options);
    bytesOf(dtype, shape);
    const shm = SharedMemory.attach(name, { readOnly });
    return adopt(shm, () => new SharedArray(shm, dtype, shape, byteOffset));
  }

  /** Makes the array, or attaches to the one that is there; `shm.created` says which. */
  static createOrAttach<D extends DType>(
    dtype: D,
    shape: readonly number[],
    options: SharedArrayOptions & { readonly name: string },
  ): SharedArray<D> {
    return createOrAttach(checkOptions(options).name, {
      create: () => SharedArray.create(dtype, shape, options),
      attach: () => SharedArray.attach(options.name, dtype, shape),
    });
  }

  get name(): string {
    return this.shm.name;
  }

  get created(): boolean {
    return this.shm.created;
  }

  get closed(): boolean {
    return this.shm.closed;
  }

  /**
   * The element at the indices, one for each axis; negative ones count from the end.
   *
   * @throws RangeError where an index is out of its axis, or there are too few or many; TypeError
   * where one is no number; `ERR_SHM_CLOSED`, `ERR_SHM_TRUNCATED` as `SharedMemory.buf`.
   */
  get(...indices: number[]): ElementOf<D> {
    return this.data[this.#offsetOf(indices, indices.length)] as ElementOf<D>;
  }

  /**
   * Sets the element at the indices; the value comes last: `a.set(i, j, value)`.
   *
   * @throws as `get`; TypeError where the value is no number, or no bigint for a 64-bit integer
   * type.
   */
  set(...indicesAndValue: [...indices: number[], value: ElementOf<D>]): void {
    const axes = indicesAndValue.length - 1;
    const offset = this.#offsetOf(indicesAndValue as number[], axes);
    const value = indicesAndValue[axes] as ElementOf<D>;
    // A typed array would take 'x' for NaN.
    if (typeof value !== typeof this.data[0])
      throw typeError('ERR_SHM_TYPE', `a value of ${this.dtype} can't be ${show(value)}`);
    this.data[offset] = value;
  }

  /**
   * Everything at index `i` of the first axis, as a flat typed array without a copy: row `i` of a
   * matrix.
   *
   * @throws as `get`.
   */
  row(i: number): TypedArrayOf<D> {
    this.shm.assertUsable();
    if (this.shape.length === 0) throw rangeError('an array without axes has no rows');
    const stride = this.strides[0] as number;
    const begin = this.#indexOn(0, i) * stride;
    return this.data.subarray(begin, begin + stride) as TypedArrayOf<D>;
  }

  /** As `SharedMemory.close`: `data` then reads zeros. */
  close(): void {
    this.shm.close();
  }

  unlink(): void {
    this.shm.unlink();
  }

  [Symbol.dispose](): void {
    this.shm[Symbol.dispose]();
  }

  /** @internal */
  [inspect.custom](): string {
    return `SharedArray { name: ${show(this.name)}, dtype: '${this.dtype}', shape: [${this.shape.join(', ')}] }`;
  }

  #offsetOf(indices: readonly number[], axes: number): number {
    this.shm.assertUsable();
    if (axes !== this.shape.length)
      throw rangeError(`an array of ${this.shape.length} axes needs as many indices, not ${axes}`);
    let offset = 0;
    for (let axis = 0; axis < axes; axis += 1)
      offset += this.#indexOn(axis, indices[axis] as number) * (this.strides[axis] as number);
    return offset;
  }

  #indexOn(axis: number, index: number): number {
    const length = this.shape[axis] as number;
    if (typeof index !== 'number')
      throw typeError('ERR_SHM_TYPE', `an index must be a number, not ${show(index)}`);
    const i = index < 0 ? index + length : index;
    if (!Number.isInteger(i) || i < 0 || i >= length)
      throw rangeError(`index ${show(index)} is out of axis ${axis}, which has ${length} elements`);
    return i;
  }
}

/** The array over a segment that was just opened; not left open, nor behind, where it fails. */
function adopt<T>(shm: SharedMemory, make: () => T): T {
  try {
    return make();
  } catch (error) {
    shm[Symbol.dispose]();
    throw error;
  }
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((count, length) => count * length, 1);
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => countOf(shape.slice(axis + 1)));
}

function bytesOf(dtype: DType, shape: readonly number[]): number {
  if (!Array.isArray(shape))
    throw typeError('ERR_SHM_TYPE', `shape must be an array of numbers, not ${show(shape)}`);
  // The spread makes an empty place in the array, which forEach would leave out, an undefined.
  [...(shape as readonly number[])].forEach((length, axis) =>
    checkInteger(length, `axis ${axis} of the shape`, 1, Number.MAX_SAFE_INTEGER),
  );
  const bytes = countOf(shape) * itemSize(dtype);
  if (!Number.isSafeInteger(bytes))
    throw rangeError(`an array of shape [${shape.join(', ')}] is larger than any segment`);
  return bytes;
}
