import { isUint8Array } from 'node:util/types';
import type { ListValue } from './item-reader';
import type { ListItem } from './item-writer';
import { NumberOfKind } from './number-kind';

/** Whether an item that was read is the wanted one: numbers by value, bytes by content. */
export function matcherFor(wanted: ListItem): (value: ListValue) => boolean {
  const plain = wanted instanceof NumberOfKind ? wanted.value : wanted;
  if (isUint8Array(plain)) return (value) => Buffer.isBuffer(value) && value.equals(plain);
  // == is exact between number and bigint, which === never finds equal.
  if (typeof plain === 'number' || typeof plain === 'bigint')
    return (value) => (typeof value === 'number' || typeof value === 'bigint') && value == plain;
  return (value) => value === plain;
}
