import { SharedMemory } from 'named-shm';

export type Layout = '3.8' | '3.9';

export const LAYOUTS: readonly Layout[] = ['3.8', '3.9'];

/** One item as CPython packs it: its struct format, its code and the bytes of its slot. */
export interface PackedItem {
  readonly format: string;
  readonly code: number;
  readonly slot: Uint8Array;
}

/** `ShareableList([42, 3.14, 'Hello! 🎉', b'bytes', None, True])` as CPython wrote it. */
export const DUMPS: Readonly<Record<Layout, Buffer>> = {
  '3.8': Buffer.from(
    `0600000000000000 0800000000000000 0800000000000000 1000000000000000
     0800000000000000 0800000000000000 0800000000000000 2a00000000000000
     1f85eb51b81e0940 48656c6c6f2120f0 9f8e890000000000 6279746573000000
     0000000000000000 0000000000000001 7100000000000000 6400000000000000
     3136730000000000 3873000000000000 7878787878783f78 787878787878783f
     000001020300`.replace(/\s/g, ''),
    'hex',
  ),
  '3.9': Buffer.from(
    `0600000000000000 0000000000000000 0800000000000000 1000000000000000
     2000000000000000 2800000000000000 3000000000000000 3800000000000000
     2a00000000000000 1f85eb51b81e0940 48656c6c6f2120f0 9f8e890000000000
     6279746573000000 0000000000000000 0000000000000001 7100000000000000
     6400000000000000 3136730000000000 3873000000000000 7878787878783f78
     787878787878783f 000001020300`.replace(/\s/g, ''),
    'hex',
  ),
};

export const DUMPED_ITEMS = [42, 3.14, 'Hello! 🎉', Buffer.from('bytes'), null, true] as const;

/** Integers that differ in both halves, so that a half of one and a half of the next is neither. */
export const ASSIGNED_IN_TURN: readonly number[] = [
  5,
  -5,
  2 ** 40 + 1,
  -(2 ** 40) - 1,
  2 ** 53 - 1,
];

/** A list's bytes, put together from the description of the layouts and nothing of the library. */
export function pack(items: readonly PackedItem[], layout: Layout): Buffer {
  const sizes = items.map(({ slot }) => slot.length);
  const offsets = sizes.map((_, i) => sum(sizes.slice(0, i)));
  const table = layout === '3.8' ? sizes : [...offsets, sum(sizes)];
  return Buffer.concat([
    ...[items.length, ...table].map((value) => word(BigInt(value))),
    ...items.map(({ slot }) => slot),
    ...items.map(({ format }) => padded(format, 8)),
    Buffer.from(items.map(({ code }) => code)),
  ]);
}

export const packed = {
  int: (value: bigint): PackedItem => ({ format: 'q', code: 0, slot: word(value) }),
  float: (value: number): PackedItem => {
    const slot = Buffer.alloc(8);
    slot.writeDoubleLE(value);
    return { format: 'd', code: 0, slot };
  },
  bool: (value: boolean): PackedItem => ({
    format: 'xxxxxxx?',
    code: 0,
    slot: Buffer.from([0, 0, 0, 0, 0, 0, 0, Number(value)]),
  }),
  none: (): PackedItem => ({ format: 'xxxxxx?x', code: 3, slot: Buffer.alloc(8) }),
  text: (value: string): PackedItem => ({ ...packed.bytes(Buffer.from(value)), code: 1 }),
  bytes: (value: Uint8Array): PackedItem => {
    const size = 8 * (Math.floor(value.length / 8) + 1);
    const slot = Buffer.alloc(size);
    slot.set(value);
    return { format: `${size}s`, code: 2, slot };
  },
};

/** A segment with exactly these bytes, and `extra` zeros behind them. */
export function segmentOf(bytes: Uint8Array, extra = 0): SharedMemory {
  return SharedMemory.create({ size: bytes.length + extra, content: bytes });
}

export function word(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** What an action throws. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function padded(text: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write(text, 'latin1');
  return bytes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
