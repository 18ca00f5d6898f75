import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { SharedMemory } from 'named-shm';
import { type ProgramOptions, run } from './support/programs';

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
const command = (args: readonly string[], options?: ProgramOptions) =>
  run(process.execPath, [main, ...args], options);
/** A line of shell in which `$c` is the command, `$n` the segment's name and `$f` the folder. */
const shell = (line: string) =>
  run('sh', ['-c', `c="${process.execPath} ${main}"; ${line}`], { env: { n: name, f: folder } });

let name: string;
let folder: string;
let shm: SharedMemory;

/** The segment of the test, with room for the content or as many zeros. */
function fill(content: number | Uint8Array): void {
  shm =
    typeof content === 'number'
      ? SharedMemory.create({ name, size: content })
      : SharedMemory.create({ name, size: content.length, content });
}

beforeEach(() => {
  name = `nshm_cli_${randomBytes(6).toString('hex')}`;
  folder = mkdtempSync(path.join(tmpdir(), 'nshm-bytes-'));
});

afterEach(() => {
  shm[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('write and read', () => {
  // More than one chunk, and no round number.
  const bytes = randomBytes(3 * 2 ** 20 + 17);

  test.each([
    ['files', '$c write $n < $f/in; $c read $n > $f/out'],
    ['pipes', 'cat $f/in | $c write $n; $c read $n | cat > $f/out'],
  ])('carry any bytes unchanged, through %s', async (_, line) => {
    fill(bytes.length);
    writeFileSync(path.join(folder, 'in'), bytes);
    expect(await shell(line)).toMatchObject({ code: 0, stderr: '' });
    expect(shm.buf.equals(bytes)).toBe(true);
    expect(readFileSync(path.join(folder, 'out')).equals(bytes)).toBe(true);
  });

  test('--offset and --length name a part, and the bytes around it stay', async () => {
    fill(100);
    shm.buf.fill('.');
    const part = ['--offset', '0x0a', '--length', '5'];
    const written = await command(['write', name, ...part], { input: '0123456789' });
    expect(written).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(shm.buf.toString('latin1', 0, 20)).toBe('..........01234.....');
    expect((await command(['read', name, ...part])).stdout).toBe('01234');
    expect((await command(['read', name, '--offset', '95'])).stdout).toBe('.....');
    expect((await command(['read', name, '--offset', '100'])).stdout).toBe('');
    expect((await command(['read', name, '--length', '0'])).stdout).toBe('');
  });

  test('input shorter than the segment leaves the rest as it was', async () => {
    fill(6);
    shm.buf.fill('.');
    expect(await command(['write', name], { input: 'abc' })).toMatchObject({ code: 0 });
    expect(await command(['write', name], { input: '' })).toMatchObject({ code: 0 });
    expect(shm.buf.toString()).toBe('abc...');
  });

  test('a file that does not fit is refused before anything is written', async () => {
    fill(10);
    writeFileSync(path.join(folder, 'in'), '01234567890');
    const { code, stderr } = await shell('$c write $n < $f/in');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^named-shm: the input has 11 bytes, more than the 10 bytes [^\n]+\n$/);
    expect(shm.buf.equals(Buffer.alloc(10))).toBe(true);
  });

  test('of a file that somebody has read from, only the rest has to fit', async () => {
    fill(10);
    writeFileSync(path.join(folder, 'in'), 'skip these0123456789');
    const line = '{ dd bs=10 count=1 status=none of=/dev/null; $c write $n; } < $f/in';
    expect(await shell(line)).toMatchObject({ code: 0, stderr: '' });
    expect(shm.buf.toString()).toBe('0123456789');
  });

  test('a stream that does not fit is an error, and ends at the end of the segment', async () => {
    fill(10);
    const options = { input: '0123456789abcdef' };
    const { code, stderr } = await command(['write', name, '--offset', '5'], options);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^named-shm: the input is longer than the 5 bytes [^\n]+ offset 5 [^\n]+\n$/,
    );
    expect(shm.buf.toString('latin1')).toBe('\0\0\0\0\x0001234');
  });

  test('a stream without an end is cut off by --length', async () => {
    fill(2 ** 20);
    shm.buf.fill(1);
    const { code } = await shell('$c write $n --length 1000000 < /dev/zero');
    expect(code).toBe(0);
    expect(shm.buf.indexOf(1)).toBe(1_000_000);
  });

  test.each([
    ['an offset beyond the end', ['--offset', '101'], /offset 101 is beyond the end .* 100 bytes/],
    [
      'too long a part',
      ['--offset', '90', '--length', '11'],
      /has 10 bytes from offset 90 .* not 11/,
    ],
  ])('%s is exit code 1 and changes nothing', async (_, part, message) => {
    fill(100);
    for (const verb of ['read', 'write', 'dump']) {
      const { code, stdout, stderr } = await command([verb, name, ...part], { input: 'xxx' });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^named-shm: [^\n]+\n$/);
    }
    expect(shm.buf.equals(Buffer.alloc(100))).toBe(true);
  });

  test('a segment of 5 GiB is reached beyond 4 GiB', async () => {
    shm = SharedMemory.create({ name, size: 5 * 2 ** 30, reserve: false });
    const part = ['--offset', '4294967290'];
    expect(await command(['write', name, ...part], { input: 'across 4GiB' })).toMatchObject({
      code: 0,
    });
    const { stdout } = await command(['read', name, ...part, '--length', '11']);
    expect(stdout).toBe('across 4GiB');
    const dump = await command(['dump', name, '--offset', '0x100000000', '--length', '5']);
    expect(dump.stdout).toMatch(/^100000000 {2}20 34 47 69 42 .*\|.4GiB\|\n100000005\n$/);
  });
});

