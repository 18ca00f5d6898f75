import { isUtf8 } from 'node:buffer';
import { Kind } from './item-format';
import { HIGH, type ListLayout, LOW } from './list-layout';
import { readShortText } from './short-text';

/** What an item of a list reads as. */
export type ListValue = number | bigint | boolean | string | Buffer | null;

// The 8 bytes of an integer on their way to being a number.
const bits = new ArrayBuffer(8);
const bitsAsFloat = new Float64Array(bits);
const bitsAsBigInt = new BigInt64Array(bits);
const bitsAsHalves = new Int32Array(bits);

/** The value of item `i`, whose slot begins at `start`. */
export function readItem(layout: ListLayout, i: number, start: number): ListValue {
  switch (layout.kindOf(i)) {
    case Kind.int:
      return readInt(layout, start / 8);
    case Kind.float:
      return layout.floats[start / 8] as number;
    case Kind.bool:
      return layout.view.getUint8(start + 7) !== 0;
    case Kind.none:
      return null;
    case Kind.text:
      return readText(layout, i, start);
    case Kind.bytes:
      return Buffer.from(layout.bytes.subarray(start, endOfContent(layout, i, start)));
    default:
      return layout.invalidItem(i);
  }
}

/**
 * Number where safe, else bigint. The 8 bytes are loaded at once, as Python does: two loads of 4
 * could see the halves of two values, such as 4294967291 while somebody replaces 5 by -5. A load as
 * float64 does so without allocating, but whether a NaN keeps its bits is up to the engine: what
 * looks like one (integers from -2 ** 52 to -1) is loaded as bigint.
 */
function readInt({ floats, bigints }: ListLayout, word: number): number | bigint {
  const float = floats[word] as number;
  if (Number.isNaN(float)) bitsAsBigInt[0] = bigints[word] as bigint;
  else bitsAsFloat[0] = float;
  const high = bitsAsHalves[HIGH] as number;
  const low = (bitsAsHalves[LOW] as number) >>> 0;
  if (high === 0) return low;
  const value = high * 2 ** 32 + low;
  return Number.isSafeInteger(value) ? value : (bitsAsBigInt[0] as bigint);
}

function readText(layout: ListLayout, i: number, start: number): string {
  const end = endOfContent(layout, i, start);
  const short = readShortText(layout.bytes, start, end);
  if (short !== undefined) return short;
  const text = layout.bytes.toString('utf8', start, end);
  // A decoder puts U+FFFD where the bytes are wrong. Looked at again in a copy, which nobody changes
  // meanwhile, it either stands there itself or the bytes are wrong.
  if (!text.includes('\uFFFD')) return text;
  const copy = Buffer.from(layout.bytes.subarray(start, end));
  return isUtf8(copy) ? copy.toString('utf8') : layout.corrupt(`the text of item ${i} is no UTF-8`);
}

/** Where the NULs that fill up the slot begin. */
function endOfContent(layout: ListLayout, i: number, start: number): number {
  let end = start + layout.widthOf(i, start);
  while (end > start && layout.view.getUint8(end - 1) === 0) end -= 1;
  return end;
}
