import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { Lock, SharedMemory } from 'named-shm';
import { uniqueName } from './support/own-journals';
import { startChild } from './support/programs';
import { systemNames } from './support/system-names';

/** What other programs put into the folder of shared memory. */
let name: string;
let file: string;

beforeEach(() => {
  name = uniqueName('foreign');
  file = `/dev/shm/${name}`;
});

afterEach(() => {
  for (const other of systemNames().filter((other) => other.includes(name)))
    rmSync(`/dev/shm/${other}`, { recursive: true });
});

/** The calls that open what has the name. */
const OPENERS: readonly [string, (name: string) => SharedMemory][] = [
  ['attach', (name) => SharedMemory.attach(name)],
  ['attach read-only', (name) => SharedMemory.attach(name, { readOnly: true })],
  ['createOrAttach', (name) => SharedMemory.createOrAttach({ name, size: 10 })],
];

describe.each(OPENERS)('%s', (_call, open) => {
  test('of a segment that has no size waits a bounded time, then says ERR_SHM_EMPTY', () => {
    writeFileSync(file, '');
    expect(() => open(name)).toThrow(
      expect.objectContaining({
        name: 'SharedResourceError',
        code: 'ERR_SHM_EMPTY',
        path: `/${name}`,
        message: expect.stringMatching(/named-shm rm/) as string,
      }) as Error,
    );
    expect(systemNames()).toContain(name);
  });

  test('of a segment that gets its size meanwhile waits for that', async () => {
    await using sizer = startChild('never-crash-sizer', [`${process.pid}`, name, '5000']);
    expect(await sizer.line()).toBe('there');
    using shm = open(name);
    expect(shm.size).toBe(5000);
    expect(await sizer.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(shm.buf.toString('latin1', 0, 5)).toBe('early');
  });

  test.each<[string, () => void, string]>([
    ['FIFO', () => execFileSync('mkfifo', [file]), 'EINVAL'],
    [
      'folder',
      () => {
        mkdirSync(file);
      },
      'EINVAL',
    ],
    ['device', () => execFileSync('mknod', [file, 'c', '1', '5']), 'EINVAL'],
  ])('of a %s is an error and no hang', (_kind, make, code) => {
    make();
    expect(() => open(name)).toThrow(
      expect.objectContaining({
        name: 'SharedResourceError',
        code,
        syscall: 'shm_open',
        path: `/${name}`,
        message: expect.stringMatching(/^EINVAL: not a shared memory segment/) as string,
      }) as Error,
    );
  });

  test('of a symbolic link does not follow it', () => {
    using target = SharedMemory.create({ size: 10 });
    symlinkSync(`/dev/shm/${target.name}`, file);
    expect(() => open(name)).toThrow(
      expect.objectContaining({ name: 'SharedResourceError', code: 'ELOOP' }) as Error,
    );
  });

  test('of a symbolic link that leads nowhere neither', () => {
    symlinkSync('/dev/shm/no-such-target', file);
    expect(() => open(name)).toThrow(
      expect.objectContaining({ name: 'SharedResourceError', code: 'ELOOP' }) as Error,
    );
    expect(systemNames()).not.toContain('no-such-target');
  });

  test('of a socket is an error', async () => {
    const server = net.createServer().listen(file);
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      expect(() => open(name)).toThrow(
        expect.objectContaining({ name: 'SharedResourceError', path: `/${name}` }) as Error,
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test('none of them is in the list of segments', () => {
  mkdirSync(file);
  symlinkSync('/etc/hostname', `${file}-link`);
  execFileSync('mkfifo', [`${file}-fifo`]);
  writeFileSync(`/dev/shm/sem.${name}`, '');
  expect(SharedMemory.list().filter((info) => info.name.includes(name))).toEqual([]);
});

test('create over any of them is EEXIST and leaves it alone', () => {
  execFileSync('mkfifo', [file]);
  symlinkSync('/dev/shm/no-such-target', `${file}-link`);
  for (const taken of [name, `${name}-link`]) {
    for (const size of [1, 10 << 20]) {
      expect(() => SharedMemory.create({ name: taken, size })).toThrow(
        expect.objectContaining({ code: 'EEXIST' }) as Error,
      );
    }
    expect(systemNames()).toContain(taken);
  }
  expect(systemNames()).not.toContain('no-such-target');
});

test.each<[string, (file: string) => void]>([
  ['an empty file', (file) => { writeFileSync(file, ''); }], // prettier-ignore
  ['a short file', (file) => { writeFileSync(file, 'abc'); }], // prettier-ignore
  ['a folder', (file) => { mkdirSync(file); }], // prettier-ignore
  ['a FIFO', (file) => { execFileSync('mkfifo', [file]); }], // prettier-ignore
  ['a symbolic link', (file) => { symlinkSync('/etc/hostname', file); }], // prettier-ignore
])('a lock that is %s is an error', (_what, make) => {
  make(`/dev/shm/sem.${name}`);
  expect(() => Lock.attach(name)).toThrow(
    expect.objectContaining({ name: 'SharedResourceError', path: `/${name}` }) as Error,
  );
});

test('a lock of garbage is a lock in some state, or an error', () => {
  for (const byte of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
    writeFileSync(`/dev/shm/sem.${name}`, Buffer.alloc(32, byte));
    const use = () => {
      using lock = Lock.attach(name);
      lock.tryAcquire();
      lock.acquireSync({ timeout: 1 });
      lock.release();
    };
    try {
      use();
    } catch (error) {
      expect((error as { code?: unknown }).code).toMatch(/^E/);
    }
  }
});
