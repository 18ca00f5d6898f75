import { type ListItem, ShareableList } from 'named-shm';
import {
  DUMPED_ITEMS,
  DUMPS,
  LAYOUTS,
  pack,
  packed,
  type PackedItem,
  segmentOf,
  thrownBy,
  word,
} from './shareable-list-fixtures';

const PAGE = 4096;

describe("CPython's bytes", () => {
  test('a list is what Python 3.9 and later write, byte for byte', () => {
    using list = ShareableList.create(DUMPED_ITEMS);
    expect(bytesOf(list, 174)).toStrictEqual(DUMPS['3.9']);
  });

  test('an empty list is 16 zero bytes', () => {
    using list = ShareableList.create([]);
    expect(bytesOf(list, 16)).toStrictEqual(Buffer.alloc(16));
    expect([list.length, list.format, list.toArray()]).toStrictEqual([0, '', []]);
  });

  test.each([
    ['3.8', 8],
    ['3.9', 16],
  ])('the empty list of %s is read', (_, size) => {
    using shm = segmentOf(Buffer.alloc(size));
    using list = ShareableList.attach(shm.name);
    expect([list.length, list.format, list.toArray()]).toStrictEqual([0, '', []]);
  });

  test.each(LAYOUTS)('the list of %s is read', (layout) => {
    using shm = segmentOf(DUMPS[layout]);
    using list = ShareableList.attach(shm.name);
    expect(list.toArray()).toStrictEqual(DUMPED_ITEMS);
    expect(DUMPED_ITEMS.map((_, i) => list.get(i))).toStrictEqual(DUMPED_ITEMS);
    expect(list.format).toBe('qd16s8sxxxxxx?xxxxxxxx?');
    expect(DUMPED_ITEMS.map((item) => list.indexOf(item))).toStrictEqual([0, 1, 2, 3, 4, 5]);
  });

  test.each(LAYOUTS)('reading the list of %s changes nothing', (layout) => {
    using shm = segmentOf(DUMPS[layout]);
    using list = ShareableList.attach(shm.name);
    list.toArray();
    expect(shm.buf.subarray(0, DUMPS[layout].length)).toStrictEqual(DUMPS[layout]);
  });

  test.each(LAYOUTS)('the list of %s in a segment rounded to a page is read', (layout) => {
    using shm = segmentOf(DUMPS[layout], PAGE - DUMPS[layout].length);
    using list = ShareableList.attach(shm.name);
    expect(list.toArray()).toStrictEqual(DUMPED_ITEMS);
  });

  test.each(LAYOUTS)('a list of %s that lacks its last byte is refused', (layout) => {
    using shm = segmentOf(DUMPS[layout].subarray(0, -1));
    expect(thrownBy(() => ShareableList.attach(shm.name))).toMatchObject({
      name: 'SharedResourceError',
      code: 'ERR_SHM_CORRUPT',
      path: `/${shm.name}`,
    });
  });

  test('every length of text and bytes gets the slot that CPython gives it', () => {
    for (let length = 0; length < 40; length += 1) {
      const text = 'x'.repeat(length);
      using list = ShareableList.create([text, Buffer.from(text), 1]);
      const items = [packed.text(text), packed.bytes(Buffer.from(text)), packed.int(1n)];
      const expected = pack(items, '3.9');
      expect(bytesOf(list, expected.length)).toStrictEqual(expected);
    }
  });
});

