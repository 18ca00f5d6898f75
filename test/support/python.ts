import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { type Exit, Program, type ProgramOptions } from './programs';

const root = path.join(__dirname, '..', '..');
export const OLDEST = 8;
export const NEWEST = 13;

const PROBE = `
import sys, importlib.util
print(sys.version_info[0], sys.version_info[1], sys.version_info[2], sys.prefix,
      importlib.util.find_spec("numpy") is not None, sep="\\t")`;

/** A Python of this machine. */
export interface Python {
  readonly command: string;
  /** As '3.12.1'. */
  readonly version: string;
  /** The 12 of 3.12.1. */
  readonly minor: number;
  readonly hasNumPy: boolean;
}

/** Every Python 3.8 to 3.13 on PATH and under pyenv, each installation once, oldest first. */
export function pythons(): readonly Python[] {
  found ??= findPythons();
  return found;
}

let found: readonly Python[] | undefined;

function findPythons(): Python[] {
  const byInstallation = new Map<string, Python>();
  for (const command of commands()) {
    const probe = spawnSync(command, ['-c', PROBE], { encoding: 'utf8', timeout: 30_000 });
    if (probe.status !== 0) continue;
    const [major, minor, micro, prefix, numpy] = probe.stdout.trim().split('\t');
    if (major !== '3' || Number(minor) < OLDEST || Number(minor) > NEWEST) continue;
    const version = `3.${minor}.${micro}`;
    const key = `${version} ${prefix}`;
    if (byInstallation.has(key)) continue;
    const hasNumPy = numpy === 'True';
    byInstallation.set(key, { command, version, minor: Number(minor), hasNumPy });
  }
  return [...byInstallation.values()].sort((a, b) => a.minor - b.minor);
}

function commands(): Iterable<string> {
  const pyenv = process.env['PYENV_ROOT'] ?? path.join(homedir(), '.pyenv');
  const shims = path.join(pyenv, 'shims'); // They stand for what is under versions/.
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((p) => p !== shims);
  const names = ['python3'];
  for (let minor = OLDEST; minor <= NEWEST; minor += 1) names.push(`python3.${minor}`);
  const files = [
    ...folders.flatMap((folder) => names.map((name) => path.join(folder, name))),
    ...namesIn(path.join(pyenv, 'versions')).map((version) =>
      path.join(pyenv, 'versions', version, 'bin', 'python3'),
    ),
  ];
  return new Set(files.map(inRealFolder).filter(isExecutable));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** For /bin that is /usr/bin. The file itself may be a link that makes it a virtual environment. */
function inRealFolder(file: string): string {
  try {
    return path.join(realpathSync(path.dirname(file)), path.basename(file));
  } catch {
    return file;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One of test/python, by file name, in a process of its own. */
export function startPython(
  { command }: Python,
  script: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Program {
  const file = path.join(root, 'test', 'python', `${script}.py`);
  const env = { PYTHONPATH: path.join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1' };
  return new Program(command, [file, ...args], { ...options, env: { ...env, ...options.env } });
}

export function runPython(...args: Parameters<typeof startPython>): Promise<Exit> {
  return startPython(...args).exit;
}
