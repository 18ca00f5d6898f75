import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';

const root = path.join(__dirname, '..', '..', '..');
const sources = path.join(root, 'bench');
const programs = path.join(root, 'out', 'bench-c');

export interface Compiler {
  readonly command: string;
  readonly version: string;
}

/** @throws Error that says what to install, where there is no C compiler. */
export function findCompiler(): Compiler {
  const command = process.env['CC'] ?? 'cc';
  const { error, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  if (error) {
    throw new Error(
      `no C compiler ("${command}"): the yardsticks are C programs. Install one (Debian and ` +
        'Ubuntu: apt-get install gcc libc6-dev; macOS: xcode-select --install) or name it in CC',
    );
  }
  const [first = ''] = stdout.split('\n');
  // "cc (Debian 12.2.0-14) 12.2.0", "Apple clang version 15.0.0 (clang-1500.3.9.4)"
  const family = /clang/i.test(first) ? 'clang' : 'gcc';
  return { command, version: `${family} ${/\d+\.\d+\.\d+/.exec(first)?.[0] ?? 'unknown'}` };
}

const compiled = new Map<string, string>();

/** Compiles bench/c/`file`.c, once in this run, and returns the program's path. */
export function compile({ command }: Compiler, file: string): string {
  const before = compiled.get(file);
  if (before !== undefined) return before;
  mkdirSync(programs, { recursive: true });
  const program = path.join(programs, file);
  const source = path.join(sources, 'c', `${file}.c`);
  // Before glibc 2.34 shm_open is in librt, and semaphores are in libpthread.
  const libraries = process.platform === 'linux' ? ['-pthread', '-lrt'] : [];
  const args = ['-O2', '-Wall', '-Wextra', source, '-o', program, ...libraries];
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} can't compile bench/c/${file}.c:\n${stderr}`);
  compiled.set(file, program);
  return program;
}

export interface Python {
  readonly command: string;
  readonly version: string;
}

/** The newest CPython, 3.8 or later, on the PATH or among pyenv's; PYTHON names another one. */
export function findPython(): Python | undefined {
  const chosen = process.env['PYTHON'];
  const commands = chosen === undefined ? installedPythons() : [chosen];
  return commands
    .flatMap((command) => versionOf(command) ?? [])
    .sort((a, b) => b.minor - a.minor)
    .at(0);
}

export function pythonScript(file: string): string {
  return path.join(sources, 'py', `${file}.py`);
}

function installedPythons(): string[] {
  const pyenv = process.env['PYENV_ROOT'] ?? path.join(homedir(), '.pyenv');
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    ...entriesOf(path.join(pyenv, 'versions')).map((version) =>
      path.join(pyenv, 'versions', version, 'bin'),
    ),
  ];
  return folders.flatMap((folder) =>
    entriesOf(folder)
      .filter((file) => /^python3(\.\d+)?$/.test(file))
      .map((file) => path.join(folder, file)),
  );
}

function versionOf(command: string): (Python & { readonly minor: number }) | undefined {
  const program =
    'import sys; print(sys.implementation.name, sys.version.split()[0], sys.version_info[1])';
  const { stdout, status } = spawnSync(command, ['-c', program], { encoding: 'utf8' });
  if (status !== 0) return undefined; // a shim of pyenv for a version that is not active
  const [implementation, version = '', minor] = stdout.trim().split(' ');
  if (implementation !== 'cpython' || Number(minor) < 8) return undefined;
  return { command, version, minor: Number(minor) };
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
