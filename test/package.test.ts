// What is installed works for whoever installs it, and says what is missing where it can't.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as library from 'named-shm';
import { type Exit, run } from './support/programs';

const root = path.join(__dirname, '..');

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'named-shm-package-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(file: string, text: string, mode = 0o644): string {
  const where = path.join(folder, file);
  mkdirSync(path.dirname(where), { recursive: true });
  writeFileSync(where, text);
  chmodSync(where, mode);
  return where;
}

const CLASSES = [
  'Lock',
  'Semaphore',
  'ShareableList',
  'SharedArray',
  'SharedMemory',
  'SharedMemoryManager',
  'SharedResourceError',
];

describe('require and import', () => {
  test('give the same names, and the classes among them', async () => {
    const list = 'process.stdout.write(JSON.stringify(Object.keys(names).sort()))';
    const [required, imported] = await Promise.all([
      run(process.execPath, ['-e', `const names = require('named-shm'); ${list}`]),
      run(process.execPath, [
        '--input-type=module',
        '-e',
        `import * as names from 'named-shm'; ${list}`,
      ]),
    ]);
    const names = JSON.parse(required.stdout) as string[];
    expect(names).toEqual(expect.arrayContaining(CLASSES));
    expect(names).toEqual(Object.keys(library).sort());
    const fromImport = JSON.parse(imported.stdout) as string[];
    // What Node adds, by version, to the names of any module that is not an ES module itself.
    const added = fromImport.filter((name) => !names.includes(name));
    expect(['__esModule', 'default', 'module.exports']).toEqual(expect.arrayContaining(added));
    expect(fromImport).toEqual(expect.arrayContaining(names));
  });

  test('can each use it', async () => {
    const uses = `
      const shm = SharedMemory.create({ size: 8 });
      shm.view('float64')[0] = 3.14;
      process.stdout.write(String(SharedMemory.attach(shm.name).view('float64')[0]));`;
    const exits = await Promise.all([
      run(process.execPath, ['-e', `const { SharedMemory } = require('named-shm'); ${uses}`]),
      run(process.execPath, [
        '--input-type=module',
        '-e',
        `import { SharedMemory } from 'named-shm'; ${uses}`,
      ]),
    ]);
    for (const exit of exits) expect(exit).toMatchObject({ code: 0, stderr: '', stdout: '3.14' });
  });

  test('reach nothing but what the package offers', async () => {
    const script = `
      for (const inner of ['named-shm/dist/binding', 'named-shm/dist/index.js'])
        try { require(inner); } catch (error) { console.log(error.code); }
      console.log(require('named-shm/package.json').name);`;
    const { stdout } = await run(process.execPath, ['-e', script]);
    const refused = 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    expect(stdout).toBe(`${refused}\n${refused}\nnamed-shm\n`);
  });
});

describe('types', () => {
  const USES = `
using shm: SharedMemory = SharedMemory.create({ name: 'n', size: 16, mode: 0o600, track: false });
const floats: Float64Array = shm.view('float64', 8, 1);
const bigs: BigInt64Array<ArrayBuffer> = shm.view('int64');
const big: bigint | undefined = bigs[0];
const bytes: Buffer = shm.buf;
const [first]: SegmentInfo[] = SharedMemory.list();
const modified: Date | undefined = first?.modified;
using array: SharedArray<'int16'> = SharedArray.create('int16', [2, 3]);
const element: number = array.get(1, 2);
array.set(1, 2, element);
using wide = SharedArray.attach('m', 'uint64', [2], { byteOffset: 8, readOnly: true });
wide.set(0, 1n);
const one: bigint = wide.get(0);
using list = ShareableList.create([1, 'two', null, true, float(3), Buffer.from([1])]);
for (const item of list) console.log(item);
using lock = Lock.createOrAttach({ name: 'l' });
const taken: boolean = lock.acquireSync({ timeout: 5 }) || lock.tryAcquire();
using semaphore = Semaphore.create({ value: 2, maxValue: 3 });
const value: number = semaphore.value;
using manager = new SharedMemoryManager();
const memory: SharedMemory = manager.memory(10);
const stale: readonly StaleName[] = reclaim({ dryRun: true });
const dtype: DType = DTYPES[0] ?? 'bool';
const any: TypedArrayOf<DType> = memory.view(dtype);
const failed = (error: unknown): string | undefined =>
  error instanceof SharedResourceError ? error.code + error.syscall : undefined;
console.log(floats, big, bytes, modified, one, taken, value, stale, any, failed);
// @ts-expect-error a size has to be given
SharedMemory.create({});
// @ts-expect-error no such dtype
shm.view('float16');
// @ts-expect-error a bigint array takes no number
wide.set(0, 1);
// @ts-expect-error cannot be changed
shm.name = 'other';
// @ts-expect-error needs a name
Lock.createOrAttach({});
`;
  const NAMES = `${CLASSES.join(', ')}, DTYPES, float, reclaim`;
  const TYPES = 'DType, SegmentInfo, StaleName, TypedArrayOf';

  test('compile in strict programs of both kinds of module, without skipLibCheck', async () => {
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(root, path.join(folder, 'node_modules', 'named-shm'));
    put(
      'esm.mts',
      `import { ${NAMES} } from 'named-shm';\nimport type { ${TYPES} } from 'named-shm';${USES}`,
    );
    put(
      'cjs.cts',
      `import namedShm = require('named-shm');\nconst { ${NAMES} } = namedShm;\n${[
        ...CLASSES.filter((name) => !['SharedArray', 'SharedResourceError'].includes(name)),
        ...TYPES.split(', ').filter((name) => name !== 'TypedArrayOf'),
      ]
        .map((name) => `type ${name} = namedShm.${name};`)
        .join('\n')}
type SharedArray<D extends DType> = namedShm.SharedArray<D>;
type TypedArrayOf<D extends DType> = namedShm.TypedArrayOf<D>;${USES}`,
    );
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: false,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'esnext.disposable'],
      module: 'node16',
      moduleResolution: 'node16',
      types: ['node'],
      typeRoots: [path.join(root, 'node_modules', '@types')],
    };
    put('tsconfig.json', JSON.stringify({ compilerOptions, files: ['esm.mts', 'cjs.cts'] }));
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, stdout } = await run(process.execPath, [tsc, '-p', folder]);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });
});

