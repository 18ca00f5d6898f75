import { once } from 'node:events';
import { statSync, truncateSync } from 'node:fs';
import * as path from 'node:path';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { float, int, type ListItem, ShareableList, SharedMemory } from 'named-shm';
import { ASSIGNED_IN_TURN, thrownBy } from './shareable-list-fixtures';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

describe('what is put into a list comes back', () => {
  const items: [label: string, item: ListItem, reads: unknown, format: string][] = [
    ['0', 0, 0, 'q'],
    ['1', 1, 1, 'q'],
    ['-1', -1, -1, 'q'],
    ['an integer of 32 bits', 2 ** 32 - 1, 2 ** 32 - 1, 'q'],
    ['an integer over 32 bits', 2 ** 32, 2 ** 32, 'q'],
    ['a negative one over 32 bits', -(2 ** 32) - 1, -(2 ** 32) - 1, 'q'],
    ['a negative one beyond the NaNs', -(2 ** 52) - 1, -(2 ** 52) - 1, 'q'],
    ['the pattern of -Infinity', -(2 ** 52), -(2 ** 52), 'q'],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'q'],
    ['the smallest safe integer', Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 'q'],
    ['2 ** 53', 2 ** 53, 2 ** 53, 'd'],
    ['1e300', 1e300, 1e300, 'd'],
    ['-0', -0, -0, 'd'],
    ['1.5', 1.5, 1.5, 'd'],
    ['the smallest float', Number.MIN_VALUE, Number.MIN_VALUE, 'd'],
    ['NaN', NaN, NaN, 'd'],
    ['Infinity', Infinity, Infinity, 'd'],
    ['float(3)', float(3), 3, 'd'],
    ['int(3)', int(3), 3, 'q'],
    ['int(-0)', int(-0), 0, 'q'],
    ['5n', 5n, 5, 'q'],
    ['2n ** 53n', 2n ** 53n, 2n ** 53n, 'q'],
    ['-(2n ** 53n)', -(2n ** 53n), -(2n ** 53n), 'q'],
    ['the pattern of Infinity', 0x7ff0000000000000n, 0x7ff0000000000000n, 'q'],
    ['the pattern of a NaN', 0x7ff0000000000001n, 0x7ff0000000000001n, 'q'],
    ['the largest int64', INT64_MAX, INT64_MAX, 'q'],
    ['the smallest int64', INT64_MIN, INT64_MIN, 'q'],
    ['int(2n ** 60n)', int(2n ** 60n), 2n ** 60n, 'q'],
    ['true', true, true, 'xxxxxxx?'],
    ['false', false, false, 'xxxxxxx?'],
    ['null', null, null, 'xxxxxx?x'],
    ['no text', '', '', '8s'],
    ['text of 7 bytes', '1234567', '1234567', '8s'],
    ['text of 8 bytes', '12345678', '12345678', '16s'],
    ['text of 7 characters of 2 bytes', 'é'.repeat(7), 'é'.repeat(7), '16s'],
    ['text beyond the BMP', 'a🎉', 'a🎉', '8s'],
    ['text with a byte order mark', '\uFEFFx', '\uFEFFx', '8s'],
    ['text with U+FFFD', 'a\uFFFDb', 'a\uFFFDb', '8s'],
    ['text with a NUL inside', 'a\0b', 'a\0b', '8s'],
    ['no bytes', new Uint8Array(0), Buffer.alloc(0), '8s'],
    ['bytes', Uint8Array.of(0, 255, 0, 1), Buffer.from([0, 255, 0, 1]), '8s'],
    ['a Buffer of 8 bytes', Buffer.from('12345678'), Buffer.from('12345678'), '16s'],
  ];

  test.each(items)('%s, when created', (_, item, reads, format) => {
    using list = ShareableList.create(['before', item, 'after']);
    using other = ShareableList.attach(list.name);
    expect(other.toArray()).toStrictEqual(['before', reads, 'after']);
    expect(other.format).toBe(`8s${format}8s`);
  });

  test.each(items)('%s, when assigned over text', (_, item, reads, format) => {
    using list = ShareableList.create(['before', 'x'.repeat(17), 'after']);
    list.set(1, item);
    expect(list.toArray()).toStrictEqual(['before', reads, 'after']);
    expect(list.format).toBe(`8s${format.endsWith('s') ? '24s' : format}8s`);
  });

  test('an integer takes the place of any other, whatever bits change', () => {
    const values = [0, -1, 1, 2 ** 32, 2 ** 32 - 1, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53 - 1), -5, 5];
    using list = ShareableList.create([0]);
    for (const before of values) {
      for (const after of values) {
        list.set(0, before);
        list.set(0, after);
        expect(list.get(0)).toBe(after);
      }
    }
  });

  test('text of the largest slot that a format can name', () => {
    const longest = 'x'.repeat(9_999_991);
    using list = ShareableList.create([longest, 1]);
    expect(list.get(0)).toBe(longest);
    expect(list.format).toBe('9999992sq');
    expect(thrownBy(() => ShareableList.create([`${longest}x`]))).toMatchObject({
      name: 'RangeError',
      code: 'ERR_SHM_RANGE',
      message: 'item 0 has 9999992 bytes, more than the 9999991 of any slot',
    });
  });

  test('bytes are a copy: they stay when the list changes or closes', () => {
    using list = ShareableList.create([Buffer.from('first')]);
    const bytes = list.get(0) as Buffer;
    list.set(0, Buffer.from('other'));
    list.close();
    expect(bytes.toString()).toBe('first');
    bytes.fill(0);
  });

  test('bytes that come from the list itself', () => {
    using list = ShareableList.create(['abcdefgh', 'x'.repeat(15)]);
    const at = list.shm.buf.indexOf('abcdefgh');
    list.set(1, list.shm.buf.subarray(at, at + 8));
    expect(list.toArray()).toStrictEqual(['abcdefgh', Buffer.from('abcdefgh')]);
    list.set(0, list.shm.buf.subarray(at + 1, at + 8));
    expect(list.get(0)).toStrictEqual(Buffer.from('bcdefgh'));
  });
});

