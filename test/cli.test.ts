import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { run } from './support/programs';

const root = path.join(__dirname, '..');
const main = path.join(root, 'dist', 'cli', 'main.js');
const command = (...args: string[]) => run(process.execPath, [main, ...args], { input: '' });

const SUBCOMMANDS = 'ls stat who sem create rm write read dump list gc doctor'.split(' ');

test('--version says what package.json says', async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await command('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help names every subcommand and documents the exit codes', async () => {
  const { code, stdout, stderr } = await command('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const name of SUBCOMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  expect(stdout).toMatch(/Exit codes:\n +0 .*\n +1 .*\n +2 /);
});

test.each(SUBCOMMANDS)('%s --help documents the exit codes too', async (name) => {
  const { code, stdout } = await command(name, '--help');
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: named-shm ${name} `);
  expect(stdout).toContain('Exit codes:');
});

test('without a subcommand it shows its help as an error', async () => {
  const { code, stdout, stderr } = await command();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('Usage: named-shm');
});

test.each([
  ['an unknown subcommand', ['lss'], /unknown command 'lss'/],
  ['an unknown option', ['ls', '--long'], /unknown option '--long'/],
  ['too many arguments', ['read', 'a', 'b'], /too many arguments/],
  ['no name', ['stat'], /missing required argument 'name'/],
  ['no size', ['create', 'a'], /'--size <bytes>' not specified/],
  ['a size that is none', ['create', '--size', 'many'], /argument 'many' is invalid/],
  ['an unknown unit', ['create', '--size', '5XB'], /argument '5XB' is invalid/],
  ['a fraction of a byte', ['create', '--size', '0.3KiB'], /no whole number of bytes/],
  ['a size beyond all numbers', ['create', '--size', '9000000TB'], /The most is/],
  ['a size of 0', ['create', '--size', '0'], /size must be an integer from 1/],
  ['a mode that is none', ['create', '--size', '1', '--mode', '999'], /three octal digits/],
  ['a negative offset', ['read', 'a', '--offset', '-1'], /argument '-1' is invalid/],
  ['a name with a slash inside', ['read', 'a/b'], /has a slash/],
  ['an empty name', ['rm', ''], /is empty/],
  ['a semaphore name with a slash inside', ['rm', '--semaphore', 'a/b'], /has a slash/],
])('wrong usage, %s, is exit code 2 and one message', async (_, args, message) => {
  const { code, stdout, stderr } = await command(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^named-shm: [^\n]+\n(\(Did you mean ls\?\)\n)?$/);
});

test.each([
  ['stat', ['stat', 'nshm_cli_missing']],
  ['read', ['read', 'nshm_cli_missing']],
  ['write', ['write', 'nshm_cli_missing']],
  ['dump', ['dump', 'nshm_cli_missing']],
  ['list', ['list', 'nshm_cli_missing']],
  ['rm', ['rm', 'nshm_cli_missing']],
  ['rm --semaphore', ['rm', '--semaphore', 'nshm_cli_missing']],
])('%s of a missing name is exit code 1 and one message', async (_, args) => {
  const { code, stdout, stderr } = await command(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^named-shm: ENOENT: no such [^\n]+'\/nshm_cli_missing'\n$/);
});

describe('where the native addon does not load', () => {
  let folder: string;
  const broken = (...args: string[]) =>
    run(process.execPath, [path.join(folder, 'dist', 'cli', 'main.js'), ...args], {
      env: { NODE_PATH: path.join(root, 'node_modules'), NAMED_SHM_PREBUILD: undefined },
    });

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nshm-no-addon-'));
    cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('a subcommand says what to do, without a stack trace', async () => {
    const { code, stdout, stderr } = await broken('ls');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^named-shm: its native addon can't be loaded/);
    expect(stderr).toContain('npm rebuild named-shm');
    expect(stderr).toMatch(/^named-shm: [^\n]+\n$/);
  });

  test('--help and --version work', async () => {
    expect(await broken('--help')).toMatchObject({ code: 0, stderr: '' });
    expect(await broken('--version')).toMatchObject({ code: 0, stderr: '' });
  });

  test('doctor reports it as a problem, and the rest as ever', async () => {
    const { code, stdout, stderr } = await broken('doctor', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const { status, checks } = JSON.parse(stdout) as {
      status: string;
      checks: { id: string; status: string; finding: string; remedy: string }[];
    };
    expect(status).toBe('problem');
    const addon = checks.find(({ id }) => id === 'addon');
    expect(addon).toMatchObject({ status: 'problem' });
    expect(addon?.finding).toMatch(/^does not load: /);
    expect(addon?.remedy).toContain('npm rebuild named-shm');
    const ids = checks.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['node', 'addon', 'python']));
    expect((await broken('doctor')).stdout).toMatch(/^problem {2}addon .*\n +→ Run "npm rebuild/m);
  });
});
