import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import * as path from 'node:path';
import * as namedShm from 'named-shm';
import * as ts from 'typescript';
import {
  type CodeBlock,
  codeBlocksOf,
  countFences,
  isPrinted,
  linesOf,
} from './support/code-blocks';
import { type Exit, Program, type ProgramOptions, run } from './support/programs';
import { systemNames } from './support/system-names';

const root = path.join(__dirname, '..');
const docs = readdirSync(path.join(root, 'docs')).filter((file) => file.endsWith('.md'));
const documents = ['README.md', ...docs.map((file) => `docs/${file}`)];

/** Lines of sh blocks that are left out: they install, build or test, or need another machine. */
const NOT_FOR_A_TEST = [/^npm (ci|install|rebuild|run|test)\b/, /^docker run\b/];
/** How many blocks may be marked "not run" in all documents together. */
const MOST_NOT_RUN = 0;

const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  strict: true,
  skipLibCheck: true,
};

const API = `const { ${Object.keys(namedShm).join(', ')} } = require('named-shm');`;

// Inside the package: there require('named-shm') is this very package, as for who installed it.
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(root, 'out', 'docs-'));
  const main = path.join(root, 'dist', 'cli', 'main.js');
  command('named-shm', `exec '${process.execPath}' '${main}' "$@"`);
  command('node', `exec '${process.execPath}' "$@"`);
  command('npx', '[ "$1" = named-shm ] || exit 127; exec "$@"');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function command(name: string, script: string): void {
  file(name, `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(folder, name), 0o755);
}

/** A file in the folder where the blocks run. */
function file(name: string, text: string): string {
  const whole = path.join(folder, name);
  writeFileSync(whole, text);
  return whole;
}

function readDocument(document: string): string {
  return readFileSync(path.join(root, document), 'utf8');
}

function blocksOf(document: string): CodeBlock[] {
  return codeBlocksOf(path.join(root, document));
}

function options(): ProgramOptions {
  const env = {
    PATH: `${folder}${path.delimiter}${process.env['PATH']}`,
    PYTHONPATH: path.join(root, 'python'),
    PYTHONDONTWRITEBYTECODE: '1',
    // Journals of their own: what a block leaves behind no other test sweeps, nor the other way round.
    NAMED_SHM_JOURNAL_DIR: path.join(folder, 'journals'),
  };
  return { cwd: folder, env };
}

function isModule(code: string): boolean {
  return /^import /m.test(code);
}

function node(code: string): Program {
  const name = isModule(code) ? 'block.mjs' : 'block.cjs';
  return new Program(process.execPath, [file(name, code)], options());
}

/** A program that has done what the block needs, and stays until the block has ended. */
async function startBefore(code: string): Promise<Program> {
  const waiting = "process.stdin.resume(); console.log('ready');";
  const before = file('before.cjs', `${API}\n${code};\n${waiting}\n`);
  const program = new Program(process.execPath, [before], options());
  await program.line();
  return program;
}

async function runBlock({ language, code }: CodeBlock): Promise<Exit> {
  switch (language) {
    case 'js':
      return node(code).exit;
    case 'ts':
      return node(transpile(code)).exit;
    case 'python':
      return run('python3', [file('block.py', code)], options());
    case 'sh': {
      const lines = code
        .split('\n')
        .filter((line) => !NOT_FOR_A_TEST.some((rule) => rule.test(line)));
      // What a terminal shows: both streams.
      const script = file('block.sh', ['exec 2>&1', ...lines].join('\n'));
      return run('sh', ['-e', script], options());
    }
    default:
      throw new Error(`blocks of "${language}" can't be run: use js, ts, python, sh or text`);
  }
}

function transpile(code: string): string {
  const module = isModule(code) ? ts.ModuleKind.ES2022 : ts.ModuleKind.CommonJS;
  const compilerOptions = { ...COMPILER_OPTIONS, module };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}

describe.each(documents)('%s', (document) => {
  const blocks = blocksOf(document).filter(({ language }) => language !== 'text');
  const namesBefore = systemNames();

  for (const block of blocks.filter(({ notRun }) => notRun === undefined)) {
    test(`the ${block.language} block at line ${block.line} does what it says`, async () => {
      const before = block.before === undefined ? undefined : await startBefore(block.before);
      try {
        const { code, signal, stdout, stderr } = await runBlock(block);
        expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
        const said = isPrinted(block.prints, stdout);
        expect(said ? block.prints : linesOf(stdout)).toEqual(block.prints);
      } finally {
        before?.child.stdin?.end();
        await before?.exit;
      }
    });
  }

  test('its blocks leave no name behind', () => {
    const words = blocks.flatMap(
      ({ code, before = '' }) => `${code} ${before}`.match(/[\w.-]+/g) ?? [],
    );
    const left = systemNames().filter((name) => !namesBefore.includes(name));
    // Other test files run at the same time; random names are for the end of the suite.
    expect(left.filter((name) => words.includes(name.replace(/^sem\./, '')))).toEqual([]);
  });

  test('all of its fences are blocks', () => {
    expect(countFences(path.join(root, document))).toBe(2 * blocksOf(document).length);
  });
});

test('few blocks are not run, and those say why', () => {
  const notRun = documents.flatMap(blocksOf).filter((block) => block.notRun !== undefined);
  expect(notRun.length).toBeLessThanOrEqual(MOST_NOT_RUN);
});

test('the ts blocks are strict TypeScript', () => {
  const files = documents
    .flatMap(blocksOf)
    .filter(({ language }) => language === 'ts')
    .map(({ code }, i) => file(`strict-${i}.${isModule(code) ? 'mts' : 'cts'}`, code));
  expect(files).not.toEqual([]);
  const program = ts.createProgram(files, { ...COMPILER_OPTIONS, noEmit: true });
  const faults = ts.getPreEmitDiagnostics(program);
  expect(
    faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  ).toEqual([]);
});

test("README's first program stands alone and is short", () => {
  const first = blocksOf('README.md').find(({ language }) => language === 'js');
  expect(first).toMatchObject({ before: undefined, notRun: undefined });
  expect(first?.code.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(10);
});

test("the guide's table has every code of ours, and no other", () => {
  const sources = readdirSync(path.join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(root, 'lib', name), 'utf8'));
  const rows = readDocument('docs/guide.md').match(/^\| `[^|]*/gm) ?? [];
  expect(codesIn(rows.join('\n'))).toEqual(codesIn(sources.join('\n')));
});

function codesIn(text: string): string[] {
  return [...new Set(text.match(/ERR_SHM_[A-Z][A-Z_]*/g))].sort();
}

describe.each([...documents, 'CONTRIBUTING.md'])('%s', (document) => {
  test('its links lead somewhere', () => {
    const dead = linksIn(readDocument(document)).filter((link) => !leadsSomewhere(document, link));
    expect(dead).toEqual([]);
  });
});

function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [target = '', heading] = link.split('#');
  const absolute = path.join(
    root,
    target === '' ? document : path.join(path.dirname(document), target),
  );
  if (!existsSync(absolute)) return false;
  return heading === undefined || headingsOf(readFileSync(absolute, 'utf8')).includes(heading);
}

/** As GitHub makes them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}