describe.each(LAYOUTS)('assigning to a list of %s writes what CPython writes', (layout) => {
  const slot16 = (text: string): Buffer => Buffer.concat([Buffer.from(text)], 16);

  test.each<[string, PackedItem, ListItem, PackedItem]>([
    ['text over text', packed.text('12345678'), 'é', packed16('é', 1)],
    ['text that fills the slot', packed.text('x'), '12345678', eight('12345678', 1)],
    ['bytes over text', packed.text('12345678'), Buffer.from('ab'), packed16('ab', 2)],
    ['text over bytes', packed16('ab', 2), 'cd', packed16('cd', 1)],
    ['no text over text', packed.text('1234567'), '', eight('', 1)],
    [
      'an int over text leaves the rest of its slot',
      packed.text('abcdefghij'),
      -2,
      { format: 'q', code: 0, slot: Buffer.concat([word(-2n), Buffer.from('ij')], 16) },
    ],
    [
      'a float over text does too',
      packed.text('abcdefghij'),
      1.5,
      { format: 'd', code: 0, slot: Buffer.concat([packed.float(1.5).slot, slot16('ij')], 16) },
    ],
    [
      'and a bool',
      packed.text('abcdefghij'),
      true,
      {
        format: 'xxxxxxx?',
        code: 0,
        slot: Buffer.concat([packed.bool(true).slot, slot16('ij')], 16),
      },
    ],
    [
      'and None',
      packed.text('abcdefghij'),
      null,
      { format: 'xxxxxx?x', code: 3, slot: Buffer.concat([Buffer.alloc(8), slot16('ij')], 16) },
    ],
    [
      'text over an int in a slot of 16 bytes takes all of it',
      { format: 'q', code: 0, slot: Buffer.alloc(16, 'z') },
      'ab',
      packed16('ab', 1),
    ],
    ['bytes over None', packed.none(), Buffer.from('ab'), packed.bytes(Buffer.from('ab'))],
    ['text over an int', packed.int(-1n), 'ab', packed.text('ab')],
    ['an int over an int', packed.int(-1n), 2 ** 40, packed.int(2n ** 40n)],
    ['a bigint over a float', packed.float(1.5), 2n ** 62n, packed.int(2n ** 62n)],
    ['an integer-valued number over a float', packed.float(1.5), 2, packed.float(2)],
    ['a float over None', packed.none(), -0.5, packed.float(-0.5)],
    ['false over true', packed.bool(true), false, packed.bool(false)],
    ['None over true', packed.bool(true), null, packed.none()],
    ['true over None', packed.none(), true, packed.bool(true)],
    [
      'text over a format shorter than the slot, which would cut it',
      { ...packed16('ab', 1), format: '2s' },
      '1234567890',
      packed16('1234567890', 1),
    ],
  ])('%s', (_, before, item, after) => {
    const around = (middle: PackedItem): Buffer =>
      pack([packed.text('left'), middle, packed.bytes(Buffer.from('right'))], layout);
    using shm = segmentOf(around(before), 8);
    using list = ShareableList.attach(shm.name);
    list.set(1, item);
    expect(shm.buf).toStrictEqual(Buffer.concat([around(after), Buffer.alloc(8)]));
    list.set(-2, item);
    expect(shm.buf).toStrictEqual(Buffer.concat([around(after), Buffer.alloc(8)]));
  });

  test('a bool is true for any byte but 0', () => {
    const slot = Buffer.from([0, 0, 0, 0, 0, 0, 0, 2]);
    using shm = segmentOf(pack([{ ...packed.bool(true), slot }], layout));
    using list = ShareableList.attach(shm.name);
    expect(list.get(0)).toBe(true);
  });

  test('formats shorter than their slots are read by their own length', () => {
    const items = [
      { ...packed16('abcd', 1), format: '2s' },
      { ...packed16('abcd', 2), format: '0s' },
    ];
    using shm = segmentOf(pack(items, layout));
    using list = ShareableList.attach(shm.name);
    expect(list.toArray()).toStrictEqual(['ab', Buffer.alloc(0)]);
    expect(list.format).toBe('2s0s');
  });

  test('text that CPython cut in the middle of a character is an error, its neighbours are read', () => {
    // What 3.8 to 3.13 make of ['中' * 7]: a slot for 7 characters, and 21 bytes to go into it.
    const cut = { format: '8s', code: 1, slot: Buffer.from('中'.repeat(7)).subarray(0, 8) };
    using shm = segmentOf(pack([packed.int(1n), cut, packed.text('中\uFFFD')], layout));
    using list = ShareableList.attach(shm.name);
    expect([list.get(0), list.get(2)]).toStrictEqual([1, '中\uFFFD']);
    for (const use of [() => list.get(1), () => list.toArray(), () => list.count(1)]) {
      expect(thrownBy(use)).toMatchObject({
        name: 'SharedResourceError',
        code: 'ERR_SHM_CORRUPT',
        message: expect.stringContaining('the text of item 1 is no UTF-8') as string,
      });
    }
    list.set(1, '中');
    expect(list.toArray()).toStrictEqual([1, '中', '中\uFFFD']);
  });
});

