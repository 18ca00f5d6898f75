import { inspect } from 'node:util';
import { rangeError, typeError } from './errors';

/** A value as it stands in an error message, cut to a readable length. */
export function show(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 40 });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** @throws TypeError where the value is no number; RangeError where it is no integer in the range. */
export function checkInteger(value: unknown, what: string, min: number, max: number): number {
  if (typeof value !== 'number')
    throw typeError('ERR_SHM_TYPE', `${what} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < min || value > max)
    throw rangeError(`${what} must be an integer from ${min} to ${max}, not ${show(value)}`);
  return value;
}

export function checkBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean')
    throw typeError('ERR_SHM_TYPE', `${what} must be true or false, not ${show(value)}`);
  return value;
}

export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function')
    throw typeError('ERR_SHM_TYPE', `${what} must be a function, not ${show(value)}`);
}

/** Options may be left out, but not replaced by something else. */
export function checkOptions<T extends object>(options: T | undefined): Partial<T> {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null)
    throw typeError('ERR_SHM_TYPE', `options must be an object, not ${show(options)}`);
  return options;
}

/**
 * A timeout in milliseconds for the native side, where negative means for ever.
 *
 * @throws RangeError on NaN and negative numbers.
 */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined || timeout === Infinity) return -1;
  if (typeof timeout !== 'number')
    throw typeError(
      'ERR_SHM_TYPE',
      `timeout must be a number of milliseconds, not ${show(timeout)}`,
    );
  if (!(timeout >= 0)) throw rangeError(`timeout must be 0 or more milliseconds, not ${timeout}`);
  return timeout;
}
