/*
 * What a slot holds is said in two places: 8 bytes of format (ASCII as Python's struct module has
 * it, padded with NULs) and one byte of code (what becomes of the bytes that struct gives).
 *
 *   int    q          0      None   xxxxxx?x   3
 *   float  d          0      str    <n>s       1
 *   bool   xxxxxxx?   0      bytes  <n>s       2
 *
 * A format is handled as two 32-bit words, the same on every machine: to compare and write it then
 * needs no string.
 */

/** What a slot holds. */
export const Kind = { int: 0, float: 1, bool: 2, none: 3, text: 4, bytes: 5, invalid: 6 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** `<n>s` has to fit 8 bytes, so a slot of text or bytes has at most 7 digits of length. */
export const MAX_SLOT_SIZE = 9_999_992;

const CODE_PLAIN = 0;
const CODE_TEXT = 1;
const CODE_BYTES = 2;
const CODE_NONE = 3;

const Q = 0x71; // "q"
const D = 0x64; // "d"
const XXXX = 0x78787878;
const XXX_BOOL = 0x3f787878; // "xxx?"
const XX_BOOL_X = 0x783f7878; // "xx?x"

const ASCII_0 = 0x30;
const ASCII_9 = 0x39;
const ASCII_S = 0x73;

/**
 * The kind that the format at `formatAt` and the code at `codeAt` agree on. Of text and bytes the
 * format is still to be looked at, with `widthAt`.
 */
export function kindAt(view: DataView, formatAt: number, codeAt: number): Kind {
  const code = view.getUint8(codeAt);
  if (code === CODE_PLAIN) {
    const low = view.getUint32(formatAt, true);
    const high = view.getUint32(formatAt + 4, true);
    if (low === Q && high === 0) return Kind.int;
    if (low === D && high === 0) return Kind.float;
    if (low === XXXX && high === XXX_BOOL) return Kind.bool;
    return Kind.invalid;
  }
  if (code === CODE_TEXT) return Kind.text;
  if (code === CODE_BYTES) return Kind.bytes;
  if (code !== CODE_NONE) return Kind.invalid;
  return view.getUint32(formatAt, true) === XXXX && view.getUint32(formatAt + 4, true) === XX_BOOL_X
    ? Kind.none
    : Kind.invalid;
}

export function isFloatAt(view: DataView, formatAt: number): boolean {
  return view.getUint32(formatAt, true) === D && view.getUint32(formatAt + 4, true) === 0;
}

/** The n of a format `<n>s`; -1 where it is none. */
export function widthAt(view: DataView, formatAt: number): number {
  let width = 0;
  for (let k = 0; k < 8; k += 1) {
    const character = view.getUint8(formatAt + k);
    if (character === ASCII_S) return k > 0 && isNulFrom(view, formatAt, k + 1) ? width : -1;
    if (character < ASCII_0 || character > ASCII_9) return -1;
    width = width * 10 + (character - ASCII_0);
  }
  return -1;
}

function isNulFrom(view: DataView, formatAt: number, from: number): boolean {
  for (let k = from; k < 8; k += 1) if (view.getUint8(formatAt + k) !== 0) return false;
  return true;
}

/** A format as text, which is what Python calls it. */
export function formatText(kind: Kind, width: number): string {
  switch (kind) {
    case Kind.int:
      return 'q';
    case Kind.float:
      return 'd';
    case Kind.bool:
      return 'xxxxxxx?';
    case Kind.none:
      return 'xxxxxx?x';
    default:
      return `${width}s`;
  }
}

export function setIntFormat(view: DataView, formatAt: number, codeAt: number): void {
  setFormat(view, formatAt, Q, 0);
  setCode(view, codeAt, CODE_PLAIN);
}

export function setFloatFormat(view: DataView, formatAt: number, codeAt: number): void {
  setFormat(view, formatAt, D, 0);
  setCode(view, codeAt, CODE_PLAIN);
}

export function setBoolFormat(view: DataView, formatAt: number, codeAt: number): void {
  setFormat(view, formatAt, XXXX, XXX_BOOL);
  setCode(view, codeAt, CODE_PLAIN);
}

export function setNoneFormat(view: DataView, formatAt: number, codeAt: number): void {
  setFormat(view, formatAt, XXXX, XX_BOOL_X);
  setCode(view, codeAt, CODE_NONE);
}

/**
 * Text or bytes: a format of the slot's full size stays, anything else becomes it. A shorter one
 * must never stand there: CPython's next assignment would cut the value to it.
 */
export function setWidthFormat(
  view: DataView,
  formatAt: number,
  codeAt: number,
  { kind, slotSize }: { kind: typeof Kind.text | typeof Kind.bytes; slotSize: number },
): void {
  if (widthAt(view, formatAt) !== slotSize) {
    const format = `${slotSize}s`;
    for (let k = 0; k < 8; k += 1)
      view.setUint8(formatAt + k, k < format.length ? format.charCodeAt(k) : 0);
  }
  setCode(view, codeAt, kind === Kind.text ? CODE_TEXT : CODE_BYTES);
}

// What stands there already is not written again: its cache line stays with those who read it.

function setFormat(view: DataView, formatAt: number, low: number, high: number): void {
  if (view.getUint32(formatAt, true) !== low) view.setUint32(formatAt, low, true);
  if (view.getUint32(formatAt + 4, true) !== high) view.setUint32(formatAt + 4, high, true);
}

function setCode(view: DataView, codeAt: number, code: number): void {
  if (view.getUint8(codeAt) !== code) view.setUint8(codeAt, code);
}
