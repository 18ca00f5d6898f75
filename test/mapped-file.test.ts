// MappedFile: a file as memory, which others see at once and later ones find.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MappedFile, type MappedFileOptions, SharedResourceError } from 'named-shm';
import { collectGarbage } from './support/garbage';
import { type Exit, run, startChild } from './support/programs';

const PAGE = 4096;
const isWindows = process.platform === 'win32';
const OPEN = isWindows ? 'CreateFile' : 'open';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(tmpdir(), 'named-shm-file-'))));
afterEach(async () => {
  if (isWindows) await collectGarbage();
  fs.rmSync(folder, { recursive: true, force: true });
});

function at(name: string): string {
  return path.join(folder, name);
}

/** A file of these bytes. */
function made(name: string, content: string | Uint8Array): string {
  fs.writeFileSync(at(name), content);
  return at(name);
}

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code ?? String(error);
  }
  return undefined;
}

async function peer(...args: string[]): Promise<unknown> {
  const exit = await startChild('mapped-file-peer', args).exit;
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  return JSON.parse(exit.stdout);
}

describe('open', () => {
  test('maps the whole of a file, without a copy', () => {
    const name = made('file', 'Hello, file');
    using file = MappedFile.open(name);
    expect(file).toMatchObject({ path: name, size: 11, created: false, readOnly: false });
    expect(file.buf.toString()).toBe('Hello, file');
    file.buf.write('J');
    expect(fs.readFileSync(name, 'latin1')).toBe('Jello, file');
    fs.writeFileSync(name, 'HELLO', { flag: 'r+' });
    expect(file.buf.toString()).toBe('HELLO, file');
    expect(file.buf).toBe(file.buf);
    expect([...file.view('uint8', 7, 2)]).toEqual([...Buffer.from('fi')]);
    expect(() => file.view('int32', 0, 3)).toThrow(RangeError);
    expect(() => file.view('int32', 0, 3)).toThrow('but the file has 11 there');
  });

  test('create makes it with its size and nothing but zeros in it', () => {
    using file = MappedFile.open(at('new'), { create: true, size: 5000 });
    expect(file.created).toBe(true);
    expect(fs.statSync(at('new')).size).toBe(5000);
    expect(file.buf.equals(Buffer.alloc(5000))).toBe(true);
    using again = MappedFile.open(at('new'), { create: true, size: 10 });
    expect(again).toMatchObject({ created: false, size: 5000 });
  });

  test('create reserves its blocks, and lets nobody else in', () => {
    MappedFile.open(at('new'), { create: true, size: 5000 }).close();
    const { mode, blocks } = fs.statSync(at('new'));
    expect(mode & 0o777).toBe(0o600);
    expect(blocks * 512).toBeGreaterThanOrEqual(5000);
  });

  test('create makes a shorter one longer and keeps its bytes; else that is refused', () => {
    const name = made('short', 'abc');
    const tooShort = () => MappedFile.open(name, { size: 10 });
    expect(tooShort).toThrow(RangeError);
    expect(tooShort).toThrow(`file '${name}' has 3 bytes, fewer than the 10 asked for`);
    expect(fs.statSync(name).size).toBe(3);
    using file = MappedFile.open(name, { create: true, size: 10 });
    expect(file.buf.toString('latin1')).toBe('abc\0\0\0\0\0\0\0');
  });

  test('takes a URL and a relative path', () => {
    using file = MappedFile.open(pathToFileURL(at('ä b')), { create: true, size: PAGE });
    using same = MappedFile.open(path.relative(process.cwd(), file.path));
    same.buf[100] = 1;
    expect(file.buf[100]).toBe(1);
    expect([file.path, same.path]).toEqual([at('ä b'), at('ä b')]);
  });

  test('takes a long path', () => {
    const deep = path.join(folder, ...Array<string>(10).fill('d'.repeat(50)));
    fs.mkdirSync(deep, { recursive: true });
    using file = MappedFile.open(path.join(deep, 'file'), { create: true, size: 10 });
    file.buf.write('deep');
    expect(fs.readFileSync(file.path, 'latin1')).toContain('deep');
  });

  test('takes mode and reserve: false', () => {
    const options = { create: true, size: 1 << 30, reserve: false, mode: 0o640 };
    using file = MappedFile.open(at('sparse'), options);
    const { blocks, mode } = fs.statSync(at('sparse'));
    expect({ blocks, mode: mode & 0o777 }).toEqual({ blocks: 0, mode: 0o640 });
    file.buf[1 << 29] = 1;
  });

  test('several programs at once: one of them makes it, all have it', async () => {
    const name = at('race');
    const peers = Array.from({ length: 4 }, (_, i) =>
      startChild('mapped-file-peer', ['open', name, `${PAGE * (i + 1)}`]),
    );
    try {
      for (const program of peers) expect(await program.line()).toBe('ready');
      for (const program of peers) program.tell('go');
      const lines = await Promise.all(peers.map((program) => program.line()));
      const ends = lines.map((line) => JSON.parse(line) as { created: boolean; size: number });
      expect(ends.filter(({ created }) => created)).toHaveLength(1);
      for (const [i, { size }] of ends.entries())
        expect(size).toBeGreaterThanOrEqual(PAGE * (i + 1));
      expect(fs.statSync(name).size).toBe(4 * PAGE); // Nobody cut what another had made longer.
    } finally {
      for (const program of peers) await program[Symbol.asyncDispose]();
    }
  });

  test.each([
    ['ENOENT', 'no such file', (): string => at('none')],
    ['ENOENT', 'no such file', (): string => at('none/file'), { create: true, size: 1 }],
    ['EISDIR', 'illegal operation on a directory', (): string => folder],
    ['EINVAL', 'not a regular file', (): string => folder, { readOnly: true }],
    // Windows has one word for all ways not to find it; fs.open says the same there.
    isWindows
      ? ['ENOENT', 'no such file', (): string => path.join(made('file', 'x'), 'x')]
      : ['ENOTDIR', 'not a directory', (): string => path.join(made('file', 'x'), 'x')],
    isWindows
      ? ['ENOENT', 'no such file', (): string => at('x'.repeat(300))]
      : ['ENAMETOOLONG', 'name too long for a file', (): string => at('x'.repeat(300))],
    ['ERR_SHM_EMPTY', 'file has no size yet', (): string => made('empty', '')],
  ] as const)('%s', (code, text, name, options: MappedFileOptions = {}) => {
    const file = name();
    let error: unknown;
    try {
      MappedFile.open(file, options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SharedResourceError);
    expect(error).toMatchObject({ code, syscall: OPEN, path: file });
    expect((error as Error).message).toContain(`${code}: ${text}, ${OPEN} '${file}'`);
  });

  test('a device is refused', () => {
    expect(() => MappedFile.open('/dev/null')).toThrow(
      "EINVAL: not a regular file, open '/dev/null'",
    );
  });

  test('a FIFO that nobody writes to is refused, not waited for', () => {
    expect(spawnSync('mkfifo', [at('fifo')]).status).toBe(0);
    for (const readOnly of [false, true])
      expect(codeOf(() => MappedFile.open(at('fifo'), { readOnly }))).toBe('EINVAL');
  });

  test.each([
    [42, {}, 'ERR_SHM_TYPE'],
    ['', {}, 'ERR_SHM_NAME'],
    ['a\0b', {}, 'ERR_SHM_NAME'],
    ['x', 'options', 'ERR_SHM_TYPE'],
    ['x', { create: true }, 'ERR_SHM_RANGE'],
    ['x', { create: 1, size: 1 }, 'ERR_SHM_TYPE'],
    ['x', { create: true, size: 0 }, 'ERR_SHM_RANGE'],
    ['x', { create: true, size: 1.5 }, 'ERR_SHM_RANGE'],
    ['x', { create: true, size: '1' }, 'ERR_SHM_TYPE'],
    ['x', { create: true, size: 1, readOnly: true }, 'ERR_SHM_READ_ONLY'],
    ['x', { readOnly: 'no' }, 'ERR_SHM_TYPE'],
    ['x', { reserve: 0 }, 'ERR_SHM_TYPE'],
    ['x', { mode: 0o1000 }, 'ERR_SHM_RANGE'],
  ])('%j with %j is %s', (file, options, code) => {
    const open = () => MappedFile.open(file as string, options as MappedFileOptions);
    expect(codeOf(open)).toBe(code);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('what is refused or closed holds no file descriptor', () => {
    const name = made('file', 'x');
    const descriptors = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (let i = 0; i < 100; i += 1) {
      MappedFile.open(name).close();
      codeOf(() => MappedFile.open(name, { size: 2 }));
      codeOf(() => MappedFile.open('/dev/null'));
    }
    expect(descriptors()).toBe(before);
  });
});

describe('what was written', () => {
  test('is there for another program at once, and after a kill -9 without a flush', async () => {
    const name = at('counts');
    using file = MappedFile.open(name, { create: true, size: 64 * 1024 });
    const numbers = file.view('uint32');
    await using writer = startChild('mapped-file-peer', ['write', name]);
    await writer.line();
    while (numbers[0] === undefined || numbers[0] < 3);
    writer.child.kill('SIGKILL');
    expect(await writer.exit).toMatchObject({ code: null, signal: 'SIGKILL' });
    const { buffer, byteOffset, byteLength } = fs.readFileSync(name);
    const found = new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    expect(found).toEqual(numbers.slice());
    // It went through them in order: those before where it died are one ahead at most.
    expect((found[0] as number) - (found.at(-1) as number)).toBeLessThanOrEqual(1);
    expect([...found].every((n, i) => i === 0 || n <= (found[i - 1] as number))).toBe(true);
  });

  test('is there after flush and flushSync', async () => {
    const name = at('flushed');
    using file = MappedFile.open(name, { create: true, size: 3 * PAGE });
    file.buf.fill(1);
    await expect(file.flush()).resolves.toBeUndefined();
    file.buf.fill(2);
    file.flushSync();
    expect(fs.readFileSync(name).every((byte) => byte === 2)).toBe(true);
  });

  test("flushing takes none of libuv's threads", async () => {
    expect(await peer('flush', at('flush'))).toEqual({ before: true });
  });

  test('a flush under way is not stopped by close, many at once end', async () => {
    const file = MappedFile.open(at('flushed'), { create: true, size: 1 << 20 });
    file.buf.fill(5);
    const flushes = Array.from({ length: 20 }, () => file.flush());
    file.close();
    await Promise.all(flushes);
    expect(fs.readFileSync(at('flushed')).every((byte) => byte === 5)).toBe(true);
    await expect(file.flush()).rejects.toMatchObject({ code: 'ERR_SHM_CLOSED' });
    expect(codeOf(() => file.flushSync())).toBe('ERR_SHM_CLOSED');
  });
});

describe('close', () => {
  test('leaves the file as it is: old views read zeros and write to nobody', () => {
    const name = made('file', 'abcdef');
    const file = MappedFile.open(name);
    const { buf } = file;
    file.close();
    file.close();
    expect(buf.toString('latin1')).toBe('\0\0\0\0\0\0');
    buf.fill('x');
    expect(fs.readFileSync(name, 'latin1')).toBe('abcdef');
    for (const use of [() => file.buf, () => file.view('uint8'), () => file.resize(1)])
      expect(codeOf(use)).toBe('ERR_SHM_CLOSED');
    expect(file.closed).toBe(true);
  });

  test('with views from before a resize as well', () => {
    const file = MappedFile.open(made('file', 'abcdef'));
    const views = [file.buf];
    for (const size of [10_000, 3, 5000]) {
      file.resize(size);
      views.push(file.buf);
    }
    file.close();
    for (const view of views) {
      expect(view.every((byte) => byte === 0)).toBe(true);
      view.fill('x');
    }
    expect(fs.readFileSync(at('file')).subarray(0, 4)).toEqual(Buffer.from('abc\0'));
  });

  test("jobs in Node's threads are not harmed by it, nor by resize", async () => {
    expect(await peer('jobs', at('jobs'))).toEqual({ ended: 540 });
  });
});

describe('readOnly', () => {
  test('writes stay here, and nothing that needs the right to write is allowed', async () => {
    const name = made('file', 'abc');
    fs.chmodSync(name, 0o400);
    using file = MappedFile.open(name, { readOnly: true });
    file.buf.write('x');
    expect(file.buf.toString()).toBe('xbc');
    expect(fs.readFileSync(name, 'latin1')).toBe('abc');
    for (const use of [() => file.flushSync(), () => file.resize(9)])
      expect(codeOf(use)).toBe('ERR_SHM_READ_ONLY');
    await expect(file.flush()).rejects.toMatchObject({ code: 'ERR_SHM_READ_ONLY' });
    expect(codeOf(() => MappedFile.open(name, { readOnly: true, size: 4 }))).toBe('ERR_SHM_RANGE');
  });

  test('without the right to write, opening for writing is EACCES', async () => {
    const name = made('file', 'abc');
    fs.chmodSync(name, 0o444);
    fs.chmodSync(folder, 0o755);
    const script = `
      const { MappedFile } = require('named-shm');
      console.log(MappedFile.open(process.argv[1], { readOnly: true }).buf.toString());
      try { MappedFile.open(process.argv[1]) } catch (error) { console.log(error.code) }`;
    const uid = process.getuid?.() === 0 ? 65534 : undefined; // Root may do everything.
    const exit = await run(process.execPath, ['-e', script, name], { uid });
    expect(exit).toMatchObject({ code: 0, stdout: 'abc\nEACCES\n', stderr: '' });
  });
});

describe('resize', () => {
  test('makes it longer: views taken before stay views of the file', () => {
    const name = made('file', 'abc');
    using file = MappedFile.open(name);
    const before = file.buf;
    file.resize(3 * PAGE);
    expect(file.size).toBe(3 * PAGE);
    expect(file.buf).not.toBe(before);
    expect(file.buf.length).toBe(3 * PAGE);
    expect(fs.statSync(name).size).toBe(3 * PAGE);
    before[0] = 0x78;
    file.buf[3 * PAGE - 1] = 1;
    expect(file.buf.toString('latin1', 0, 4)).toBe('xbc\0');
    expect(fs.readFileSync(name)).toEqual(file.buf);
  });

  test('makes it shorter: what is gone reads zeros in views taken before, for good', () => {
    const name = made('file', Buffer.alloc(3 * PAGE, 'a'));
    using file = MappedFile.open(name);
    const before = file.buf;
    file.resize(PAGE + 10);
    expect(fs.statSync(name).size).toBe(PAGE + 10);
    expect(before.subarray(2 * PAGE).every((byte) => byte === 0)).toBe(true);
    expect(before[PAGE]).toBe(0x61);
    before.fill('b', 2 * PAGE);
    before[0] = 0x63;
    file.resize(3 * PAGE);
    expect(file.buf[0]).toBe(0x63);
    expect(file.buf.subarray(PAGE + 10).every((byte) => byte === 0)).toBe(true);
    expect(before[2 * PAGE]).toBe(0x62); // Of nobody else's any more.
  });

  test("follows another program's", () => {
    const name = made('file', 'abc');
    using file = MappedFile.open(name);
    using other = MappedFile.open(name);
    other.resize(2 * PAGE);
    expect(file.size).toBe(3);
    file.resize(fs.statSync(name).size);
    other.buf[PAGE] = 9;
    expect(file.buf[PAGE]).toBe(9);
  });

  test('many times: a process may, and keeps no mappings that nobody has views of', () => {
    using file = MappedFile.open(at('log'), { create: true, size: 1 });
    for (let size = 1; size <= 3000; size += 1) file.resize(size);
    expect(fs.statSync(at('log')).size).toBe(3000);
    const mappings = fs.readFileSync('/proc/self/maps', 'latin1').split(at('log')).length - 1;
    expect(mappings).toBe(1);
  });

  test.each([0, -1, 1.5, NaN, 2 ** 53])('to %d is refused', (size) => {
    using file = MappedFile.open(made('file', 'abc'));
    expect(codeOf(() => file.resize(size))).toBe('ERR_SHM_RANGE');
    expect(file.buf.toString()).toBe('abc');
  });

  test('beyond what a file can be is an error, and the file is as it was', () => {
    using file = MappedFile.open(made('file', 'abc'));
    expect(codeOf(() => file.resize(2 ** 53 - 1))).toMatch(/^(EFBIG|ENOSPC|ENOMEM)$/);
    expect(file.buf.toString()).toBe('abc');
    expect(file.size).toBe(3);
  });
});

describe('a file that another program makes shorter', () => {
  test.each([0, PAGE])('to %d bytes: an error, no crash', async (left) => {
    const name = made('file', Buffer.alloc(64 * PAGE, 1));
    await using user = startChild('mapped-file-peer', ['cut', name]);
    expect(await user.line()).toBe('cut');
    fs.truncateSync(name, left);
    const code = 'ERR_SHM_TRUNCATED';
    expect(JSON.parse(await user.line())).toEqual([code, code, code, code]);
    expect(await user.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test('the message says what to do, and opening again does it', () => {
    const name = made('file', Buffer.alloc(2 * PAGE, 1));
    using file = MappedFile.open(name);
    const view = file.view('uint8');
    fs.truncateSync(name, 1);
    expect(view[PAGE]).toBe(0);
    expect(() => file.buf).toThrow(
      `ERR_SHM_TRUNCATED: file '${name}' lost pages while it was mapped`,
    );
    expect(() => file.buf).toThrow(/Close it and open again$/);
    using again = MappedFile.open(name);
    expect([...again.buf]).toEqual([1]);
  });
});

test('on a full disk, opening and growing are ENOSPC and nothing is left of them', async () => {
  const script = `
    mount -t tmpfs -o size=1m tmpfs "$1"
    "$2" "$3" full "$1/file" 8388608
    stat -c %s "$1"/*`;
  const child = path.join(__dirname, '..', 'out', 'test', 'children', 'mapped-file-peer.js');
  const args = ['-m', 'sh', '-ec', script, 'sh', folder, process.execPath, child];
  const exit: Exit = await run('unshare', process.getuid?.() === 0 ? args : ['-r', ...args]);
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  const [codes = '', ...sizes] = exit.stdout.trim().split('\n');
  expect(JSON.parse(codes)).toEqual(['ENOSPC', 'ENOSPC', PAGE, 1, 'ERR_SHM_TRUNCATED']);
  expect(sizes).toEqual([`${PAGE}`, '8388608']);
});
