import { readFileSync } from 'node:fs';
import { inspect, isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { float, int, type ListItem, ShareableList, SharedResourceError } from 'named-shm';
import {
  type Layout,
  LAYOUTS,
  pack,
  packed,
  type PackedItem,
  segmentOf,
  thrownBy,
  word,
} from './shareable-list-fixtures';

// Bytes that nobody sane has written: what comes of them is a list whose every use ends with a value
// or an error of ours, or an error of ours at once. Failures print the seed to run them again with.

const INPUTS_EACH = 2000;

const OURS = ['ERR_SHM_CORRUPT', 'ERR_SHM_RANGE'];

const ASSIGNED: readonly ListItem[] = [
  7,
  -(2 ** 40),
  0.5,
  2n ** 62n,
  int(1),
  float(1),
  true,
  null,
  '',
  'text',
  'exactly8',
  'x'.repeat(100),
  Buffer.from('bytes'),
];

const item: fc.Arbitrary<PackedItem> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(packed.int),
  fc.double().map(packed.float),
  fc.boolean().map(packed.bool),
  fc.constant(packed.none()),
  fc.string({ unit: 'binary', maxLength: 20 }).map(packed.text),
  fc.uint8Array({ maxLength: 40 }).map(packed.bytes),
);

const layout = fc.constantFrom<Layout>(...LAYOUTS);

const validList = fc
  .tuple(fc.array(item, { minLength: 1, maxLength: 12 }), layout)
  .map(([items, version]) => pack(items, version));

/** Numbers that are near what a header may hold, or far beyond it. */
const headerWord = fc.oneof(
  fc.bigInt({ min: -2n, max: 64n }),
  fc.bigInt({ min: 0n, max: 32n }).map((n) => n * 8n),
  fc.constantFrom(
    2n ** 31n,
    2n ** 32n,
    2n ** 32n + 8n,
    2n ** 53n,
    2n ** 61n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    -8n,
    9_999_992n,
    10_000_000n,
  ),
);

const format = fc.oneof(
  fc.constantFrom('q', 'd', 'xxxxxxx?', 'xxxxxx?x', '8s', '16s', '0s', 's', '24s', '9999992s'),
  fc.constantFrom('99999999', '-8s', '8s8s', ' 8s', '8S', 'x', '?', 'Q', '8', '', '08s', '8s\0s'),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }),
);

interface Damage {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Damage anywhere, and with some preference in the header, the formats and the codes. */
const damage: fc.Arbitrary<Damage> = fc
  .tuple(
    fc.oneof(
      fc.nat(400),
      fc.nat(16).map((n) => n * 8),
      fc.nat(40).map((n) => -n),
    ),
    fc.oneof(
      headerWord.map(word),
      format.map((text) => Buffer.concat([Buffer.from(text, 'latin1')], 8)),
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
    ),
  )
  .map(([at, bytes]) => ({ at, bytes }));

const damages = fc.array(damage, { minLength: 1, maxLength: 4 });

test('random bytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    // Mostly zeros, as in a segment that something else lives in.
    fc
      .array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 1, maxLength: 300 })
      .map((values) => Uint8Array.from(values)),
  );
  check(bytes, (input) => {
    useAttached(input);
  });
});

test('random counts, tables, formats and codes', () => {
  const bytes = fc
    .tuple(
      fc.nat(6),
      fc.array(headerWord, { minLength: 1, maxLength: 8 }),
      fc.array(fc.tuple(format, fc.nat(4)), { maxLength: 6 }),
      fc.nat(64),
    )
    .map(([count, table, items, data]) =>
      Buffer.concat([
        word(BigInt(count)),
        ...table.map(word),
        Buffer.alloc(data, 'x'),
        ...items.map(([text]) => Buffer.concat([Buffer.from(text, 'latin1')], 8)),
        Buffer.from(items.map(([, code]) => code)),
      ]),
    );
  check(bytes, (input) => {
    useAttached(input);
  });
});

test('valid lists of either layout, damaged before they are attached to', () => {
  check(fc.tuple(validList, damages), ([bytes, hits]) => {
    for (const hit of hits) apply(bytes, hit);
    useAttached(bytes);
  });
});

