import { checkInteger, show } from '../core/arguments';
import { rangeError, typeError } from '../core/errors';

/** The TypedArray of each dtype. Names are NumPy's; `bool` is one byte, 0 or 1. */
export interface TypedArrays {
  int8: Int8Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

/** An element type by NumPy's name: 'float64', 'int32', 'uint8', 'bool' … */
export type DType = keyof TypedArrays;

/** The TypedArray over a dtype. */
export type TypedArrayOf<D extends DType> = TypedArrays[D];

/** What one element of a dtype reads as: number, or bigint for the 64-bit integers. */
export type ElementOf<D extends DType> = TypedArrays[D][number];

interface TypedArrayConstructor<D extends DType> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): TypedArrays[D];
}

const CONSTRUCTORS: { readonly [D in DType]: TypedArrayConstructor<D> } = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
  bool: Uint8Array,
};

/** All dtypes, in NumPy's order. */
export const DTYPES = Object.freeze(Object.keys(CONSTRUCTORS)) as readonly DType[];

/** @throws TypeError where the dtype is none of ours. */
export function constructorOf<D extends DType>(dtype: D): TypedArrayConstructor<D> {
  if (typeof dtype === 'string' && Object.hasOwn(CONSTRUCTORS, dtype)) return CONSTRUCTORS[dtype];
  throw typeError('ERR_SHM_TYPE', `dtype must be one of ${DTYPES.join(', ')}, not ${show(dtype)}`);
}

/** Bytes of one element. */
export function itemSize(dtype: DType): number {
  return constructorOf(dtype).BYTES_PER_ELEMENT;
}

/**
 * How many elements a view has that begins at `byteOffset` in `size` bytes: `length`, or as many
 * whole ones as there is room for.
 *
 * @throws RangeError where the view is misaligned or reaches beyond the end; TypeError on what is no
 * number.
 */
export function checkView(
  dtype: DType,
  {
    byteOffset,
    length,
    size,
    what,
  }: { byteOffset: number; length: number | undefined; size: number; what: 'segment' | 'file' },
): number {
  const bytes = itemSize(dtype);
  checkInteger(byteOffset, 'byteOffset', 0, Number.MAX_SAFE_INTEGER);
  if (byteOffset % bytes !== 0) {
    throw rangeError(
      `byteOffset ${byteOffset} of a view of ${dtype} must be a multiple of its item size, ${bytes}`,
    );
  }
  if (byteOffset > size)
    throw rangeError(`byteOffset ${byteOffset} is beyond the end of the ${what}, ${size} bytes`);
  if (length === undefined) return Math.floor((size - byteOffset) / bytes);
  checkInteger(length, 'length, in elements,', 0, Number.MAX_SAFE_INTEGER);
  if (length * bytes > size - byteOffset) {
    throw rangeError(
      `${length} elements of ${dtype} at byteOffset ${byteOffset} need ${length * bytes} bytes, ` +
        `but the ${what} has ${size - byteOffset} there (${size} in all)`,
    );
  }
  return length;
}
