import { isUint8Array } from 'node:util/types';
import { show } from '../core/arguments';
import { rangeError, typeError } from '../core/errors';
import {
  isFloatAt,
  Kind,
  MAX_SLOT_SIZE,
  setBoolFormat,
  setFloatFormat,
  setIntFormat,
  setNoneFormat,
  setWidthFormat,
} from './item-format';
import { HIGH, type ListLayout, LOW } from './list-layout';
import { int64Error, isInt64, NumberOfKind } from './number-kind';
import { clearBytes, isShortText, writeShortText } from './short-text';

/** What a list can hold. */
export type ListItem = number | bigint | boolean | string | Uint8Array | NumberOfKind | null;

/**
 * The bytes that an item needs, 8 for all but text and bytes.
 *
 * @throws TypeError on what a list can't hold; RangeError on what would not come back the same.
 */
export function neededBytes(item: ListItem, i: number): number {
  switch (typeof item) {
    case 'number':
    case 'boolean':
      return 8;
    case 'bigint':
      if (!isInt64(item)) throw int64Error(`item ${i}`, item);
      return 8;
    case 'string':
      return textBytes(item, i);
    default:
      if (item === null || item instanceof NumberOfKind) return 8;
      if (isUint8Array(item)) return contentBytes(item, i);
      throw typeError(
        'ERR_SHM_TYPE',
        `item ${i} must be a number, bigint, boolean, string, Uint8Array or null, not ${show(item)}`,
      );
  }
}

/** The slot that an item gets: as CPython's, but counting bytes of text where that counts characters. */
export function slotSizeFor(item: ListItem, i: number): number {
  const bytes = neededBytes(item, i);
  if (typeof item !== 'string' && !isUint8Array(item)) return 8;
  const slotSize = 8 * (Math.floor(bytes / 8) + 1);
  if (slotSize <= MAX_SLOT_SIZE) return slotSize;
  throw rangeError(`item ${i} has ${bytes} bytes, more than the ${MAX_SLOT_SIZE - 1} of any slot`);
}

/**
 * Puts an item into slot `i`, which begins at `start`.
 *
 * @throws as `neededBytes`; RangeError where the slot is too small. The list is as before then.
 */
export function writeItem(layout: ListLayout, i: number, start: number, item: ListItem): void {
  switch (typeof item) {
    case 'number':
      writeNumber(layout, i, start, item);
      return;
    case 'bigint':
      if (!isInt64(item)) throw int64Error(`item ${i}`, item);
      writeInt(layout, i, start, item);
      return;
    case 'boolean':
      setBoolFormat(layout.view, layout.formatAt(i), layout.codeAt(i));
      layout.view.setUint32(start, 0, true);
      layout.view.setUint32(start + 4, item ? 0x01000000 : 0, true);
      return;
    default:
      writeOther(layout, i, start, item);
  }
}

/** A float stays one, whatever number comes; elsewhere the number says what it is. */
function writeNumber(layout: ListLayout, i: number, start: number, value: number): void {
  if (isFloatAt(layout.view, layout.formatAt(i)) || !isListInt(value))
    writeFloat(layout, i, start, value);
  else writeInt(layout, i, start, value);
}

/** Beyond the safe integers a number would come back as a bigint, and -0 as 0. */
function isListInt(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function writeFloat(layout: ListLayout, i: number, start: number, value: number): void {
  setFloatFormat(layout.view, layout.formatAt(i), layout.codeAt(i));
  layout.floats[start / 8] = value;
}

/**
 * In one store, so that nobody reads the halves of two values. A bigint does that but costs an
 * allocation: while the upper half stays the same, as in a counter, storing the lower one is enough.
 */
function writeInt(layout: ListLayout, i: number, start: number, value: number | bigint): void {
  setIntFormat(layout.view, layout.formatAt(i), layout.codeAt(i));
  const half = start / 4;
  if (typeof value === 'number' && layout.halves[half + HIGH] === Math.floor(value / 2 ** 32))
    layout.halves[half + LOW] = value;
  else layout.bigints[start / 8] = BigInt(value);
}

function writeOther(
  layout: ListLayout,
  i: number,
  start: number,
  item: string | Uint8Array | NumberOfKind | null,
): void {
  const { view, bytes } = layout;
  const needed = neededBytes(item, i);
  if (item === null) {
    setNoneFormat(view, layout.formatAt(i), layout.codeAt(i));
    view.setUint32(start, 0);
    view.setUint32(start + 4, 0);
  } else if (item instanceof NumberOfKind) {
    if (item.kind === 'int') writeInt(layout, i, start, item.value);
    else writeFloat(layout, i, start, Number(item.value));
  } else {
    const kind = typeof item === 'string' ? Kind.text : Kind.bytes;
    const end = layout.slotEnd(i, start);
    if (needed > end - start) {
      throw rangeError(
        `item ${i} exceeds available storage: ${needed} bytes, slot has ${end - start}`,
      );
    }
    setWidthFormat(view, layout.formatAt(i), layout.codeAt(i), { kind, slotSize: end - start });
    if (typeof item !== 'string') bytes.set(item, start);
    else if (isShortText(item)) writeShortText(bytes, start, item);
    else bytes.write(item, start, needed, 'utf8');
    clearBytes(bytes, start + needed, end);
  }
}

function textBytes(text: string, i: number): number {
  if (isShortText(text) && text.charCodeAt(text.length - 1) !== 0) return text.length;
  if (!text.isWellFormed())
    throw rangeError(`item ${i} is no valid Unicode text: it has half of a surrogate pair`);
  if (text.endsWith('\0'))
    throw rangeError(`item ${i} ends in a NUL character, which would be missing when it is read`);
  return Buffer.byteLength(text);
}

function contentBytes(content: Uint8Array, i: number): number {
  if (content.length > 0 && content[content.length - 1] === 0)
    throw rangeError(`item ${i} ends in a NUL byte, which would be missing when it is read`);
  return content.length;
}
