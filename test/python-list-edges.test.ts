import { ShareableList } from 'named-shm';
import { type Example, pairings, withList } from './support/python-lists';
import { describeEachPython, type Kind } from './support/python-server';

function text(value: string): Example {
  return { python: `'${value}'`, ours: value };
}

function bytes(value: string): Example {
  return { python: `b'${value}'`, ours: Buffer.from(value) };
}

/** Text of 7, 8 and 9 bytes and around them, with the room that its bytes need. */
const EDGES: readonly (readonly [value: string, room: number])[] = [
  ['abcdefg', 8],
  ['abcdefgh', 16],
  ['abcdefghi', 16],
  ['éééa', 8],
  ['éééé', 16],
  ['ééééa', 16],
  ['ééééééé', 16],
  ['€€€', 16],
  ['🎉abc', 8],
  ['🎉🎉', 16],
  ['a🎉🎉', 16],
  ['🎉🎉🎉🎉', 24],
];

const SHORT: readonly Example[] = [text('howdy'), bytes('HoWdY'), { python: '42', ours: 42 }];
const FITS: readonly Example[] = [
  text('abcdefgh'),
  text('encodés'),
  text('éééé'),
  text('🎉🎉'),
  bytes('12345678'),
];
const TOO_LONG: readonly Example[] = [
  text('abcdefghi'),
  text('encodées'),
  text('ééééé'),
  text('🎉🎉a'),
  bytes('123456789'),
  text('x'.repeat(10_000)),
];

const RANGE_ERROR = expect.objectContaining({ name: 'RangeError', code: 'ERR_SHM_RANGE' }) as Error;

