import { float, int } from 'named-shm';
import { type Example, pairings, valueOf, withList } from './support/python-lists';
import { describeEachPython } from './support/python-server';

const EXAMPLES: readonly Example[] = [
  { python: '0', ours: 0 },
  { python: '42', ours: 42 },
  { python: '-1', ours: -1 },
  { python: '4294967295', ours: 4294967295 },
  { python: '-4294967297', ours: -4294967297 },
  { python: '9007199254740991', ours: Number.MAX_SAFE_INTEGER },
  { python: '-9007199254740991', ours: Number.MIN_SAFE_INTEGER },
  { python: '9007199254740993', ours: 9007199254740993n },
  { python: '-9007199254740993', ours: -9007199254740993n },
  { python: '9223372036854775807', ours: 2n ** 63n - 1n },
  { python: '-9223372036854775808', ours: -(2n ** 63n) },
  { python: '5', ours: 5n, reads: 5 },
  { python: '6', ours: int(6), reads: 6 },
  { python: '3.14', ours: 3.14 },
  { python: '-273.154', ours: -273.154 },
  { python: '3.0', ours: float(3), reads: 3 },
  { python: '0.0', ours: float(0), reads: 0 },
  { python: '-0.0', ours: -0 },
  { python: 'nan', ours: NaN },
  { python: 'inf', ours: Infinity },
  { python: '-inf', ours: -Infinity },
  { python: '5e-324', ours: Number.MIN_VALUE },
  { python: '1.7976931348623157e+308', ours: Number.MAX_VALUE },
  { python: '9007199254740992.0', ours: 2 ** 53 },
  { python: 'True', ours: true },
  { python: 'False', ours: false },
  { python: 'None', ours: null },
  { python: "''", ours: '' },
  { python: "'a'", ours: 'a' },
  { python: "'Hello! 🎉'", ours: 'Hello! 🎉' },
  { python: "'日本'", ours: '日本' },
  { python: "'nul\\x00inside'", ours: 'nul\0inside' },
  { python: "'\\ufeff �'", ours: '\ufeff \ufffd' },
  { python: "b''", ours: Buffer.from('') },
  { python: "b'bytes'", ours: Buffer.from('bytes') },
  { python: "b'\\x00\\x01\\xfe\\xff'", ours: Uint8Array.of(0, 1, 254, 255) },
  { python: `b'${'0123456789'.repeat(10)}'`, ours: Buffer.from('0123456789'.repeat(10)) },
];
const REPRS = EXAMPLES.map(({ python }) => python);
const READS = EXAMPLES.map(valueOf);

/** As many items as there are examples, with room for any of them. */
const ROOMY: readonly Example[] = EXAMPLES.map(() => ({
  python: `'${'x'.repeat(100)}'`,
  ours: 'x'.repeat(100),
}));

/** One item of each type, or more, that fit where any of the others was. */
const SMALL: readonly (Example & { readonly format: string })[] = [
  { python: '7', ours: int(7), reads: 7, format: 'q' },
  { python: '-2.5', ours: -2.5, format: 'd' },
  { python: 'True', ours: true, format: 'xxxxxxx?' },
  { python: 'False', ours: false, format: 'xxxxxxx?' },
  { python: 'None', ours: null, format: 'xxxxxx?x' },
  { python: "'text'", ours: 'text', format: '8s' },
  { python: "'éü'", ours: 'éü', format: '8s' },
  { python: "b'raw\\xff'", ours: Buffer.from('raw\xff', 'latin1'), format: '8s' },
];
/** Each of them becomes each of them. */
const BEFORE = SMALL.flatMap((from) => SMALL.map(() => from));
const AFTER = SMALL.flatMap(() => SMALL);

