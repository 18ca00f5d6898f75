import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const root = path.join(__dirname, '..');

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replace(/\/\/.*$/gm, '');
}

function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith(extension));
}

const { variables: lists } = JSON.parse(read('native/sources.gypi')) as {
  variables: Record<string, string[]>;
};

/** Which lists each system is built from, as in binding.gyp and CMakeLists.txt. */
const SYSTEMS: Record<string, readonly string[]> = {
  Linux: ['posix_sources', 'linux_sources', 'linux_fast_sources'],
  'Linux with what other systems get': ['posix_sources', 'linux_sources', 'fallback_sources'],
  macOS: ['posix_sources', 'darwin_sources', 'fallback_sources'],
  Windows: ['win_sources'],
};

interface Contract {
  /** `Class::Function`, or `Function` in no class. */
  readonly functions: readonly string[];
  /** `Class::method` that whoever implements the class has to override. */
  readonly methods: readonly string[];
}

/** What the headers of native/platform promise, in whatever file it is kept. */
function readContract(header: string): Contract {
  const functions: string[] = [];
  const methods: string[] = [];
  const text = read(header);
  // Of a class that has a body; its own end is the first brace at the beginning of a line.
  const outside = text.replace(
    /^class (\w+)[^;{]*\{([^]*?)^\};/gm,
    (_, name: string, body: string) => {
      for (const [, called] of body.matchAll(/^ {2}static [^;]*?(\w+)\([^;]*;/gm))
        functions.push(`${name}::${called}`);
      // Without a function that makes one, the class is for those above to implement.
      if (!/^ {2}static /m.test(body)) return '';
      for (const [, called] of body.matchAll(/^ {2}virtual [^;]*?(\w+)\([^;]*= 0;/gm))
        methods.push(`${name}::${called}`);
      return '';
    },
  );
  const bodiless = outside.replace(/^struct [^]*?^\};/gm, '');
  for (const [, called] of bodiless.matchAll(/^[\w:<>*]+[^;(){}=]*?(\w+)\([^;]*\) noexcept;/gm))
    functions.push(called as string);
  return { functions, methods };
}

const contracts = filesBelow('native/platform', '.h').filter(
  (file) => file.split('/').length === 3,
);

describe('sources', () => {
  test('every C++ file is in native/sources.gypi, once, and every entry is a file', () => {
    const listed = Object.values(lists).flat();
    const there = filesBelow('native', '.cc').filter((file) => !file.startsWith('native/test/'));
    expect(listed.toSorted()).toEqual(there.toSorted());
  });

  test.each(['binding.gyp', 'CMakeLists.txt'])('%s uses each of the lists', (file) => {
    const text = read(file);
    const own = file === 'binding.gyp' ? ['mingw_sources'] : [];
    for (const list of Object.keys(lists)) expect(text.includes(list)).toBe(!own.includes(list));
  });
});

test('the contracts are found', () => {
  const all = contracts.map(readContract);
  expect(all.flatMap(({ functions }) => functions)).toEqual(
    expect.arrayContaining(['Segment::Create', 'Liveness::Claim', 'Park', 'BootId', 'MonotonicMs']),
  );
  expect(all.flatMap(({ methods }) => methods)).toEqual(
    expect.arrayContaining(['Segment::Release', 'Semaphore::Wait', 'LockFile::ReadAt']),
  );
});

describe.each(Object.entries(SYSTEMS))('%s', (_, names) => {
  const sources = names.flatMap((name) => lists[name] as string[]);
  const texts = sources.map(read);
  const folders = new Set(sources.map((file) => path.posix.dirname(file)));
  const headers = [...folders].flatMap((folder) => filesBelow(folder, '.h')).map(read);

  test.each(contracts)('has each function of %s once', (header) => {
    for (const called of readContract(header).functions) {
      // At the beginning of a line: a definition, and no call.
      const definition = new RegExp(`^(?!return)\\w[^\\n;=()]*[ >&*]${called}\\(`, 'm');
      const found = texts.filter((text) => definition.test(text));
      expect([called, found.length]).toEqual([called, 1]);
    }
  });

  test.each(contracts)('implements each method of %s', (header) => {
    for (const method of readContract(header).methods) {
      const [contract, called] = method.split('::') as [string, string];
      const implemented = [...texts, ...headers].filter((text) =>
        new RegExp(`: public ${contract} \\{`).test(text),
      );
      // What is not possible on a system has no object of it.
      const unsupported = texts.some((text) =>
        new RegExp(
          `${contract}::(Create|Open)\\([^)]*\\) noexcept \\{\\s*return kUnsupported;\\s*\\}`,
        ).test(text),
      );
      const overriding = implemented.filter((text) =>
        new RegExp(`[ *]${called}\\([^;{]*override`).test(text),
      );
      expect([method, overriding.length]).toEqual([method, unsupported ? 0 : 1]);
    }
  });
});
