/*
 * Text of a few ASCII characters, which most of a list's are, without the calls into native code
 * that Buffer's methods are: they cost several times as much as the characters themselves.
 */

/** In bytes. Up to here these are faster than Buffer's. */
const MAX_READ = 16;
const MAX_WRITTEN = 32;

const { fromCharCode } = String;

/** The characters from `start` to `end`; undefined where there are others or too many. */
export function readShortText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > MAX_READ) return undefined;
  let text = '';
  let all = 0;
  let at = start;
  for (; end - at >= 4; at += 4) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    all |= a | b | c | d;
    text += fromCharCode(a, b, c, d);
  }
  for (; at < end; at += 1) {
    const a = bytes[at] as number;
    all |= a;
    text += fromCharCode(a);
  }
  return all < 0x80 ? text : undefined;
}

export function isShortText(text: string): boolean {
  if (text.length > MAX_WRITTEN) return false;
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

export function writeShortText(bytes: Uint8Array, start: number, text: string): void {
  for (let i = 0; i < text.length; i += 1) bytes[start + i] = text.charCodeAt(i);
}

/** As `fill(0, start, end)`. */
export function clearBytes(bytes: Uint8Array, start: number, end: number): void {
  if (end - start > MAX_WRITTEN) bytes.fill(0, start, end);
  else for (let at = start; at < end; at += 1) bytes[at] = 0;
}