describe("what CPython's own tests assert of a list", () => {
  const items = ['howdy', Buffer.from('HoWdY'), -273.154, 100, null, true, 42];

  test('format, length, items, negative and wrong indexes', () => {
    using list = ShareableList.create(items);
    expect(list.format).toBe('8s8sdqxxxxxx?xxxxxxxx?q');
    expect(list.length).toBe(7);
    expect([...list]).toStrictEqual(items);
    expect([list.get(4), list.get(-1), list.get(-7)]).toStrictEqual([null, 42, 'howdy']);
    for (const index of [7, -8]) {
      expect(() => list.get(index)).toThrow(RangeError);
      expect(() => {
        list.set(index, 1);
      }).toThrow(RangeError);
    }
  });

  test('assigning the same type keeps the format, another type changes it', () => {
    using list = ShareableList.create(items);
    list.set(3, 42);
    expect(list.get(3)).toBe(42);
    list.set(4, 'some');
    expect(list.get(4)).toBe('some');
    expect(list.format).toBe('8s8sdq8sxxxxxxx?q');
    list.set(0, 'HiYa');
    expect([list.get(0), list.format]).toStrictEqual(['HiYa', '8s8sdq8sxxxxxxx?q']);
  });

  test('too long a value leaves the item and its neighbour', () => {
    using list = ShareableList.create(items);
    expect(() => {
      list.set(4, 'far too many');
    }).toThrow(RangeError);
    expect([list.get(4), list.get(5)]).toStrictEqual([null, true]);
    list.set(0, 'encodés'); // exactly 8 bytes of UTF-8
    expect([list.get(0), list.get(1)]).toStrictEqual(['encodés', items[1]]);
    expect(() => {
      list.set(0, 'encodées'); // 9 bytes
    }).toThrow(RangeError);
    expect(list.get(1)).toStrictEqual(items[1]);
  });

  test('count and index', () => {
    using list = ShareableList.create(items);
    expect([list.count(42), list.count(Buffer.from('HoWdY')), list.count('adios')]).toStrictEqual([
      1, 1, 0,
    ]);
    expect([list.indexOf(42), list.indexOf('adios')]).toStrictEqual([6, -1]);
  });

  test('a copy by name is a list of its own, an attached one is the same', () => {
    using list = ShareableList.create(items);
    using copy = ShareableList.create(list, { name: `list-copy-${process.pid}` });
    expect(copy.name).not.toBe(list.name);
    using tethered = ShareableList.attach(list.name);
    tethered.set(6, 7);
    expect([list.get(6), copy.get(6)]).toStrictEqual([7, 42]);
  });

  test('sets across the whole list, in either layout', () => {
    for (const layout of LAYOUTS) {
      using shm = segmentOf(
        pack(
          Array.from({ length: 100 }, () => packed.text('0')),
          layout,
        ),
      );
      using list = ShareableList.attach(shm.name);
      for (let i = 0; i < list.length; i += 1) list.set(i, i % 2 ? `item ${i}` : i);
      expect(list.toArray()).toStrictEqual(
        Array.from({ length: 100 }, (_, i) => (i % 2 ? `item ${i}` : i)),
      );
    }
  });
});

function bytesOf(list: ShareableList, length: number): Buffer {
  expect(list.shm.size).toBeGreaterThanOrEqual(length);
  return Buffer.from(list.shm.buf.subarray(0, length));
}

function eight(text: string, code: number): PackedItem {
  return { format: '8s', code, slot: Buffer.concat([Buffer.from(text)], 8) };
}

function packed16(text: string, code: number): PackedItem {
  return { format: '16s', code, slot: Buffer.concat([Buffer.from(text)], 16) };
}
