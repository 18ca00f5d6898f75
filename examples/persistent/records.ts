import type { MappedFile } from 'named-shm';

/**
 * Records of one size, each at its own place:
 *
 *     0   uint32  checksum (CRC-32) of all that follows
 *     4   uint32  id
 *     8   uint32  length of the text, in bytes
 *     12  text, UTF-8
 *
 * A program that dies in the middle leaves a record whose checksum is wrong. The checksum is written
 * last; it would tell all the same if it were not, as memory may reach the disk in any order.
 */
export const RECORD_BYTES = 128;
const HEADER_BYTES = 12;

export interface Record {
  readonly id: number;
  readonly text: string;
}

/** What stands at a place: a record, nothing yet, or the half of one. */
export type Found = Record | 'empty' | 'torn';

export function writeRecord(file: MappedFile, place: number, { id, text }: Record): void {
  const bytes = Buffer.from(text);
  if (bytes.length > RECORD_BYTES - HEADER_BYTES)
    throw new RangeError(`a text of ${bytes.length} bytes in a record of ${RECORD_BYTES}`);
  const slot = file.buf.subarray(place * RECORD_BYTES, (place + 1) * RECORD_BYTES);
  slot.writeUInt32LE(id, 4);
  slot.writeUInt32LE(bytes.length, 8);
  slot.set(bytes, HEADER_BYTES);
  slot.writeUInt32LE(checksum(slot.subarray(4, HEADER_BYTES + bytes.length)), 0);
}

export function readRecord(file: MappedFile, place: number): Found {
  // A copy: the record must not change between the check and the reading.
  const slot = Buffer.from(file.buf.subarray(place * RECORD_BYTES, (place + 1) * RECORD_BYTES));
  if (slot.every((byte) => byte === 0)) return 'empty';
  const end = HEADER_BYTES + slot.readUInt32LE(8);
  if (end > RECORD_BYTES || checksum(slot.subarray(4, end)) !== slot.readUInt32LE(0)) return 'torn';
  return { id: slot.readUInt32LE(4), text: slot.toString('utf8', HEADER_BYTES, end) };
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32, as zlib's: node:zlib has it from Node 20.15 and 22.2 on. */
export function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
