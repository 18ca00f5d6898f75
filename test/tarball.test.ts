// The package as users get it: packed, and installed where there is no compiler. Not part of
// `npm test`: `npm run test:tarball` makes what it packs.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { environmentArm64, nodeArm64 } from '../scripts/qemu/arm64';
import { prepare, runNode, toWindows } from '../scripts/wine/windows';
import { codeBlocksOf, isPrinted } from './support/code-blocks';
import { type Exit, run } from './support/programs';

const root = path.join(__dirname, '..');
const BYTES_PACKED = 1.5 * 2 ** 20;
const BYTES_INSTALLED = 4 * 2 ** 20;
const PROGRAM = `
  const { SharedMemory, Mutex } = require('named-shm');
  const shm = SharedMemory.create({ size: 8 });
  shm.view('float64')[0] = 3.14;
  const mutex = Mutex.create();
  mutex.acquireSync();
  console.log(process.platform, process.arch, SharedMemory.attach(shm.name).view('float64')[0]);
  mutex.release();`;

let folder: string;
let tarball: string;
/** A PATH on which there is Node, npm and what it starts scripts with: no tool that builds. */
let bare: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'named-shm-tarball-')));
  bare = path.join(folder, 'bin');
  mkdirSync(bare);
  symlinkSync(process.execPath, path.join(bare, 'node'));
  for (const tool of ['npm', 'npx', 'sh', 'env']) symlinkSync(which(tool), path.join(bare, tool));
  tarball = pack(root);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function which(tool: string): string {
  return execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
}

function pack(from: string): string {
  const destination = mkdtempSync(path.join(folder, 'packed-'));
  const args = ['pack', '--ignore-scripts', '--pack-destination', destination];
  execFileSync('npm', args, { cwd: from, stdio: 'pipe' });
  return path.join(destination, readdirSync(destination)[0] as string);
}

/** What is the machine's own, and nothing of the `npm run` that this test may be below. */
function environment(PATH: string): NodeJS.ProcessEnv {
  const inherited = Object.keys(process.env).filter((name) =>
    /^(npm_|CXX$|CC$|INIT_CWD)/.test(name),
  );
  return { ...Object.fromEntries(inherited.map((name) => [name, undefined])), PATH };
}

class Project {
  readonly folder = mkdtempSync(path.join(folder, 'project-'));

  constructor(readonly PATH: string) {
    writeFileSync(path.join(this.folder, 'package.json'), '{ "private": true }');
  }

  run(command: string, ...args: string[]): Promise<Exit> {
    const options = { cwd: this.folder, env: environment(this.PATH), deadlineMs: 300_000 };
    return run(command, args, options);
  }

  get installed(): string {
    return path.join(this.folder, 'node_modules', 'named-shm');
  }
}

function sizeOf(where: string): number {
  return readdirSync(where, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(path.join(entry.parentPath, entry.name)).size)
    .reduce((sum, size) => sum + size, 0);
}

describe('without compiler, cmake, make and Python', () => {
  let project: Project;
  let installation: Exit;

  beforeAll(async () => {
    project = new Project(bare);
    installation = await project.run('npm', 'install', tarball);
  });

  test('there is none of them', async () => {
    const tools = 'cc c++ gcc g++ clang cmake make python python3 node-gyp';
    const found = `for tool in ${tools}; do command -v $tool; done; true`;
    expect(await project.run('sh', '-c', found)).toMatchObject({ code: 0, stdout: '' });
  });

  test('it is installed, and nothing is built', () => {
    expect(installation).toMatchObject({ code: 0 });
    expect(existsSync(path.join(project.installed, 'build'))).toBe(false);
    expect(readdirSync(path.join(project.installed, 'prebuilds')).sort()).toEqual([
      'linux-arm64',
      'linux-x64',
      'win32-x64',
    ]);
  });

  test('it is small', () => {
    const packed = statSync(tarball).size;
    const installed = sizeOf(project.installed);
    console.log(`packed ${packed} bytes, installed ${installed} bytes`);
    expect(packed).toBeLessThan(BYTES_PACKED);
    expect(installed).toBeLessThan(BYTES_INSTALLED);
  });

  test("the README's first program runs", async () => {
    const [first] = codeBlocksOf(path.join(root, 'README.md')).filter(
      ({ language }) => language === 'js',
    );
    if (!first) throw new Error('README.md has no program');
    const { code, stdout, stderr } = await project.run('node', '-e', first.code);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(isPrinted(first.prints, stdout)).toBe(true);
  });

  test('npx named-shm doctor finds everything in order', async () => {
    const { code, stdout } = await project.run('npx', 'named-shm', 'doctor');
    expect(stdout).toContain(`Node ${process.versions.node}`);
    expect(code).toBe(0);
  });

  test('ES modules and TypeScript types are there', async () => {
    const script =
      "import { SharedMemory } from 'named-shm'; console.log(typeof SharedMemory.create)";
    const { stdout } = await project.run('node', '--input-type=module', '-e', script);
    expect(stdout).toBe('function\n');
    expect(existsSync(path.join(project.installed, 'dist', 'index.d.ts'))).toBe(true);
  });

  test('the same package runs on arm64', async () => {
    const node = nodeArm64('20');
    const { stdout, stderr } = await run(node, ['-e', PROGRAM], {
      cwd: project.folder,
      env: environmentArm64(node),
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'linux arm64 3.14\n', stderr: '' });
  });

  test('the same package runs on Windows', () => {
    prepare();
    const program = path.join(project.folder, 'program.js');
    writeFileSync(program, PROGRAM);
    const { ended, text } = runNode('22', [toWindows(program)], {
      log: path.join(project.folder, 'windows.txt'),
    });
    expect(ended).toBe(0);
    expect(text.split('\n').at(-2)).toBe('win32 x64 3.14'); // Wine itself may have said more.
  });
});

describe('where the package has no addon for the system', () => {
  let unbuilt: string;

  beforeAll(() => {
    execFileSync('tar', ['-xf', tarball], { cwd: folder });
    rmSync(path.join(folder, 'package', 'prebuilds'), { recursive: true });
    unbuilt = pack(path.join(folder, 'package'));
  });

  test('the installation builds it', async () => {
    const project = new Project(process.env['PATH'] as string);
    expect(await project.run('npm', 'install', unbuilt)).toMatchObject({ code: 0 });
    expect(existsSync(path.join(project.installed, 'build', 'Release'))).toBe(true);
    expect((await project.run('node', '-e', PROGRAM)).stdout).toBe(
      `${process.platform} ${process.arch} 3.14\n`,
    );
  }, 300_000);

  test('and without a compiler it says what to install', async () => {
    const project = new Project(bare);
    const { code, stderr } = await project.run('npm', 'install', unbuilt);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/no prebuilt addon for \w+-\w+, and building it failed/);
    expect(stderr).toContain('apt-get install python3 make g++');
    expect(stderr).toContain('npm rebuild named-shm');
    expect(existsSync(project.installed)).toBe(false);
  });
});