test('an addon that can’t be loaded says what to install', async () => {
  const { code, stderr } = await run(process.execPath, ['-e', "require('named-shm')"], {
    env: { NAMED_SHM_PREBUILD: folder },
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/named-shm: its native addon can't be loaded on \w+-\w+, Node \d+/);
  expect(stderr).toContain('npm rebuild named-shm');
  expect(stderr).toContain('apt-get install python3 make g++');
  expect(stderr).toContain('xcode-select --install');
  expect(stderr).toMatch(/Loading it said: No native build was found/);
});

test('the package has what an installation needs, and no more', async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { code, stdout } = await run('npm', args);
  expect(code).toBe(0);
  const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const files = packed.files.map((file) => file.path);
  const needed = [
    'LICENSE',
    'README.md',
    'binding.gyp',
    'dist/cli/main.js',
    'dist/index.d.ts',
    'dist/index.js',
    'native/binding/addon.cc',
    'native/sources.gypi',
    'package.json',
    'python/named_shm.py',
    'scripts/install.js',
  ];
  expect(files).toEqual(expect.arrayContaining(needed));
  const allowed =
    /^(dist|docs|native|prebuilds|python)\/|^(LICENSE|README\.md|CHANGELOG\.md|package\.json|binding\.gyp|scripts\/install\.js)$/;
  expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  expect(
    files.filter((file) => /tsbuildinfo|__pycache__|\.test\.|^native\/test/.test(file)),
  ).toEqual([]);
});

describe('the install script', () => {
  /** A copy of what is installed, without any build. */
  function copyPackage(): void {
    for (const file of ['package.json', 'binding.gyp', 'CMakeLists.txt', 'native', 'scripts'])
      cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    mkdirSync(path.join(folder, 'bin'));
  }

  function install(env: NodeJS.ProcessEnv = {}): Promise<Exit> {
    return run(process.execPath, [path.join(folder, 'scripts', 'install.js')], {
      cwd: folder,
      // npm tells its scripts where its own node-gyp is; nothing else is on the path.
      env: { npm_config_node_gyp: '', PATH: path.join(folder, 'bin'), ...env },
    });
  }

  function expectAdvice({ code, stderr }: Exit): void {
    expect(code).toBe(1);
    expect(stderr).toMatch(/no prebuilt addon for \w+-\w+, and building it failed/);
    expect(stderr).toContain('Python 3, make and a C++17 compiler');
    expect(stderr).toContain('apt-get install python3 make g++');
    expect(stderr).toContain('npm rebuild named-shm');
    expect(stderr).not.toMatch(/^\s+at /m);
  }

  test('without any tool says what to install', async () => {
    copyPackage();
    expectAdvice(await install());
  });

  test('with tools that fail says so too', async () => {
    copyPackage();
    put('bin/cmake', '#!/bin/sh\n[ "$1" = --version ]\n', 0o755);
    const npm_config_node_gyp = put('node-gyp.js', 'process.exitCode = 1;');
    expectAdvice(await install({ npm_config_node_gyp }));
  });

  test('takes npm’s node-gyp where cmake can’t build', async () => {
    copyPackage();
    const npm_config_node_gyp = put('node-gyp.js', 'console.log(process.argv.slice(2).join());');
    expect(await install({ npm_config_node_gyp })).toEqual({
      code: 0,
      signal: null,
      stdout: 'rebuild\n',
      stderr: '',
    });
  });

  test('builds nothing where an addon is there that loads', async () => {
    copyPackage();
    cpSync(
      path.join(root, 'build', 'Release', 'named_shm.node'),
      path.join(folder, 'build', 'Release', 'named_shm.node'),
    );
    const npm_config_node_gyp = put('node-gyp.js', 'process.exitCode = 1;');
    expect(await install({ npm_config_node_gyp })).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
  });

  test('builds anew where the addon that is there does not load', async () => {
    copyPackage();
    put('build/Release/named_shm.node', 'of another system');
    const npm_config_node_gyp = put('node-gyp.js', 'console.log("built");');
    expect((await install({ npm_config_node_gyp })).stdout).toBe('built\n');
  });
});
