import { inspect } from 'node:util';
import { show } from '../core/arguments';
import { rangeError, typeError } from '../core/errors';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** A number that says which kind a list is to hold it as. Made by `int` and `float`. */
export class NumberOfKind {
  readonly #kind: 'int' | 'float';
  readonly #value: number | bigint;

  /** @internal */
  constructor(kind: 'int' | 'float', value: number | bigint) {
    this.#kind = kind;
    this.#value = value;
  }

  get kind(): 'int' | 'float' {
    return this.#kind;
  }

  get value(): number | bigint {
    return this.#value;
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.#kind}(${show(this.#value)})`;
  }
}

/**
 * Says that a list is to hold a number as a float, also where it is integer-valued: Python then
 * reads `3.0`, not `3`.
 *
 * @throws TypeError `ERR_SHM_TYPE` on anything but a number.
 * @example
 * using list = ShareableList.create([float(3)]);
 * list.format; // 'd'
 */
export function float(value: number): NumberOfKind {
  if (typeof value !== 'number')
    throw typeError('ERR_SHM_TYPE', `float() takes a number, not ${show(value)}`);
  return new NumberOfKind('float', value);
}

/**
 * Says that a list is to hold a number as an integer, also in a slot that holds a float now.
 *
 * @param value - a safe integer, or a bigint of at most 64 bits.
 * @throws TypeError `ERR_SHM_TYPE` on anything but a number or bigint; RangeError `ERR_SHM_RANGE`
 * on a number that is no safe integer and on a bigint that does not fit 64 bits.
 * @example
 * list.set(0, 2.5); // list.format is 'd' now
 * list.set(0, 3); //   still 'd'
 * list.set(0, int(3)); // 'q'
 */
export function int(value: number | bigint): NumberOfKind {
  if (typeof value === 'bigint') {
    if (!isInt64(value)) throw int64Error('int()', value);
    return new NumberOfKind('int', value);
  }
  if (typeof value !== 'number')
    throw typeError('ERR_SHM_TYPE', `int() takes a number or bigint, not ${show(value)}`);
  if (!Number.isSafeInteger(value)) {
    throw rangeError(
      `int() takes a safe integer, not ${show(value)}. Beyond 2 ** 53 - 1 give it a bigint`,
    );
  }
  return new NumberOfKind('int', value);
}

/** Whether the value fits 64 bits with a sign. */
export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

export function int64Error(what: string, value: bigint): RangeError {
  return rangeError(`${what} must be from ${INT64_MIN} to ${INT64_MAX}, not ${show(value)}`);
}