describeEachPython((python) => {
  describe.each(pairings(python))('a list that $maker made, in Python a $user one', (pairing) => {
    if (pairing.maker !== 'stock') {
      test('has text of any bytes whole, in slots that its bytes need', () =>
        withList(
          python,
          pairing,
          EDGES.map(([value]) => text(value)),
          async (ours, theirs) => {
            expect(ours.toArray()).toEqual(EDGES.map(([value]) => value));
            expect(await theirs.items()).toEqual(EDGES.map(([value]) => `'${value}'`));
            expect(ours.format).toBe(EDGES.map(([, room]) => `${room}s`).join(''));
            expect(await theirs.format()).toBe(ours.format);
          },
        ));
    }

    test('takes what fits a slot exactly, in any of its slots, from both sides', () =>
      withList(python, pairing, SHORT, async (ours, theirs) => {
        for (const value of FITS) {
          for (let i = 0; i < SHORT.length; i += 1) {
            const expected = SHORT.map((example, k) => (k === i ? value : example));
            ours.set(i, value.ours);
            expect(await theirs.items()).toEqual(expected.map((example) => example.python));
            ours.set(i, (SHORT[i] as Example).ours);
            await theirs.set(i, value.python);
            expect(ours.toArray()).toEqual(expected.map((example) => example.ours));
            await theirs.set(i, (SHORT[i] as Example).python);
          }
        }
      }));

    test('refuses what is too long, on both sides, and leaves value and neighbours', () =>
      withList(python, pairing, SHORT, async (ours, theirs) => {
        const before = await theirs.read();
        for (const value of TOO_LONG) {
          for (let i = 0; i < SHORT.length; i += 1) {
            expect(() => {
              ours.set(i, value.ours);
            }).toThrow(RANGE_ERROR);
            await expect(theirs.set(i, value.python)).rejects.toMatchObject({
              type: 'ValueError',
              message: 'bytes/str item exceeds available storage',
            });
          }
        }
        expect(ours.shm.buf.equals(before)).toBe(true);
      }));

    test('keeps the whole room of a slot through shorter values of other types', () =>
      withList(python, pairing, [text('x'.repeat(20)), text('next')], async (ours, theirs) => {
        const room = 'y'.repeat(24);
        for (const between of [text('a'), bytes('b'), { python: 'None', ours: null }]) {
          ours.set(0, between.ours);
          await theirs.set(0, `'${room}'`);
          expect(ours.get(0)).toBe(room);
          await theirs.set(0, between.python);
          ours.set(0, room);
          expect(await theirs.get(0)).toBe(`'${room}'`);
        }
        expect(ours.toArray()).toEqual([room, 'next']);
      }));

    test('counts negative indices from its end on both sides', () =>
      withList(python, pairing, SHORT, async (ours, theirs) => {
        expect([ours.get(-1), ours.get(-2), ours.get(-3)]).toEqual([
          42,
          Buffer.from('HoWdY'),
          'howdy',
        ]);
        expect(await theirs.get(-3)).toBe("'howdy'");
        ours.set(-1, 43);
        expect(await theirs.get(-1)).toBe('43');
        await theirs.set(-3, "'ciao'");
        expect(ours.get(-3)).toBe('ciao');
        expect(ours.toArray()).toEqual(['ciao', Buffer.from('HoWdY'), 43]);
      }));

    test('has no index N on either side, and -N-1 only where CPython reads its own tables', () =>
      withList(python, pairing, SHORT, async (ours, theirs) => {
        const before = await theirs.read();
        for (const index of [3, -4, -5, 1000]) {
          expect(() => ours.get(index)).toThrow(RANGE_ERROR);
          expect(() => {
            ours.set(index, 1);
          }).toThrow(RANGE_ERROR);
        }
        for (const index of pairing.user === 'stock' ? [3, 1000] : [3, -4, -5, 1000]) {
          await expect(theirs.get(index)).rejects.toMatchObject({ type: 'IndexError' });
          await expect(theirs.set(index, '1')).rejects.toMatchObject({ type: 'IndexError' });
        }
        if (pairing.user === 'stock' && python.minor >= 9)
          expect(await theirs.get(-4)).toBe(String(0x7338)); // "8s", the first item's format
        expect(ours.shm.buf.equals(before)).toBe(true);
      }));

    test('refuses integers over 64 bits on both sides; only stock Python loses the old one', () =>
      withList(python, pairing, [{ python: '7', ours: 7 }], async (ours, theirs) => {
        for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
          expect(() => {
            ours.set(0, value);
          }).toThrow(RANGE_ERROR);
          expect(ours.get(0)).toBe(7);
          await expect(theirs.set(0, String(value))).rejects.toMatchObject({ type: 'error' });
          expect(ours.get(0)).toBe(pairing.user === 'stock' ? 0 : 7);
          ours.set(0, 7);
        }
      }));

    test('refuses what no list can hold, on both sides, and stays as it is', () =>
      withList(python, pairing, SHORT, async (ours, theirs) => {
        const before = await theirs.read();
        for (const value of [undefined, [], {}, Symbol('s'), new Date(0)]) {
          expect(() => {
            ours.set(0, value as unknown as null);
          }).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_SHM_TYPE' }) as Error);
        }
        await expect(theirs.set(0, '[]')).rejects.toMatchObject({ type: 'KeyError' });
        expect(() => {
          ours.set(0, '\ud800');
        }).toThrow(RANGE_ERROR);
        await expect(theirs.set(0, "'\\ud800'")).rejects.toMatchObject({
          type: 'UnicodeEncodeError',
        });
        expect(ours.shm.buf.equals(before)).toBe(true);
      }));

    test('is empty on both sides if it was made so', () =>
      withList(python, pairing, [], async (ours, theirs) => {
        expect(ours.length).toBe(0);
        expect(await theirs.length()).toBe(0);
        expect(ours.toArray()).toEqual([]);
        expect(await theirs.items()).toEqual([]);
        expect(ours.format).toBe('');
        expect(await theirs.format()).toBe('');
        expect(theirs.size).toBe(pairing.maker === 'stock' && python.minor === 8 ? 8 : 16);
        for (const index of [0, -1]) expect(() => ours.get(index)).toThrow(RANGE_ERROR);
        await expect(theirs.get(0)).rejects.toMatchObject({ type: 'IndexError' });
      }));
  });

  test('what stock Python makes of text longer than its characters is cut, for both sides', async () => {
    await using theirs = await python.createList(
      'stock',
      "['ééééééé', '🎉🎉🎉', 'ééééa', 'a🎉🎉']",
    );
    using ours = ShareableList.attach(theirs.name);
    expect([ours.get(0), ours.get(1), ours.get(2)]).toEqual(['éééé', '🎉🎉', 'éééé']);
    expect(await theirs.get(0)).toBe("'éééé'");
    // Cut within a character: neither side has a text then, and neither makes one up.
    expect(() => ours.get(3)).toThrow(
      expect.objectContaining({ code: 'ERR_SHM_CORRUPT' }) as Error,
    );
    await expect(theirs.get(3)).rejects.toMatchObject({ type: 'UnicodeDecodeError' });
    expect(() => ours.toArray()).toThrow(
      expect.objectContaining({ code: 'ERR_SHM_CORRUPT' }) as Error,
    );
    ours.set(3, 'whole');
    expect(await theirs.items()).toEqual(["'éééé'", "'🎉🎉'", "'éééé'", "'whole'"]);
  });

  test('NULs at the end: stock Python loses them, named_shm and we refuse them', async () => {
    await using lossy = await python.createList('stock', "['a\\0', b'b\\0\\0', b'\\0']");
    expect(await lossy.items()).toEqual(["'a'", "b'b'", "b''"]);
    using ours = ShareableList.attach(lossy.name);
    expect(ours.toArray()).toEqual(['a', Buffer.from('b'), Buffer.alloc(0)]);

    for (const value of ['a\0', Buffer.from('b\0')]) {
      expect(() => ShareableList.create([value])).toThrow(RANGE_ERROR);
      expect(() => {
        ours.set(0, value);
      }).toThrow(RANGE_ERROR);
    }
    const kind: Kind = 'named_shm';
    await using companion = await python.attachList(kind, lossy.name);
    for (const value of ["'a\\0'", "b'b\\0'"]) {
      await expect(companion.set(0, value)).rejects.toMatchObject({ type: 'ValueError' });
      await expect(python.createList(kind, `[${value}]`)).rejects.toMatchObject({
        type: 'ValueError',
      });
    }
    expect(ours.get(0)).toBe('a');
  });
});