describeEachPython((python) => {
  describe.each(pairings(python))('a list that $maker made, in Python a $user one', (pairing) => {
    test('has the same items, length and format on both sides', () =>
      withList(python, pairing, EXAMPLES, async (ours, theirs) => {
        expect(ours.toArray()).toStrictEqual(READS);
        expect(await theirs.items()).toEqual(REPRS);
        expect(ours.length).toBe(EXAMPLES.length);
        expect(await theirs.length()).toBe(EXAMPLES.length);
        expect(ours.format).toBe(await theirs.format());
        expect(ours.shm.size).toBe(theirs.size);
      }));

    test('takes items of every type from us, over text', () =>
      withList(python, pairing, ROOMY, async (ours, theirs) => {
        EXAMPLES.forEach((example, i) => {
          ours.set(i, example.ours);
        });
        expect(await theirs.items()).toEqual(REPRS);
        expect(ours.toArray()).toStrictEqual(READS);
        expect(ours.format).toBe(await theirs.format());
      }));

    test('takes items of every type from Python, over text', () =>
      withList(python, pairing, ROOMY, async (ours, theirs) => {
        for (const [i, repr] of REPRS.entries()) await theirs.set(i, repr);
        expect(ours.toArray()).toStrictEqual(READS);
        expect(await theirs.items()).toEqual(REPRS);
        expect(ours.format).toBe(await theirs.format());
      }));

    test('lets us change every type into every other one, and back', () =>
      withList(python, pairing, BEFORE, async (ours, theirs) => {
        for (const items of [AFTER, BEFORE]) {
          items.forEach((example, i) => {
            ours.set(i, example.ours);
          });
          expect(await theirs.items()).toEqual(items.map((example) => example.python));
          expect(ours.toArray()).toStrictEqual(items.map(valueOf));
          expect(await theirs.format()).toBe(items.map(({ format }) => format).join(''));
          expect(ours.format).toBe(await theirs.format());
        }
      }));

    test('lets Python change every type into every other one, and back', () =>
      withList(python, pairing, BEFORE, async (ours, theirs) => {
        for (const items of [AFTER, BEFORE]) {
          for (const [i, example] of items.entries()) await theirs.set(i, example.python);
          expect(ours.toArray()).toStrictEqual(items.map(valueOf));
          expect(await theirs.items()).toEqual(items.map((example) => example.python));
          expect(ours.format).toBe(items.map(({ format }) => format).join(''));
          expect(await theirs.format()).toBe(ours.format);
        }
      }));

    test('shows us at once what Python changes while we hold it open, and the reverse', () =>
      withList(python, pairing, SMALL, async (ours, theirs) => {
        for (let turn = 1; turn <= 10; turn += 1) {
          await theirs.set(0, `${turn}`);
          expect(ours.get(0)).toBe(turn);
          ours.set(0, turn * 1000);
          expect(await theirs.get(0)).toBe(`${turn * 1000}`);
          await theirs.set(5, `'turn ${turn}'`);
          expect(ours.get(5)).toBe(`turn ${turn}`);
          ours.set(5, `↻ ${turn}`);
          expect(await theirs.get(5)).toBe(`'↻ ${turn}'`);
        }
        await theirs.set(5, 'None');
        expect(ours.get(5)).toBeNull();
        expect([...ours][5]).toBeNull();
        expect(ours.indexOf(null)).toBe(4);
        expect(ours.count(null)).toBe(2);
      }));

    test('has each value as often and first where Python has it, but for True == 1', () =>
      withList(python, pairing, [...SMALL, ...SMALL], async (ours, theirs) => {
        for (const [i, example] of SMALL.entries()) {
          expect(ours.count(example.ours)).toBe(2);
          expect(await theirs.count(example.python)).toBe(2);
          expect(ours.indexOf(example.ours)).toBe(i);
          expect(await theirs.index(example.python)).toBe(i);
        }
        expect([ours.count('nowhere'), ours.indexOf('nowhere')]).toEqual([0, -1]);
        expect(await theirs.count("'nowhere'")).toBe(0);
        await expect(theirs.index("'nowhere'")).rejects.toMatchObject({ type: 'ValueError' });
        expect([ours.count(1), await theirs.count('1')]).toEqual([0, 2]);
      }));

    test('a number that we set over a float stays a float, unless we say int', () =>
      withList(python, pairing, [{ python: '2.5', ours: 2.5 }], async (ours, theirs) => {
        ours.set(0, 3);
        expect(await theirs.get(0)).toBe('3.0');
        ours.set(0, int(4));
        expect(await theirs.get(0)).toBe('4');
        ours.set(0, 5);
        expect(await theirs.get(0)).toBe('5');
        ours.set(0, float(6));
        expect(await theirs.get(0)).toBe('6.0');
      }));

    test('reads only the first bytes of text and bytes that became shorter', () =>
      withList(python, pairing, ROOMY.slice(0, 2), async (ours, theirs) => {
        await theirs.set(0, "'short'");
        ours.set(1, 'short');
        expect(ours.toArray()).toEqual(['short', 'short']);
        expect(await theirs.items()).toEqual(["'short'", "'short'"]);
        await theirs.set(0, `'${'y'.repeat(100)}'`);
        ours.set(1, 'y'.repeat(100));
        expect(ours.get(0)).toBe('y'.repeat(100));
        expect(await theirs.get(1)).toBe(`'${'y'.repeat(100)}'`);
      }));
  });
});
