import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type Exit, startChild } from './support/programs';

async function victim(...args: string[]): Promise<unknown> {
  const exit = await startChild('truncation-victim', args).exit;
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  return JSON.parse(exit.stdout);
}

test('another program cuts segments short while we read and write them: an error, no crash', async () => {
  const rounds = 60;
  await using cutter = startChild('truncation-cutter');
  await using child = startChild('truncation-victim', ['loop', `${rounds}`]);
  for (let round = 0; round < rounds; round += 1) {
    const line = await child.line();
    expect(line).toMatch(/^cut /);
    cutter.tell(line.slice('cut '.length));
  }
  const result = JSON.parse(await child.line()) as unknown;
  expect(result).toEqual({ right: rounds, neighbour: 'intact' });
  expect(await child.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test('whoever touches the missing pages, the next call says ERR_SHM_TRUNCATED', async () => {
  const ends = (await victim('calls')) as Record<string, unknown>;
  const { array, 'fs.write': written, ...others } = ends;
  expect(Object.keys(others).length).toBeGreaterThan(20);
  const code = 'ERR_SHM_TRUNCATED';
  for (const [use, codes] of Object.entries(others))
    expect({ [use]: codes }).toEqual({ [use]: `${code} ${code} ${code} ERR_SHM_CLOSED` });
  expect(array).toBe(`1.5 0 ${code} ${code}`);
  expect(written).toBe('EFAULT');
});

test("jobs in Node's threads survive it", async () => {
  expect(await victim('jobs')).toEqual({ ended: 270, codes: [] });
});

test('more missing pages than a process can have mappings are no crash either', async () => {
  expect(await victim('scattered')).toEqual({ sum: 0, code: 'ERR_SHM_TRUNCATED', neighbour: 1 });
});

test('a lock whose file is cut short is an error, and so is one that is empty', async () => {
  expect(await victim('semaphore')).toEqual({
    tryAcquire: 'ERR_SHM_TRUNCATED',
    acquireSync: 'ERR_SHM_TRUNCATED',
    release: 'ERR_SHM_TRUNCATED',
    other: 'ERR_SHM_TRUNCATED',
    value: 'ERR_SHM_TRUNCATED',
    intact: true,
    attach: 'EINVAL',
  });
});

describe('a SIGBUS that is not ours', () => {
  let folder: string;
  let addon: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nshm-foreign-'));
    addon = path.join(folder, 'foreign.node');
    const source = path.join(__dirname, 'children', 'truncation-foreign.c');
    const headers = path.dirname(require.resolve('node-api-headers/package.json'));
    const args = ['-shared', '-fPIC', '-I', path.join(headers, 'include'), '-o', addon, source];
    execFileSync(process.env['CC'] ?? 'cc', args, { env: { ...process.env, LD_PRELOAD: '' } });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(handler: string, source: string): Promise<Exit> {
    // Where a core file would be written, it goes with the folder.
    const exit = await startChild('truncation-foreign', [addon, handler, source], { cwd: folder })
      .exit;
    expect(exit.stdout).toMatch(/^mended 0\n/);
    return { ...exit, stdout: exit.stdout.replace('mended 0\n', '') };
  }

  test.each(['fault', 'sent'])('ends the program as it would without us (%s)', async (source) => {
    expect(await run('none', source)).toMatchObject({ code: null, signal: 'SIGBUS', stdout: '' });
  });

  test.each([
    ['plain', 'fault', 42, 'plain\n'],
    ['plain', 'sent', 42, 'plain\n'],
    ['info', 'fault', 43, 'info\n'],
    ['info', 'sent', 43, expect.anything() as string],
    ['javascript', 'sent', 44, 'javascript\n'],
  ])(
    'goes to the handler that was there before (%s, %s)',
    async (handler, source, code, stdout) => {
      expect(await run(handler, source)).toMatchObject({ code, signal: null, stdout });
    },
  );
});
