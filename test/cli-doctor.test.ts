import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { SharedMemory } from 'named-shm';
import { type ProgramOptions, run } from './support/programs';
import { systemNames } from './support/system-names';

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
const DOCTOR = [main, 'doctor', '--json'];

interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly finding: string;
  readonly remedy: string | null;
}

interface Diagnosis {
  readonly code: number | null;
  readonly status: Check['status'];
  readonly checks: readonly Check[];
  readonly of: (id: string) => Check;
}

/** What doctor finds, after these lines of shell. */
async function diagnose(env: ProgramOptions['env'] = {}, shell?: string): Promise<Diagnosis> {
  const options = { env: { NAMED_SHM_JOURNAL_DIR: folder, ...env } };
  const { code, stdout, stderr } = await (shell === undefined
    ? run(process.execPath, DOCTOR, options)
    : run('/bin/sh', ['-c', `${shell}; exec "$@"`, 'sh', process.execPath, ...DOCTOR], options));
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as { status: Check['status']; checks: Check[] };
  const of = (id: string): Check => {
    const found = document.checks.find((check) => check.id === id);
    if (!found) throw new Error(`no check ${id} in ${stdout}`);
    return found;
  };
  return { code, ...document, of };
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nshm-doctor-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('on a healthy machine', () => {
  test('there is no problem, and every check says what it found', async () => {
    const { code, status, checks } = await diagnose();
    expect(code).toBe(0);
    expect(status).not.toBe('problem');
    const ids = checks.map(({ id }) => id);
    if (process.platform === 'win32') expect(ids.slice(0, 3)).toEqual(['node', 'addon', 'python']);
    else
      expect(ids).toEqual([
        'node',
        'addon',
        'shared-memory',
        'shared-memory-size',
        'memory-limit',
        'proc',
        'open-files',
        'file-size',
        'address-space',
        'mappings',
        'overcommit',
        'remove-ipc',
        'journal',
        'stale',
        'orphaned',
        'python',
        'python-shared-memory',
        'numpy',
      ]);
    for (const check of checks) {
      expect(Object.keys(check)).toEqual(['id', 'status', 'finding', 'remedy']);
      expect(check.finding).not.toMatch(/^could not be checked/);
      expect(check.remedy === null).toBe(check.status === 'ok');
    }
    // That it leaves no names behind is seen when the suite ends: other tests run beside this one.
  });

  test('without --json it is text, with a summary', async () => {
    const { code, stdout } = await run(process.execPath, [main, 'doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +addon +named-shm \d+\.\d+\.\d+, its addon .* makes, shares/m);
    expect(stdout).toMatch(/\n\n0 problems, \d+ warnings?, \d+ ok\n$/);
  });
});

describe('Python', () => {
  test('that is not there is a warning', async () => {
    const { code, of } = await diagnose({ PATH: folder });
    expect(code).toBe(0);
    expect(of('python')).toMatchObject({
      status: 'warning',
      finding: 'no python3 in PATH',
      remedy: expect.stringContaining('apt-get install python3') as string,
    });
  });

  test.each([
    ['without NumPy', '-S', { python: 'ok', 'python-shared-memory': 'ok', numpy: 'warning' }],
    ['that fails', '--no-such-option', { python: 'warning' }],
  ])('%s is a warning', async (_, option, statuses) => {
    // -S leaves site-packages out, where NumPy is.
    const script = `#!/bin/sh\nPATH='${process.env['PATH']}' exec python3 ${option} "$@"\n`;
    writeFileSync(path.join(folder, 'python3'), script, { mode: 0o755 });
    const { code, of } = await diagnose({ PATH: folder });
    expect(code).toBe(0);
    for (const [id, status] of Object.entries(statuses)) {
      expect(of(id)).toMatchObject({ status });
      if (status === 'warning') expect(of(id).remedy).toMatch(/apt-get install python3/);
    }
  });

  test("is not misled by a numpy.py in the user's folder", async () => {
    writeFileSync(path.join(folder, 'numpy.py'), 'raise SystemExit(3)\n');
    const { of } = await diagnose({}, 'cd "$NAMED_SHM_JOURNAL_DIR"');
    expect(of('python').status).toBe('ok');
    expect(of('numpy').finding).not.toContain('SystemExit');
  });
});

describe('the journal folder', () => {
  const uid = process.getuid?.() ?? 0;

  test('that is not there yet is fine, and is not made', async () => {
    const { of } = await diagnose({ NAMED_SHM_JOURNAL_DIR: path.join(folder, 'a', 'b') });
    expect(of('journal')).toMatchObject({ status: 'ok' });
    expect(of('journal').finding).toContain('will be made');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    [
      'that others can write to',
      (at: string) => {
        mkdirSync(at);
        chmodSync(at, 0o777);
      },
    ],
    [
      'that is a file',
      (at: string) => {
        writeFileSync(at, '');
      },
    ],
  ])('%s is a problem', async (_, make) => {
    const at = path.join(folder, 'journals');
    make(at);
    const { code, status, of } = await diagnose({ NAMED_SHM_JOURNAL_DIR: at });
    expect({ code, status }).toEqual({ code: 1, status: 'problem' });
    expect(of('journal').status).toBe('problem');
    expect(of('journal').remedy).toContain('0700');
    expect(of('orphaned').finding).not.toMatch(/^could not be checked/);
  });

  test('of another user is a problem', async () => {
    if (uid === 0) chownSync(folder, 65_534, 65_534);
    const { code, of } = await diagnose({ NAMED_SHM_JOURNAL_DIR: uid === 0 ? folder : '/' });
    expect(code).toBe(1);
    expect(of('journal').finding).toMatch(/belongs to user (65534|0), not to/);
  });
});

describe('limits', () => {
  test.each([
    ['open-files', 'ulimit -n 200', /200 open files/, /nofile/],
    ['file-size', 'ulimit -f 16384', /8 MiB at most/, /ulimit -f/],
  ])('a low one is a warning: %s', async (id, ulimit, finding, remedy) => {
    const { code, of } = await diagnose({}, ulimit);
    expect(code).toBe(0);
    expect(of(id).status).toBe('warning');
    expect(of(id).finding).toMatch(finding);
    expect(of(id).remedy).toMatch(remedy);
  });
});

test('nothing is removed by looking: what a killed program left is still there', async () => {
  const name = `nshm_cli_${randomBytes(6).toString('hex')}`;
  const killed = `require('named-shm').SharedMemory.create({ name: '${name}', size: 1 });
    process.kill(process.pid, 'SIGKILL')`;
  spawnSync(process.execPath, ['-e', killed], {
    env: { ...process.env, NAMED_SHM_JOURNAL_DIR: folder },
  });
  try {
    const { code, of } = await diagnose();
    expect(code).toBe(0);
    expect(of('stale')).toMatchObject({ status: 'warning', remedy: 'named-shm gc' });
    expect(of('stale').finding).toContain(`segment ${name}`);
    expect(systemNames()).toContain(name);
  } finally {
    SharedMemory.unlink(name);
  }
});