test('valid lists of either layout, damaged after they are attached to', () => {
  check(fc.tuple(validList, damages), ([bytes, hits]) => {
    using shm = segmentOf(bytes);
    using list = ShareableList.attach(shm.name);
    const iterator = list[Symbol.iterator]();
    for (const hit of hits) {
      orOurError(() => iterator.next());
      apply(shm.buf, hit);
    }
    orOurError(() => iterator.next());
    useAll(list);
    expect(list.length).toBeLessThanOrEqual(12);
  });
});

test('valid lists of either layout, cut off anywhere', () => {
  check(fc.tuple(validList, fc.nat()), ([bytes, cut]) => {
    using shm = segmentOf(bytes.subarray(0, 1 + (cut % (bytes.length - 1))));
    const error = thrownBy(() => ShareableList.attach(shm.name));
    expect(isCorrupt(error)).toBe(true);
  });
});

test('valid lists of either layout are lists, and assigning stays within an item', () => {
  check(validList, (bytes) => {
    using shm = segmentOf(bytes, 16);
    using list = ShareableList.attach(shm.name);
    useSane(list);
    expect(shm.buf.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
  });
});

test.each([
  ['more items than any segment has', 2n ** 40n],
  ['as many as would overflow a product', 2n ** 61n],
  ['the largest count', 2n ** 63n - 1n],
  ['less than none', -1n],
  ['the smallest count', -(2n ** 63n)],
  ['as many as there are bytes', 4096n],
])('a count of %s is refused at once', (_, count) => {
  for (const second of [0n, 8n, 16n]) {
    using shm = segmentOf(Buffer.concat([word(count), word(second)], 4096));
    const before = process.memoryUsage().arrayBuffers;
    const error = thrownBy(() => ShareableList.attach(shm.name));
    expect(error).toMatchObject({
      code: 'ERR_SHM_CORRUPT',
      path: `/${shm.name}`,
      message: expect.stringMatching(/^ERR_SHM_CORRUPT: no list, .* bytes/) as string,
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  }
});

test.each<[string, Layout, number, Uint8Array]>([
  ['an offset that does not grow', '3.9', 16, word(0n)],
  ['an offset that goes back', '3.9', 16, word(40n)],
  ['an offset beyond the data', '3.9', 16, word(64n)],
  ['an offset that is no multiple of 8', '3.9', 16, word(20n)],
  ['an offset of 2 ** 32 more', '3.9', 16, word(2n ** 32n + 16n)],
  ['a negative offset', '3.9', 16, word(-16n)],
  ['data beyond the segment', '3.9', 32, word(1000n)],
  ['no data', '3.9', 32, word(0n)],
  ['a size of 0', '3.8', 16, word(0n)],
  ['a negative size that the next makes up for', '3.8', 16, Buffer.concat([word(-8n), word(40n)])],
  ['a size that is no multiple of 8', '3.8', 16, Buffer.concat([word(20n), word(12n)])],
  ['a size beyond the segment', '3.8', 24, word(1000n)],
  ['a first word that neither layout has', '3.8', 8, word(4n)],
])('%s is refused', (_, version, at, bytes) => {
  const wide = { format: 'q', code: 0, slot: Buffer.alloc(16) };
  const list = pack([wide, wide, wide], version);
  bytes.forEach((byte, i) => (list[at + i] = byte));
  using shm = segmentOf(list);
  expect(thrownBy(() => ShareableList.attach(shm.name))).toMatchObject({ code: 'ERR_SHM_CORRUPT' });
});

test('a slot that is larger than any format can say is refused', () => {
  const slot = Buffer.alloc(10_000_000);
  for (const version of LAYOUTS) {
    using shm = segmentOf(pack([{ format: 'q', code: 0, slot }], version));
    const error = thrownBy(() => ShareableList.attach(shm.name));
    expect(error).toMatchObject({
      message: expect.stringContaining('item 0 has a slot of 10000000 bytes') as string,
    });
  }
});

test('formats and codes that do not belong together are refused', () => {
  const kinds: [string, number][] = [
    ['q', 0],
    ['d', 0],
    ['xxxxxxx?', 0],
    ['xxxxxx?x', 3],
    ['8s', 1],
    ['8s', 2],
  ];
  const right = new Set(kinds.map(String));
  for (const text of [...kinds.map(([each]) => each), '16s', '8s8s', 's', '', 'i', 'xxxxxxxx']) {
    for (const code of [0, 1, 2, 3, 4, 255]) {
      using shm = segmentOf(pack([{ format: text, code, slot: Buffer.alloc(8) }], '3.9'));
      if (right.has(String([text, code]))) ShareableList.attach(shm.name).close();
      else {
        expect(thrownBy(() => ShareableList.attach(shm.name))).toMatchObject({
          code: 'ERR_SHM_CORRUPT',
        });
      }
    }
  }
});

test('large hostile lists are refused in time that their bytes bound', () => {
  const items = 100_000;
  const bytes = Buffer.alloc(16 + 25 * items, 0xff);
  bytes.writeBigInt64LE(BigInt(items), 0);
  for (let i = 0; i <= items; i += 1) bytes.writeBigInt64LE(BigInt(i * 8), 8 + 8 * i);
  using shm = segmentOf(bytes);
  const error = thrownBy(() => ShareableList.attach(shm.name));
  expect(error).toMatchObject({ code: 'ERR_SHM_CORRUPT' });
});

if (process.platform === 'linux') {
  test('what is refused is not left mapped or open', () => {
    using shm = segmentOf(Buffer.alloc(4096, 0xff));
    const mapped = (): number => readFileSync('/proc/self/maps', 'utf8').split(shm.name).length;
    const before = mapped();
    for (let i = 0; i < 100; i += 1) thrownBy(() => ShareableList.attach(shm.name));
    expect(mapped()).toBe(before);
  });
}

function check<T>(inputs: fc.Arbitrary<T>, property: (input: T) => void): void {
  fc.assert(fc.property(inputs, property), { numRuns: INPUTS_EACH });
}

function apply(bytes: Uint8Array, { at, bytes: hit }: Damage): void {
  const start = ((at % bytes.length) + bytes.length) % bytes.length;
  bytes.set(hit.subarray(0, bytes.length - start), start);
}

/** Attaches to a segment of these bytes: a list that is sane in every way, or ERR_SHM_CORRUPT. */
function useAttached(bytes: Uint8Array): void {
  using shm = segmentOf(bytes);
  let list: ShareableList;
  try {
    list = ShareableList.attach(shm.name);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return;
  }
  try {
    if (list.length * 25 > bytes.length) throw new Error(`${list.length} items in so few bytes`);
    useAll(list);
    useSane(list);
  } finally {
    list.close();
  }
}

/** Everything that can be done with a list, whatever became of its bytes. */
function useAll(list: ShareableList): void {
  orOurError(() => list.toArray());
  orOurError(() => list.format);
  for (const value of [0, 5n, 'text', Buffer.from('bytes'), null, true]) {
    orOurError(() => list.count(value));
    orOurError(() => list.indexOf(value));
  }
  for (let i = -list.length; i < list.length; i += 1) {
    orOurError(() => {
      if (!isValue(list.get(i))) throw new Error(`item ${i} reads ${inspect(list.get(i))}`);
    });
  }
  for (let i = 0; i < list.length; i += 1) {
    for (const value of ASSIGNED.filter((_, k) => (k + i) % 4 === 0)) {
      orOurError(() => {
        list.set(i, value);
      });
    }
  }
  inspect(list);
}

/** In a list that was found valid, an item takes what fits its slot, and only that item changes. */
function useSane(list: ShareableList): void {
  const header = Buffer.from(list.shm.buf.subarray(0, 8 * (list.length + 1)));
  const items = Array.from({ length: list.length }, (_, i) => i);
  for (const i of items) list.set(i, int(i));
  for (const i of items) {
    for (const value of ['exactly8', Buffer.from('12345678'), 0.25, true, null, -(2n ** 63n)]) {
      list.set(i, value);
      if (!isDeepStrictEqual(list.get(i), value))
        throw new Error(`item ${i} is not ${inspect(value)}`);
    }
    list.set(i, int(i));
    if (!isDeepStrictEqual(list.toArray(), items)) throw new Error(`item ${i} changed others`);
  }
  if (list.shm.buf.compare(header, 0, header.length, 0, header.length) !== 0)
    throw new Error('an assignment changed the header');
}

function isValue(value: unknown): boolean {
  return (
    value === null ||
    Buffer.isBuffer(value) ||
    ['number', 'bigint', 'boolean', 'string'].includes(typeof value)
  );
}

function isCorrupt(error: unknown): boolean {
  return error instanceof SharedResourceError && error.code === 'ERR_SHM_CORRUPT';
}

// Without expect(): these run a million times.

function orOurError(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!OURS.includes(String((error as { code?: unknown }).code))) throw error;
  }
}
