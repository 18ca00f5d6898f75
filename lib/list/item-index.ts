import { show } from '../core/arguments';
import { rangeError, typeError } from '../core/errors';

/**
 * The position of an index that may count from the end.
 *
 * @throws RangeError where it is no integer from -length to length - 1; TypeError on no number.
 */
export function positionOf(index: number, length: number): number {
  if (typeof index !== 'number') return badIndex(index, length);
  const i = index < 0 ? index + length : index;
  if (Number.isInteger(i) && i >= 0 && i < length) return i;
  return badIndex(index, length);
}

function badIndex(index: unknown, length: number): never {
  if (typeof index !== 'number')
    throw typeError('ERR_SHM_TYPE', `index must be a number, not ${show(index)}`);
  if (!Number.isInteger(index)) throw rangeError(`index must be an integer, not ${show(index)}`);
  if (length === 0) throw rangeError(`index ${index} is out of range: the list is empty`);
  throw rangeError(
    `index ${index} is out of range: the list has ${length} items, ${-length} to ${length - 1}`,
  );
}
