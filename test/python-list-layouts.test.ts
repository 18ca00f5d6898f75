import { float, type ListItem, ShareableList } from 'named-shm';
import { pythons } from './support/python';
import { describeEachPython, PythonServer } from './support/python-server';

const LITERAL = "[42, 3.14, 'Hello! 🎉', b'bytes', None, True]";
const ITEMS: readonly ListItem[] = [42, 3.14, 'Hello! 🎉', Buffer.from('bytes'), null, true];

/** What CPython 3.8 makes of them, in bytes. */
const LAYOUT_3_8 = hex(`
  0600000000000000 0800000000000000   0800000000000000 1000000000000000
  0800000000000000 0800000000000000   0800000000000000 2a00000000000000
  1f85eb51b81e0940 48656c6c6f2120f0   9f8e890000000000 6279746573000000
  0000000000000000 0000000000000001   7100000000000000 6400000000000000
  3136730000000000 3873000000000000   7878787878783f78 787878787878783f
  000001020300`);

/** What CPython 3.9 and later make of them. */
const LAYOUT_3_9 = hex(`
  0600000000000000 0000000000000000   0800000000000000 1000000000000000
  2000000000000000 2800000000000000   3000000000000000 3800000000000000
  2a00000000000000 1f85eb51b81e0940   48656c6c6f2120f0 9f8e890000000000
  6279746573000000 0000000000000000   0000000000000001 7100000000000000
  6400000000000000 3136730000000000   3873000000000000 7878787878783f78
  787878787878783f 000001020300`);

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

test('our lists are, byte for byte, those of CPython 3.9 and later', () => {
  using ours = ShareableList.create(ITEMS);
  expect(ours.shm.buf.toString('hex')).toBe(LAYOUT_3_9.toString('hex'));
});

describeEachPython((python) => {
  test('stock Python writes the bytes that are known of its version', async () => {
    await using theirs = await python.createList('stock', LITERAL);
    const known = python.minor === 8 ? LAYOUT_3_8 : LAYOUT_3_9;
    expect((await theirs.read()).toString('hex')).toBe(known.toString('hex'));
  });

  test('named_shm writes the layout of 3.9 on every version', async () => {
    await using theirs = await python.createList('named_shm', LITERAL);
    expect((await theirs.read()).toString('hex')).toBe(LAYOUT_3_9.toString('hex'));
  });

  test('a list keeps its layout, byte for byte as if Python had assigned, when we assign', async () => {
    const blank = "[0, 0.0, 'some text of', b'bytes', 'none', False]";
    await using assigned = await python.createList('stock', blank);
    await using theirs = await python.createList('stock', blank);
    using ours = ShareableList.attach(theirs.name);
    const changes: readonly (readonly [index: number, python: string, ours: ListItem])[] = [
      [0, '-5', -5],
      [1, '2.0', float(2)],
      [2, "'Hello! 🎉 abcd'", 'Hello! 🎉 abcd'],
      [3, "'12345678'", '12345678'],
      [4, "b'\\xff1234567'", Buffer.from('\xff1234567', 'latin1')],
      [5, 'True', true],
    ];
    for (const [index, literal, item] of changes) {
      await assigned.set(index, literal);
      ours.set(index, item);
    }
    expect(ours.shm.buf.toString('hex')).toBe((await assigned.read()).toString('hex'));
  });

  test("stock Python's lists of 1,000 items of changing sizes are the same to us", async () => {
    const texts = Array.from({ length: 1000 }, (_, i) => 'x'.repeat(i % 57));
    const literal = JSON.stringify(texts);
    await using theirs = await python.createList('stock', literal);
    using ours = ShareableList.attach(theirs.name);
    expect(ours.toArray()).toEqual(texts);
    expect(ours.format).toBe(await theirs.format());
    ours.set(999, 'end');
    ours.set(500, 'half');
    expect(await theirs.get(999)).toBe("'end'");
    expect(await theirs.get(500)).toBe("'half'");
  });
});

const everyPython = pythons();

(everyPython.length > 0 ? describe : describe.skip)(
  'every Python at hand, one after another',
  () => {
    const servers = everyPython.map((python) => new PythonServer(python));
    const oldest = servers[0] as PythonServer;

    beforeAll(() => {
      servers.forEach((server) => {
        server.start();
      });
    });
    afterAll(() => Promise.all(servers.map((server) => server.stop())));

    async function passRound(name: string, ours: ShareableList): Promise<void> {
      for (const [i, server] of servers.entries()) {
        await using theirs = await server.attachList('named_shm', name);
        expect(await theirs.get(0)).toBe(String(i));
        await theirs.set(0, String(i + 1));
        await theirs.set(i + 1, `'é ${server.python.version}'`);
        expect(ours.get(0)).toBe(i + 1);
      }
      expect(ours.toArray()).toEqual([
        servers.length,
        ...servers.map((server) => `é ${server.python.version}`),
      ]);
    }

    test('take a list of ours, each changing an item', async () => {
      using ours = ShareableList.create([0, ...servers.map(() => ' '.repeat(16))]);
      await passRound(ours.name, ours);
    });

    test('take a list of the oldest one, 3.8 if there is one, each changing an item', async () => {
      const blank = `[0, ${servers.map(() => "' '*16").join(', ')}]`;
      await using theirs = await oldest.createList('stock', blank);
      using ours = ShareableList.attach(theirs.name);
      await passRound(theirs.name, ours);
      expect(await theirs.items()).toEqual([
        String(servers.length),
        ...servers.map((server) => `'é ${server.python.version}'`),
      ]);
    });
  },
);
