import * as path from 'node:path';
import { float, int, ShareableList, SharedMemory } from 'named-shm';
import { run } from './support/programs';

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
const command = (...args: string[]) => run(process.execPath, [main, 'list', ...args]);

const ITEMS = [
  42,
  -(2n ** 63n),
  3.14,
  float(3),
  int(-1),
  NaN,
  -0,
  true,
  null,
  'Hello! 🎉\u001b[0m',
  Buffer.from([0x62, 0x22, 0xff]),
  '',
];

test('--json has every item with its index and type, and its value exactly', async () => {
  using list = ShareableList.create(ITEMS);
  const { code, stdout, stderr } = await command(list.name, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual([
    { index: 0, type: 'int', value: 42 },
    { index: 1, type: 'int', value: '-9223372036854775808' },
    { index: 2, type: 'float', value: 3.14 },
    { index: 3, type: 'float', value: 3 },
    { index: 4, type: 'int', value: -1 },
    { index: 5, type: 'float', value: 'NaN' },
    { index: 6, type: 'float', value: '-0' },
    { index: 7, type: 'bool', value: true },
    { index: 8, type: 'none', value: null },
    { index: 9, type: 'str', value: 'Hello! 🎉\u001b[0m' },
    { index: 10, type: 'bytes', value: 'YiL/' },
    { index: 11, type: 'str', value: '' },
  ]);
});

test('without it the same is a table that is safe on a terminal', async () => {
  using list = ShareableList.create([...ITEMS, 'x'.repeat(100)]);
  const { code, stdout } = await command(list.name);
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
    'INDEX  TYPE   VALUE',
    '    0  int    42',
    '    1  int    -9223372036854775808',
    '    2  float  3.14',
    '    3  float  3',
    '    4  int    -1',
    '    5  float  NaN',
    '    6  float  -0',
    '    7  bool   true',
    '    8  none   null',
    '    9  str    "Hello! 🎉\\u001b[0m"',
    '   10  bytes  b"b\\"\\xff"',
    '   11  str    ""',
    `   12  str    "${'x'.repeat(58)}…`,
    '',
  ]);
});

test('an empty list has no items', async () => {
  using list = ShareableList.create([]);
  expect((await command(list.name, '--json')).stdout).toBe('[]\n');
  expect((await command(list.name)).stdout).toBe('INDEX  TYPE  VALUE\n');
});

test('a segment that holds no list is exit code 1 and one message', async () => {
  using shm = SharedMemory.create({ size: 100, content: Buffer.alloc(100, 0xff) });
  const { code, stdout, stderr } = await command(shm.name, '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^named-shm: ERR_SHM_CORRUPT: [^\n]+\n$/);
});
