import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import * as path from 'node:path';
import { run } from './support/programs';

const MOUNT = 'mount -t tmpfs -o "size=1m,$1" tmpfs /dev/shm';
const MOUNT_JOURNALS = '{ test -z "$2" || mount -t tmpfs -o size=4k,mode=700 tmpfs "$2"; }';
// What stands in the small /dev/shm when the program has ended comes after its output.
const SCRIPT = `${MOUNT} && ${MOUNT_JOURNALS} && shift 2 && "$@"; code=$?; ls -A /dev/shm; exit $code`;

const child = path.join(__dirname, '..', 'out', 'test', 'children', 'limits-small-memory.js');
const namespaces = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
const possible = namespaces.status === 0;

// Where it can't be done, a test that passes would say too much, and on CI nobody would notice.
if (!possible && process.env['CI'])
  throw new Error(`a small /dev/shm needs the right to mount: ${namespaces.stderr.toString()}`);
const withSmallMemory = possible ? describe : describe.skip;
const title =
  'in a /dev/shm of 1 MiB' + (possible ? '' : ' (needs the right to mount: run as root)');

interface Result {
  readonly result: unknown;
  readonly left: readonly string[];
}

interface Setting {
  readonly mountOptions?: string;
  readonly journals?: string;
}

async function inSmallMemory(args: readonly string[], setting: Setting = {}): Promise<Result> {
  const { mountOptions = 'mode=1777', journals = '' } = setting;
  const command = [process.execPath, child, ...args];
  const exit = await run(
    'unshare',
    ['-m', 'sh', '-c', SCRIPT, 'sh', mountOptions, journals, ...command],
    journals ? { env: { NAMED_SHM_JOURNAL_DIR: journals } } : {},
  );
  expect(exit).toMatchObject({ code: 0, signal: null });
  const [json, ...left] = exit.stdout.trimEnd().split('\n');
  return { result: JSON.parse(json as string), left };
}

const noSpace = { name: 'SharedResourceError', code: 'ENOSPC', errno: -constants.errno.ENOSPC };

withSmallMemory(title, () => {
  test('a segment that does not fit is ENOSPC, says what is free and how to get more', async () => {
    const { result, left } = await inSmallMemory(['reserved']);
    expect(result).toEqual({
      create: {
        ...noSpace,
        syscall: 'posix_fallocate',
        path: '/too-large',
        message:
          "ENOSPC: not enough shared memory for 4 MiB, posix_fallocate '/too-large'. /dev/shm " +
          'holds 1 MiB, 1 MiB are free. In Docker, give the container more with --shm-size; ' +
          'elsewhere remount /dev/shm larger, or see what fills it with "named-shm ls"',
      },
      others: new Array(4).fill(expect.objectContaining(noSpace)),
      left: [],
      second: expect.objectContaining({
        ...noSpace,
        message: expect.stringContaining('/dev/shm holds 1 MiB, 324 KiB are free. ') as string,
      }) as object,
      third: 400 * 1024,
    });
    expect(left).toEqual([]);
  });

  test('a segment with reserve: false beyond what is free: no crash, ERR_SHM_TRUNCATED', async () => {
    const { result, left } = await inSmallMemory(['sparse']);
    expect(result).toEqual({
      error: expect.objectContaining({
        name: 'SharedResourceError',
        code: 'ERR_SHM_TRUNCATED',
        message: expect.stringContaining('ran full') as string,
      }) as object,
      shared: 256, // All that the memory has, and those pages are as good as any.
    });
    expect(left).toEqual([]);
  });

  test('segments fill it to the last page, then locks and semaphores are ENOSPC', async () => {
    const { result, left } = await inSmallMemory(['semaphores']);
    expect(result).toEqual({
      full: expect.objectContaining(noSpace) as object,
      taken: 256,
      lock: expect.objectContaining({
        ...noSpace,
        syscall: 'sem_open',
        path: '/no-room',
      }) as object,
      semaphore: expect.objectContaining(noSpace) as object,
      works: true,
    });
    expect(left).toEqual([]);
  });

  test('no more files than the mount allows is ENOSPC too', async () => {
    const { result, left } = await inSmallMemory(['semaphores'], { mountOptions: 'nr_inodes=10' });
    expect(result).toMatchObject({ full: noSpace, lock: noSpace, semaphore: noSpace, works: true });
    expect(left).toEqual([]);
  });

  describe('with a journal folder of 4 KiB', () => {
    let journals: string;
    beforeEach(() => (journals = mkdtempSync(path.join(tmpdir(), 'nshm-journals-'))));
    afterEach(() => {
      rmSync(journals, { recursive: true });
    });

    test('a journal that is full stops nobody, and the names are removed at exit', async () => {
      const { result, left } = await inSmallMemory(['journal', '50'], { journals });
      expect(result).toEqual({ warnings: [], made: 50 });
      expect(left).toEqual([]);
    });
  });
});