describe('what would not come back is refused, and the list is as before', () => {
  const refused: [label: string, item: unknown, name: string, code: string, text: RegExp][] = [
    ['undefined', undefined, 'TypeError', 'ERR_SHM_TYPE', /item \d must be .* not undefined/],
    ['an object', {}, 'TypeError', 'ERR_SHM_TYPE', /not \{\}/],
    ['an array', [1], 'TypeError', 'ERR_SHM_TYPE', /not \[ 1 \]/],
    ['a symbol', Symbol('s'), 'TypeError', 'ERR_SHM_TYPE', /not Symbol\(s\)/],
    ['a function', () => 1, 'TypeError', 'ERR_SHM_TYPE', /not \[Function/],
    ['a Float64Array', new Float64Array(1), 'TypeError', 'ERR_SHM_TYPE', /not Float64Array/],
    ['a boxed number', Object(1), 'TypeError', 'ERR_SHM_TYPE', /not \[Number: 1\]/],
    ['2n ** 63n', INT64_MAX + 1n, 'RangeError', 'ERR_SHM_RANGE', /9223372036854775807/],
    ['-(2n ** 63n) - 1n', INT64_MIN - 1n, 'RangeError', 'ERR_SHM_RANGE', /-9223372036854775808/],
    ['text that ends in NUL', 'a\0', 'RangeError', 'ERR_SHM_RANGE', /ends in a NUL character/],
    ['bytes that end in NUL', Uint8Array.of(1, 0), 'RangeError', 'ERR_SHM_RANGE', /a NUL byte/],
    ['half of a surrogate pair', '\uD83C', 'RangeError', 'ERR_SHM_RANGE', /surrogate/],
    ['the other half', 'a\uDF89b', 'RangeError', 'ERR_SHM_RANGE', /surrogate/],
  ];

  test.each(refused)('%s, when created', (_, item, name, code, text) => {
    const named = { name: `list-refused-${process.pid}` };
    const error = thrownBy(() => ShareableList.create([1, item as ListItem], named));
    expect(error).toMatchObject({ name, code, message: expect.stringMatching(text) as string });
    expect(error).toMatchObject({ message: expect.stringContaining('item 1') as string });
    expect(thrownBy(() => SharedMemory.attach(named.name))).toMatchObject({ code: 'ENOENT' });
  });

  test.each(refused)('%s, when assigned', (_, item, name, code, text) => {
    using list = ShareableList.create([1, 2.5, 'text', Buffer.from('bytes'), true, null]);
    const bytes = Buffer.from(list.shm.buf);
    for (let i = 0; i < list.length; i += 1) {
      const error = thrownBy(() => {
        list.set(i, item as ListItem);
      });
      expect(error).toMatchObject({ name, code, message: expect.stringMatching(text) as string });
    }
    expect(list.shm.buf).toStrictEqual(bytes);
  });

  test.each([
    ['text', 'éééé1'],
    ['bytes', Buffer.from('123456789')],
  ])('%s that exceeds its slot by a byte', (_, item) => {
    using list = ShareableList.create(['a', 1, 'b']);
    const bytes = Buffer.from(list.shm.buf);
    for (const i of [0, 1, 2]) {
      const error = thrownBy(() => {
        list.set(i, item);
      });
      expect(error).toMatchObject({
        name: 'RangeError',
        code: 'ERR_SHM_RANGE',
        message: `item ${i} exceeds available storage: 9 bytes, slot has 8`,
      });
    }
    expect(list.shm.buf).toStrictEqual(bytes);
  });

  test.each([undefined, null, 5, {}])('%p for the items', (items) => {
    const error = thrownBy(() => ShareableList.create(items as ListItem[]));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_SHM_TYPE' });
  });
});

describe('a number and its kind', () => {
  test('over a float a number stays a float, over an int it says itself', () => {
    using list = ShareableList.create([0.5, 1]);
    list.set(0, 3);
    expect(list.format).toBe('dq');
    list.set(0, 2 ** 53);
    list.set(1, 0.5);
    expect(list.format).toBe('dd');
    expect(list.toArray()).toStrictEqual([2 ** 53, 0.5]);
  });

  test('int, float and bigint decide, whatever stands there', () => {
    using list = ShareableList.create([0.5, 1, 0.5]);
    list.set(0, int(3));
    list.set(1, float(3));
    list.set(2, 3n);
    expect(list.format).toBe('qdq');
    expect(list.toArray()).toStrictEqual([3, 3, 3]);
  });

  test('over text, bytes, bool and None an integer is an int', () => {
    using list = ShareableList.create(['x', Buffer.from('x'), true, null]);
    for (let i = 0; i < 4; i += 1) list.set(i, 3);
    expect(list.format).toBe('qqqq');
  });

  test('int and float show what they are', () => {
    expect([int(3).kind, int(3).value, float(3).kind, float(3).value]).toStrictEqual([
      'int',
      3,
      'float',
      3,
    ]);
    expect(inspect([int(3n), float(3)])).toBe('[ int(3n), float(3) ]');
  });

  test.each<[string, () => unknown, string, string]>([
    ['int(1.5)', () => int(1.5), 'RangeError', 'ERR_SHM_RANGE'],
    ['int(2 ** 53)', () => int(2 ** 53), 'RangeError', 'ERR_SHM_RANGE'],
    ['int(NaN)', () => int(NaN), 'RangeError', 'ERR_SHM_RANGE'],
    ['int(2n ** 63n)', () => int(INT64_MAX + 1n), 'RangeError', 'ERR_SHM_RANGE'],
    ['int("1")', () => int('1' as unknown as number), 'TypeError', 'ERR_SHM_TYPE'],
    ['float(1n)', () => float(1n as unknown as number), 'TypeError', 'ERR_SHM_TYPE'],
    ['float(null)', () => float(null as unknown as number), 'TypeError', 'ERR_SHM_TYPE'],
  ])('%s is refused', (_, action, name, code) => {
    expect(thrownBy(action)).toMatchObject({ name, code });
  });
});

describe('an index', () => {
  test('counts from the end where it is negative', () => {
    using list = ShareableList.create(['a', 'b', 'c']);
    expect([list.get(-1), list.get(-3), list.get(-0)]).toStrictEqual(['c', 'a', 'a']);
    list.set(-2, 'B');
    expect(list.toArray()).toStrictEqual(['a', 'B', 'c']);
  });

  test.each<[unknown, string, string, RegExp]>([
    [3, 'RangeError', 'ERR_SHM_RANGE', /index 3 .* 3 items, -3 to 2/],
    [-4, 'RangeError', 'ERR_SHM_RANGE', /index -4 .* 3 items, -3 to 2/],
    [2 ** 53, 'RangeError', 'ERR_SHM_RANGE', /index 9007199254740992/],
    [0.5, 'RangeError', 'ERR_SHM_RANGE', /an integer, not 0\.5/],
    [NaN, 'RangeError', 'ERR_SHM_RANGE', /an integer, not NaN/],
    [-Infinity, 'RangeError', 'ERR_SHM_RANGE', /an integer, not -Infinity/],
    ['1', 'TypeError', 'ERR_SHM_TYPE', /a number, not '1'/],
    ['-1', 'TypeError', 'ERR_SHM_TYPE', /a number, not '-1'/],
    [-1n, 'TypeError', 'ERR_SHM_TYPE', /a number, not -1n/],
    [undefined, 'TypeError', 'ERR_SHM_TYPE', /a number, not undefined/],
  ])('%p is refused', (index, name, code, text) => {
    using list = ShareableList.create([1, 2, 3]);
    const bytes = Buffer.from(list.shm.buf);
    const expected = { name, code, message: expect.stringMatching(text) as string };
    expect(thrownBy(() => list.get(index as number))).toMatchObject(expected);
    expect(
      thrownBy(() => {
        list.set(index as number, 1);
      }),
    ).toMatchObject(expected);
    expect(list.shm.buf).toStrictEqual(bytes);
  });

  test('is always out of an empty list', () => {
    using list = ShareableList.create([]);
    expect(thrownBy(() => list.get(0))).toMatchObject({
      code: 'ERR_SHM_RANGE',
      message: 'index 0 is out of range: the list is empty',
    });
  });
});

describe('count and indexOf', () => {
  test('numbers by value, whatever their kind', () => {
    using list = ShareableList.create([5, 5n, float(5), 5.5, 2n ** 60n, 2 ** 60, '5']);
    for (const five of [5, 5n, float(5), int(5)]) {
      expect(list.count(five)).toBe(3);
      expect(list.indexOf(five)).toBe(0);
    }
    expect([list.count(2n ** 60n), list.count(2 ** 60), list.indexOf(2 ** 60)]).toStrictEqual([
      2, 2, 4,
    ]);
    expect([list.count(2n ** 60n + 1n), list.count(NaN), list.indexOf(5.25)]).toStrictEqual([
      0, 0, -1,
    ]);
  });

  test('text, bytes by content, null, and booleans only booleans', () => {
    using list = ShareableList.create(['a', Buffer.from('a'), null, true, 1, '', false, 0, null]);
    expect([list.count('a'), list.indexOf('a')]).toStrictEqual([1, 0]);
    expect([list.count(Uint8Array.of(97)), list.indexOf(Uint8Array.of(97))]).toStrictEqual([1, 1]);
    expect([list.count(null), list.indexOf(null)]).toStrictEqual([2, 2]);
    expect([list.count(true), list.indexOf(true), list.count(1), list.indexOf(1)]).toStrictEqual([
      1, 3, 1, 4,
    ]);
    expect([list.count(false), list.indexOf(false), list.indexOf(0)]).toStrictEqual([1, 6, 7]);
    expect([list.count(''), list.count('b'), list.indexOf('b')]).toStrictEqual([1, 0, -1]);
  });

  test('what no list can hold is not in this one', () => {
    using list = ShareableList.create([null, 0]);
    for (const item of [undefined, {}, [null], Symbol('s')] as unknown as ListItem[])
      expect([list.count(item), list.indexOf(item)]).toStrictEqual([0, -1]);
  });
});

describe('a list and its segment', () => {
  test('is seen by everyone who attaches, with or without a slash', () => {
    using list = ShareableList.create([1, 'a']);
    using other = ShareableList.attach(`/${list.name}`);
    expect([list.created, other.created, other.name]).toStrictEqual([true, false, list.name]);
    other.set(0, 2);
    list.set(1, 'b');
    expect([...other]).toStrictEqual([2, 'b']);
    expect([...list]).toStrictEqual([2, 'b']);
  });

  test('takes the options of a segment', () => {
    const name = `list-options-${process.pid}`;
    const list = ShareableList.create([1], { name, mode: 0o640, track: false });
    list[Symbol.dispose]();
    using kept = ShareableList.attach(name);
    kept.unlink();
    expect(kept.get(0)).toBe(1);
    expect(thrownBy(() => ShareableList.attach(name))).toMatchObject({ code: 'ENOENT' });
  });

  test('has the size of its items, whatever the options say', () => {
    using list = ShareableList.create([1], {
      size: 4096,
      content: Buffer.alloc(4096, 1),
    } as object);
    expect(list.shm.buf.subarray(0, 8)).toStrictEqual(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
    expect(list.toArray()).toStrictEqual([1]);
  });

  test('a name that is taken is an error and leaves the list alone', () => {
    using list = ShareableList.create([1]);
    expect(thrownBy(() => ShareableList.create([2], { name: list.name }))).toMatchObject({
      name: 'SharedResourceError',
      code: 'EEXIST',
    });
    expect(list.get(0)).toBe(1);
  });

  test('a name that is missing is an error', () => {
    expect(thrownBy(() => ShareableList.attach('no-such-list'))).toMatchObject({ code: 'ENOENT' });
  });

  test('createOrAttach makes it once; who comes later finds the items as they are', () => {
    const name = `list-either-${process.pid}`;
    using first = ShareableList.createOrAttach([1, 2], { name });
    first.set(0, 10);
    using second = ShareableList.createOrAttach(['else'], { name });
    expect([first.created, second.created]).toStrictEqual([true, false]);
    expect(second.toArray()).toStrictEqual([10, 2]);
  });

  test('createOrAttach needs a name', () => {
    const options = {} as { name: string };
    expect(thrownBy(() => ShareableList.createOrAttach([1], options))).toMatchObject({
      code: 'ERR_SHM_NAME',
    });
  });

  test.each([() => [1, 'a'], () => new Set<ListItem>([1, 'a']), generated])(
    'takes any iterable, once',
    (make) => {
      using list = ShareableList.create(make());
      expect(list.toArray()).toStrictEqual([1, 'a']);
    },
  );

  test('an iterable that throws leaves nothing behind', () => {
    function* failing(): Generator<ListItem> {
      yield 1;
      throw new Error('no more');
    }
    const named = { name: `list-failing-${process.pid}` };
    expect(() => ShareableList.create(failing(), named)).toThrow('no more');
    expect(thrownBy(() => SharedMemory.attach(named.name))).toMatchObject({ code: 'ENOENT' });
  });

  test('leaving the scope of its creator unlinks it, of who attached does not', () => {
    let name: string;
    {
      using list = ShareableList.create([1]);
      name = list.name;
      {
        using other = ShareableList.attach(name);
        expect(other.length).toBe(1);
      }
      expect(list.get(0)).toBe(1);
    }
    expect(thrownBy(() => ShareableList.attach(name))).toMatchObject({ code: 'ENOENT' });
  });

  test('everything after close says that it is closed', () => {
    using list = ShareableList.create([1, 'a']);
    const iterator = list[Symbol.iterator]();
    iterator.next();
    list.close();
    list.close();
    const uses: (() => unknown)[] = [
      () => list.get(0),
      () => list.get(7),
      () => {
        list.set(0, 1);
      },
      () => list.length,
      () => list.format,
      () => list.count(1),
      () => list.indexOf(1),
      () => list.toArray(),
      () => iterator.next(),
    ];
    for (const use of uses)
      expect(thrownBy(use)).toMatchObject({ name: 'TypeError', code: 'ERR_SHM_CLOSED' });
    expect(inspect(list)).toBe(`ShareableList { name: '${list.name}', closed: true }`);
  });

  test('shows its items', () => {
    using list = ShareableList.create([1, 'a', null, ...Array.from({ length: 9 }, () => 2.5)]);
    expect(inspect(list)).toBe(
      `ShareableList { name: '${list.name}', items: [1, 'a', null, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, ... 2 more] }`,
    );
  });
});

test('a number that another thread assigns at this moment is read as it was or as it is', async () => {
  using list = ShareableList.create([ASSIGNED_IN_TURN[0] as number, false]);
  const program = path.join(__dirname, '..', 'out', 'test', 'shareable-list-writer.js');
  const writer = new Worker(program, { workerData: list.name });
  const ended = once(writer, 'exit');
  const torn = new Set<unknown>();
  try {
    await once(writer, 'message');
    for (let n = 0; n < 200_000; n += 1) {
      const value = list.get(0) as number;
      if (!ASSIGNED_IN_TURN.includes(value)) torn.add(value);
    }
  } finally {
    list.set(1, true);
    await ended;
  }
  expect([...torn]).toStrictEqual([]);
});

if (process.platform === 'linux') {
  test('a segment that was made shorter is an error, never zeros in place of items', () => {
    const items = Array.from({ length: 1000 }, (_, i) => i + 1);
    const uses: ((list: ShareableList) => unknown)[] = [
      (list) => list.get(999),
      (list) => list.toArray(),
      (list) => list.format,
      (list) => {
        list.set(999, 5);
      },
    ];
    for (const use of uses) {
      using list = ShareableList.create(items);
      truncateSync(`/dev/shm/${list.name}`, 4096);
      expect(thrownBy(() => use(list))).toMatchObject({ code: 'ERR_SHM_TRUNCATED' });
    }
  });

  test('has exactly the size that it needs, and the mode that was asked for', () => {
    using list = ShareableList.create([1], { mode: 0o640 });
    const { size, mode } = statSync(`/dev/shm/${list.name}`);
    expect([size, mode & 0o777]).toStrictEqual([16 + 17 + 8, 0o640]);
  });
}

function* generated(): Generator<ListItem> {
  yield 1;
  yield 'a';
}
