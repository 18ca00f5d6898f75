import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Lock, SharedArray, SharedMemory } from 'named-shm';
import { uniqueName } from './support/own-journals';
import { run, startChild } from './support/programs';
import { systemNames } from './support/system-names';

describe('a write to a read-only handle', () => {
  test('crashes nobody, stays local, and others do not see it', () => {
    using shm = SharedMemory.create({ size: 3 * 4096 });
    shm.buf.fill(1);
    using readOnly = SharedMemory.attach(shm.name, { readOnly: true });
    using second = SharedMemory.attach(shm.name, { readOnly: true });
    const view = readOnly.view('uint8');
    view[0] = 2;
    readOnly.buf.fill(3, 4096, 8192);
    expect([view[0], view[1], view[5000]]).toEqual([2, 1, 3]);
    expect(shm.buf.every((byte) => byte === 1)).toBe(true);
    expect(second.buf.every((byte) => byte === 1)).toBe(true);
    shm.buf.fill(9);
    // What was not written to follows the segment, page by page.
    expect([view[0], view[8192]]).toEqual([2, 9]);
    expect(second.buf.every((byte) => byte === 9)).toBe(true);
  });

  test('through an array stays local too', () => {
    using array = SharedArray.create('float64', [8, 8]);
    using readOnly = SharedArray.attach(array.name, 'float64', [8, 8], { readOnly: true });
    readOnly.set(3, 3, 1.5);
    readOnly.row(4).fill(2);
    expect([readOnly.get(3, 3), readOnly.get(4, 0)]).toEqual([1.5, 2]);
    expect(array.data.every((value) => value === 0)).toBe(true);
  });

  test('by a job of Node stays local too', async () => {
    using shm = SharedMemory.create({ size: 64 * 1024 });
    const exit = await run(process.execPath, ['-e', WRITE_BY_JOB, shm.name]);
    expect(exit).toEqual({ code: 0, signal: null, stdout: 'written\n', stderr: '' });
    expect(shm.buf.every((byte) => byte === 0)).toBe(true);
  });
});

const WRITE_BY_JOB = `
  const shm = require('named-shm').SharedMemory.attach(process.argv[1], { readOnly: true });
  require('crypto').randomFill(shm.buf, (error) => {
    if (!error && shm.buf.some((byte) => byte !== 0)) console.log('written');
  });
`;

// The tests run as root where they can: then there is another user to be.
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot && process.env['CI'] && process.getuid)
  throw new Error('another user needs root: run the tests as root');
const asAnotherUser = isRoot ? describe : describe.skip;

asAnotherUser(`as another user${isRoot ? '' : ' (needs root)'}`, () => {
  const made: Disposable[] = [];
  let folder: string;

  // A clone may be where nobody else can read: this one they can.
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nshm-user-'));
    chmodSync(folder, 0o755);
    const root = path.join(__dirname, '..');
    const module = 'node_modules/node-gyp-build';
    for (const part of ['package.json', 'dist', 'build/Release', 'out/test/children', module])
      cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
    mkdirSync(path.join(folder, 'journals'), { mode: 0o700 });
    chownSync(path.join(folder, 'journals'), NOBODY, NOBODY);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(() => {
    for (const resource of made.splice(0)) resource[Symbol.dispose]();
  });

  function keep<T extends Disposable>(resource: T): T {
    made.push(resource);
    return resource;
  }

  /** A segment that says 'secret', with exactly this mode. */
  function segment(mode: number): SharedMemory {
    const shm = keep(SharedMemory.create({ name: uniqueName('user'), size: 4096, mode }));
    chmodSync(`/dev/shm/${shm.name}`, mode); // Whatever the umask.
    shm.buf.write('secret');
    return shm;
  }

  async function asNobody(...steps: [string, string][]): Promise<unknown[]> {
    const exit = await run(
      process.execPath,
      [path.join(folder, 'out/test/children/never-crash-user.js'), JSON.stringify(steps)],
      {
        uid: NOBODY,
        cwd: folder,
        env: { NAMED_SHM_JOURNAL_DIR: path.join(folder, 'journals') },
      },
    );
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    const { uid, outcomes } = JSON.parse(exit.stdout) as { uid: number; outcomes: unknown[] };
    expect(uid).toBe(NOBODY);
    return outcomes;
  }

  test('a segment of mode 0o600 is EACCES, read-only too, and stays as it was', async () => {
    const shm = segment(0o600);
    const refused = (syscall: string, code = 'EACCES') => ({
      code,
      syscall,
      path: `/${shm.name}`,
      message: `${code}: permission denied for this shared memory segment, ${syscall} '/${shm.name}'`,
    });
    const [attach, readOnly, create, unlink] = await asNobody(
      ['attach', shm.name],
      ['read-only', shm.name],
      ['create', shm.name],
      ['unlink', shm.name],
    );
    expect(attach).toEqual(refused('shm_open'));
    expect(readOnly).toEqual(refused('shm_open'));
    expect(create).toMatchObject({ code: 'EEXIST' });
    expect([refused('shm_unlink'), refused('shm_unlink', 'EPERM')]).toContainEqual(unlink);
    expect(shm.buf.toString('latin1', 0, 6)).toBe('secret');
    expect(systemNames()).toContain(shm.name);
  });

  test('a segment of mode 0o444 can be read, not written', async () => {
    const shm = segment(0o444);
    const outcomes = await asNobody(['attach', shm.name], ['read-only', shm.name]);
    expect(outcomes).toEqual([expect.objectContaining({ code: 'EACCES' }), ['secret', 0xff]]);
    expect(shm.buf.toString('latin1', 0, 6)).toBe('secret');
  });

  test('a segment of mode 0o400 can be read, not written, by its owner', async () => {
    const shm = segment(0o400);
    expect(await asNobody(['read-only', shm.name])).toMatchObject([{ code: 'EACCES' }]);
    chownSync(`/dev/shm/${shm.name}`, NOBODY, NOBODY);
    const outcomes = await asNobody(['attach', shm.name], ['read-only', shm.name]);
    expect(outcomes).toEqual([expect.objectContaining({ code: 'EACCES' }), ['secret', 0xff]]);
    expect(shm.buf.toString('latin1', 0, 6)).toBe('secret');
  });

  test('a segment of mode 0o666 is for everybody', async () => {
    const shm = segment(0o666);
    expect(await asNobody(['attach', shm.name])).toEqual(['done']);
    expect(shm.buf.toString('latin1', 0, 7)).toBe('written');
  });

  test('a lock of mode 0o600 is EACCES', async () => {
    const lock = keep(Lock.create({ name: uniqueName('user') }));
    const [attach, unlink] = await asNobody(['attach lock', lock.name], ['unlink lock', lock.name]);
    expect(attach).toMatchObject({ code: 'EACCES', syscall: 'sem_open', path: `/${lock.name}` });
    expect(['EACCES', 'EPERM']).toContain((unlink as { code: string }).code);
    expect(lock.tryAcquire()).toBe(true);
  });
});

test('a handle is read-only or it is not: the program that made the segment goes on', async () => {
  using shm = SharedMemory.create({ size: 4096, mode: 0o400 });
  shm.buf.write('secret');
  const child = startChild('never-crash-user', [JSON.stringify([['read-only', shm.name]])]);
  const exit = await child.exit;
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect((JSON.parse(exit.stdout) as { outcomes: unknown }).outcomes).toEqual([['secret', 0xff]]);
  shm.buf.write('SECRET');
  expect(shm.buf.toString('latin1', 0, 6)).toBe('SECRET');
});