describe('a reader or a disk that does not take everything', () => {
  test('a reader that has enough ends read and dump quietly', async () => {
    fill(randomBytes(8 * 2 ** 20));
    for (const verb of ['read', 'dump']) {
      const { stderr } = await shell(
        `{ $c ${verb} $n; echo "code $?" >&2; } | head -c 1 >/dev/null`,
      );
      expect(stderr).toBe('code 0\n');
    }
  });

  test('a full disk is exit code 1 and one message', async () => {
    fill(10);
    for (const line of ['$c read $n', '$c dump $n', '$c ls', '$c stat $n --json']) {
      const { code, stderr } = await shell(`${line} > /dev/full`);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^named-shm: ENOSPC: no space left on device[^\n]*\n$/);
    }
  });

  test('a file that can take a part only is not taken for written', async () => {
    fill(100_000);
    // Blocks of 512 bytes: the one write of 100,000 bytes comes to 65,536.
    const { code, stderr } = await shell('ulimit -f 128; $c read $n > $f/out');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^named-shm: EFBIG: [^\n]+\n$/);
  });

  test('a segment that is cut off while it is read is an error', async () => {
    fill(8 * 2 ** 20);
    const child = spawn(process.execPath, [main, 'read', name], { stdio: 'pipe' });
    try {
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      // It stands in the write of its first mebibyte, far more than the pipe and we take.
      await once(child.stdout, 'readable');
      truncateSync(`/dev/shm/${name}`, 2 ** 20);
      child.stdout.resume();
      expect(await once(child, 'close')).toEqual([1, null]);
      expect(stderr).toMatch(/^named-shm: ERR_SHM_TRUNCATED: [^\n]+\n$/);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('dump', () => {
  test('is what hexdump -C prints: 16 bytes a line, repeated lines as one *', async () => {
    const content = Buffer.concat([
      Buffer.from('Hello, World! \x7f~'),
      Buffer.alloc(16, 0xff),
      Buffer.alloc(64),
      Buffer.from([0x0a, 0x80, 0x41]),
    ]);
    fill(content);
    const { code, stdout } = await command(['dump', name]);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '00000000  48 65 6c 6c 6f 2c 20 57  6f 72 6c 64 21 20 7f 7e  |Hello, World! .~|',
      '00000010  ff ff ff ff ff ff ff ff  ff ff ff ff ff ff ff ff  |................|',
      '00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|',
      '*',
      '00000060  0a 80 41                                          |..A|',
      '00000063',
      '',
    ]);
  });

  test('--offset and --length name a part', async () => {
    fill(Buffer.from('0123456789'.padEnd(40, '\0')));
    const { stdout } = await command(['dump', name, '--offset', '3', '--length', '9']);
    expect(stdout).toBe(
      '00000003  33 34 35 36 37 38 39 00  00                       |3456789..|\n0000000c\n',
    );
    expect((await command(['dump', name, '--offset', '40'])).stdout).toBe('');
  });

  test('repeated lines are one * across chunks too', async () => {
    fill(4 * 2 ** 20);
    shm.buf[0x2f_ffff] = 1;
    const { stdout } = await command(['dump', name]);
    const offsets = stdout.split('\n').map((line) => line.slice(0, 8));
    const expected = ['00000000', '*', '002ffff0', '00300000', '*', '00400000', ''];
    expect(offsets).toEqual(expected);
  });
});
