import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import * as path from 'node:path';
import { Lock, SharedMemory } from 'named-shm';
import { Program, type ProgramOptions, run } from './support/programs';
import { systemNames } from './support/system-names';

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
const command = (args: readonly string[], options?: ProgramOptions) =>
  run(process.execPath, [main, ...args], options);

interface Listed {
  readonly name: string;
  readonly size: number;
  readonly mode: string;
  readonly uid: number;
  readonly owner: string;
  readonly modified: string;
}

let name: string;

beforeEach(() => {
  name = `nshm_cli_${randomBytes(6).toString('hex')}`;
});

/** Whatever a test made, whether it got to its end or not. */
afterEach(() => {
  for (const left of systemNames().filter((each) => each.includes(name))) {
    if (left.startsWith('sem.')) Lock.unlink(left.slice('sem.'.length));
    else SharedMemory.unlink(left);
  }
});

describe('ls', () => {
  test('--json has every segment with what the system knows of it', async () => {
    using shm = SharedMemory.create({ name, size: 12_345, mode: 0o640 });
    const { code, stdout, stderr } = await command(['ls', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const listed = (JSON.parse(stdout) as Listed[]).find((each) => each.name === shm.name);
    expect(listed).toEqual({
      name,
      size: 12_345,
      mode: '640',
      uid: userInfo().uid,
      owner: userInfo().username,
      modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
  });

  test('without it the same is a table', async () => {
    SharedMemory.create({ name, size: 1536 }).close();
    const { code, stdout } = await command(['ls']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NAME +SIZE +MODE +OWNER +MODIFIED\n/);
    const row = stdout.split('\n').find((line) => line.startsWith(name)) ?? '';
    expect(row.split(/ {2,}/).slice(0, 4)).toEqual([name, '1.5 KiB', '600', userInfo().username]);
  });

  test("a name's escape sequences do not reach the terminal", async () => {
    SharedMemory.create({ name: `${name}\u001b[31m\n`, size: 1 }).close();
    const { stdout } = await command(['ls']);
    expect(stdout).toContain(`${name}\\u{1b}[31m\\u{a} `);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('stat', () => {
  test('--json says who has the segment mapped', async () => {
    using shm = SharedMemory.create({ name, size: 5000 });
    const { code, stdout } = await command(['stat', `/${shm.name}`, '--json']);
    expect(code).toBe(0);
    const stat = JSON.parse(stdout) as Listed & { processes: { pid: number }[] };
    expect(stat).toMatchObject({ name, size: 5000, mode: '600', uid: userInfo().uid });
    expect(stat.processes.map(({ pid }) => pid)).toEqual([process.pid]);
  });

  test('without it the same is text', async () => {
    SharedMemory.create({ name, size: 5000 }).close();
    const { code, stdout } = await command(['stat', name]);
    expect(code).toBe(0);
    expect(stdout).toContain(`name       ${name}\n`);
    expect(stdout).toContain('size       5000 bytes (4.9 KiB)\n');
    expect(stdout).toContain('mapped by  no process');
  });
});

describe('create', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'makes a segment that is there until %s, and gone with it',
    async (signal) => {
      await using program = new Program(process.execPath, [main, 'create', name, '--size', '1MiB']);
      expect(await program.line()).toBe(name);
      using shm = SharedMemory.attach(name);
      expect(shm.size).toBe(2 ** 20);
      program.child.kill(signal);
      const exit = await program.exit;
      expect(exit).toMatchObject({ code: null, signal, stdout: `${name}\n` });
      expect(exit.stderr).toBe(`named-shm: '${name}' (1 MiB) stays until Ctrl-C or SIGTERM\n`);
      expect(systemNames()).not.toContain(name);
    },
  );

  test('does not take away a segment that somebody has made anew under its name', async () => {
    await using program = new Program(process.execPath, [main, 'create', name, '--size', '1']);
    await program.line();
    SharedMemory.unlink(name);
    using shm = SharedMemory.create({ name, size: 2 });
    program.child.kill('SIGINT');
    expect(await program.exit).toMatchObject({ signal: 'SIGINT' });
    expect(systemNames()).toContain(shm.name);
  });

  test('--keep leaves it there', async () => {
    const exit = await command(['create', name, '--size', '4096', '--keep', '--mode', '400']);
    expect(exit).toMatchObject({ code: 0, stdout: `${name}\n`, stderr: '' });
    const listed = SharedMemory.list().find((each) => each.name === name);
    expect(listed).toMatchObject({ size: 4096, mode: 0o400 });
  });

  test('draws a name where none is given', async () => {
    const { code, stdout } = await command(['create', '--size', '10', '--keep']);
    name = stdout.trim();
    expect(code).toBe(0);
    expect(name).toMatch(/^nshm_[0-9a-f]{8}$/);
    expect(systemNames()).toContain(name);
  });

  test.each([
    ['4096', 4096],
    ['0x1000', 4096],
    ['7B', 7],
    ['3K', 3072],
    ['3kib', 3072],
    ['1.5MiB', 1_572_864],
    ['1.5MB', 1_500_000],
    ['0.25 KiB', 256],
  ])('takes a size of %s', async (text, bytes) => {
    const { code } = await command(['create', name, '--size', text, '--keep']);
    expect(code).toBe(0);
    using shm = SharedMemory.attach(name);
    expect(shm.size).toBe(bytes);
  });

  test('a name that is taken and a size that does not fit are exit code 1', async () => {
    SharedMemory.create({ name, size: 1 }).close();
    const taken = await command(['create', name, '--size', '1', '--keep']);
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toMatch(/^named-shm: EEXIST: [^\n]+\n$/);
    const large = await command(['create', `${name}2`, '--size', '1024TiB', '--keep']);
    expect(large).toMatchObject({ code: 1, stdout: '' });
    expect(large.stderr).toMatch(/^named-shm: ENOSPC: [^\n]+--shm-size[^\n]+\n$/);
    expect(systemNames()).not.toContain(`${name}2`);
  });
});

describe('rm', () => {
  test('removes every name, says which it could not, and then exits with 1', async () => {
    SharedMemory.create({ name, size: 1 }).close();
    SharedMemory.create({ name: `${name}3`, size: 1 }).close();
    const { code, stderr } = await command(['rm', name, `${name}2`, `${name}3`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^named-shm: ENOENT: [^\n]+'/${name}2'\n$`));
    expect(systemNames().filter((each) => each.startsWith(name))).toEqual([]);
  });

  test('a segment that is in use stays with who has it', async () => {
    using shm = SharedMemory.create({ name, size: 1 });
    expect(await command(['rm', name])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    shm.buf[0] = 42;
    expect(shm.buf[0]).toBe(42);
    expect(systemNames()).not.toContain(name);
  });

  test('--semaphore removes locks and semaphores', async () => {
    Lock.create({ name }).close();
    expect(await command(['rm', name])).toMatchObject({ code: 1 });
    expect(await command(['rm', '--semaphore', name])).toMatchObject({ code: 0, stderr: '' });
    expect(systemNames()).not.toContain(`sem.${name}`);
  });
});

describe('gc', () => {
  test('removes what a program left that was killed with SIGKILL, and nothing else', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nshm-gc-'));
    const options = { env: { NAMED_SHM_JOURNAL_DIR: folder } };
    const create = ['create', '--size', '10'];
    try {
      const killed = new Program(process.execPath, [main, ...create, name], options);
      await using alive = new Program(
        process.execPath,
        [main, ...create, `${name}-alive`],
        options,
      );
      await killed.line();
      await alive.line();
      killed.child.kill('SIGKILL');
      expect(await killed.exit).toMatchObject({ signal: 'SIGKILL' });

      const dry = await command(['gc', '--dry-run', '--json'], options);
      expect(dry).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(dry.stdout)).toEqual([{ kind: 'segment', name }]);
      const dryText = await command(['gc', '--dry-run'], options);
      expect(dryText.stdout).toBe(`would remove segment ${name}\n`);
      const { stdout } = await command(['doctor'], options);
      expect(stdout).toMatch(
        new RegExp(`^warning +stale .*segment ${name}\n +→ named-shm gc`, 'm'),
      );
      expect(systemNames()).toContain(name);

      const { code, stdout: removed } = await command(['gc'], options);
      expect({ code, removed }).toEqual({ code: 0, removed: `removed segment ${name}\n` });
      expect(systemNames().filter((each) => each.startsWith(name))).toEqual([`${name}-alive`]);
      const again = await command(['gc', '--json'], options);
      expect(JSON.parse(again.stdout)).toEqual([]);
      expect((await command(['gc'], options)).stdout).toBe('nothing left behind\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('without permission a segment is neither read nor written: exit code 1', async () => {
  SharedMemory.create({ name, size: 1, mode: 0 }).close();
  // Root may do everything: somebody else then.
  const options = { input: 'x', ...(userInfo().uid === 0 ? { uid: 65_534 } : {}) };
  for (const args of ['read', 'write', 'dump', 'list'].map((verb) => [verb, name])) {
    const { code, stdout, stderr } = await command(args, options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^named-shm: EACCES: permission denied [^\n]+\n$/);
  }
});

test('without a place for its journal it says so in one line, and works', async () => {
  const options = { env: { NAMED_SHM_JOURNAL_DIR: path.join(main, 'journals') } };
  await using program = new Program(
    process.execPath,
    [main, 'create', name, '--size', '1'],
    options,
  );
  await program.line();
  program.child.kill('SIGTERM');
  const { stderr } = await program.exit;
  expect(stderr).toMatch(/^named-shm: warning: no journal: [^\n]+$/m);
  expect(stderr).not.toMatch(/^\s+at |trace-warnings/m);
  expect(systemNames()).not.toContain(name);
});
