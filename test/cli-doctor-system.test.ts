import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { run } from './support/programs';

const command = `${process.execPath} ${path.join(__dirname, '..', 'dist', 'cli', 'main.js')}`;

// Mounts that nobody else sees, made as root of a user namespace.
const APART = ['unshare', '--mount', '--user', '--map-root-user'] as const;

interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly finding: string;
  readonly remedy: string | null;
}

interface Diagnosis {
  readonly code: number | null;
  readonly of: (id: string) => Check | undefined;
}

/** What doctor finds at the end of a line of shell in which it is `$d` and any command `$c`. */
async function diagnoseApart(line: string): Promise<Diagnosis> {
  const [unshare, ...options] = APART;
  const env = {
    NAMED_SHM_JOURNAL_DIR: folder,
    NODE_EXTRA_CA_CERTS: undefined, // They lie in /etc, which is hidden here: Node would complain.
    c: command,
    d: `${command} doctor --json`,
  };
  const exit = await run(unshare, [...options, 'sh', '-ec', line], { env });
  expect(exit.stderr).toBe('');
  const { checks } = JSON.parse(exit.stdout) as { checks: Check[] };
  return { code: exit.code, of: (id) => checks.find((check) => check.id === id) };
}

/** Some containers forbid it; nothing that can be installed changes that. */
function canMountApart(): boolean {
  const [unshare, ...options] = APART;
  const mount = ['mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm'];
  return spawnSync(unshare, [...options, ...mount]).status === 0;
}

const describeApart = canMountApart() ? describe : describe.skip;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nshm-doctor-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeApart('/dev/shm', () => {
  const mount = (options: string) => `mount -t tmpfs -o ${options} tmpfs /dev/shm`;

  test.each([
    ["of Docker's 64 MB is a warning", mount('size=64m'), 'warning', /64 MiB.*Docker's default/],
    [
      'that is full is a problem',
      `${mount('size=1m')}; head -c 1M /dev/zero >/dev/shm/x`,
      'problem',
      /1 MiB, 0 bytes are free/,
    ],
    [
      'that is almost full is a warning',
      `${mount('size=1m')}; head -c 1000k /dev/zero >/dev/shm/x`,
      'warning',
      /1 MiB, 24 KiB are free/,
    ],
  ])('%s, and the remedy is to enlarge it', async (_, prepare, status, finding) => {
    const { code, of } = await diagnoseApart(`${prepare}; $d`);
    expect(code).toBe(status === 'problem' ? 1 : 0);
    expect(of('shared-memory-size')).toMatchObject({ status });
    expect(of('shared-memory-size')?.finding).toMatch(finding);
    expect(of('shared-memory-size')?.remedy).toContain('--shm-size');
  });

  test.each([
    ['that is read-only is a problem', mount('ro'), 'problem', /read-only/, /remount,rw/],
    [
      'that is no tmpfs is a warning',
      'mount -t ramfs ramfs /dev/shm',
      'warning',
      /no tmpfs/,
      /mount -t tmpfs/,
    ],
    [
      'that others may not use is a warning',
      mount('mode=755'),
      'warning',
      /mode 755, not 1777/,
      /chmod 1777/,
    ],
    [
      'that is not there is a problem',
      'mount -t tmpfs tmpfs /dev; touch /dev/null',
      'problem',
      /is no folder/,
      /mkdir/,
    ],
  ])('%s', async (_, prepare, status, finding, remedy) => {
    const { code, of } = await diagnoseApart(`${prepare}; $d`);
    expect(code).toBe(status === 'problem' ? 1 : 0);
    expect(of('shared-memory')).toMatchObject({ status });
    expect(of('shared-memory')?.finding).toMatch(finding);
    expect(of('shared-memory')?.remedy).toMatch(remedy);
    expect(of('addon')?.status).toBe(status === 'problem' ? 'problem' : 'ok');
  });

  test('tells segments that nobody has mapped from those in use', async () => {
    const { of } = await diagnoseApart(
      `${mount('size=1m')}; mkfifo $NAMED_SHM_JOURNAL_DIR/names; $c create kept --size 4096 --keep >/dev/null;
       $c create held --size 4096 >$NAMED_SHM_JOURNAL_DIR/names 2>/dev/null & read name <$NAMED_SHM_JOURNAL_DIR/names;
       $d; kill $!`,
    );
    expect(of('orphaned')).toMatchObject({ status: 'warning' });
    expect(of('orphaned')?.finding).toMatch(/has mapped: kept \(4 KiB\)$/);
    expect(of('orphaned')?.remedy).toContain('named-shm rm');
  });
});

describeApart("systemd's RemoveIPC", () => {
  // An /etc and a /run of its own, and in it an ordinary user (the first is root).
  const apart = (prepare: string, user = 12_345) =>
    diagnoseApart(
      `mount -t tmpfs tmpfs /etc; mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system;
       mkdir -p /etc/systemd/logind.conf.d /run/systemd/logind.conf.d; ${prepare};
       unshare --user --map-user=${user} $d`,
    );

  test.each([
    ['on by default', ':'],
    ['on', 'echo RemoveIPC=yes >/etc/systemd/logind.conf'],
    ['commented out', 'echo "#RemoveIPC=no" >/etc/systemd/logind.conf'],
    [
      'on again in a later file',
      'echo RemoveIPC=no >/etc/systemd/logind.conf.d/a.conf; echo RemoveIPC=1 >/run/systemd/logind.conf.d/b.conf',
    ],
  ])('is a warning where it is %s', async (_, prepare) => {
    const { code, of } = await apart(prepare);
    expect(code).toBe(0);
    expect(of('remove-ipc')?.status).toBe('warning');
    expect(of('remove-ipc')?.remedy).toMatch(/loginctl enable-linger 12345; or RemoveIPC=no/);
  });

  test.each([
    ['off', 'echo RemoveIPC=no >/etc/systemd/logind.conf'],
    [
      'off in a file that hides one of the same name',
      'echo RemoveIPC=off >/etc/systemd/logind.conf.d/a.conf; echo RemoveIPC=1 >/run/systemd/logind.conf.d/a.conf',
    ],
  ])('is fine where it is %s', async (_, prepare) => {
    expect((await apart(prepare)).of('remove-ipc')?.status).toBe('ok');
  });

  test('is no matter to system users', async () => {
    expect((await apart(':', 999)).of('remove-ipc')?.status).toBe('ok');
  });
});
