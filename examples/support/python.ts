import * as path from 'node:path';
import { DemoError } from './demo-error';
import { packageRoot } from './paths';
import { Program, type ProgramOptions } from './programs';

const OLDEST_MINOR = 8;
const QUESTION = 'import sys; print(sys.version.split()[0]); print(sys.executable)';

export interface Python {
  /** The interpreter itself, not a launcher that looks for it at each start. */
  readonly command: string;
  readonly version: string;
}

/** A usable Python, or why there is none. */
export type PythonSearch =
  { readonly python: Python } | { readonly python: undefined; readonly reason: string };

/**
 * Looks for a Python that has shared memory: 3.8 or later.
 *
 * @param command - the only one to try. @default python3, then python
 */
export async function findPython(command?: string): Promise<PythonSearch> {
  const candidates = command === undefined ? ['python3', 'python'] : [command];
  let reason: string | undefined;
  for (const candidate of candidates) {
    const found = await ask(candidate);
    if (typeof found === 'object') return { python: found };
    reason ??= found;
  }
  return { python: undefined, reason: reason ?? `no ${command ?? 'Python'} found` };
}

/**
 * The Python that takes part where `--with python` was given.
 *
 * @throws DemoError where there is none, or something else was asked for.
 */
export async function pythonFor(options: {
  readonly with?: string;
  readonly python?: string;
}): Promise<Python | undefined> {
  if (options.with === undefined) return undefined;
  if (options.with !== 'python') throw new DemoError(`--with ${options.with}: only python`, 2);
  const search = await findPython(options.python);
  if (search.python === undefined) throw new DemoError(`--with python: ${search.reason}`, 2);
  return search.python;
}

/** The interpreter behind a command, or why it is of no use; undefined where there is none. */
async function ask(command: string): Promise<Python | string | undefined> {
  try {
    const [version = '', executable = ''] = await new Program(command, ['-c', QUESTION]).lines;
    const [major, minor] = version.split('.').map(Number);
    if (major !== 3 || minor === undefined || minor < OLDEST_MINOR)
      return `Python ${version} is older than 3.${OLDEST_MINOR}`;
    return { command: executable || command, version };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
    return code === 'ENOENT' || code === 'EACCES' ? undefined : `${command} does not work`;
  }
}

/** Starts a Python program of the demos: 'tour/hash' is examples/tour/hash.py. */
export function startPython(
  python: Python,
  program: string,
  args: readonly string[],
  options?: ProgramOptions,
): Program {
  const companion = path.join(packageRoot, 'python'); // named_shm.py
  const others = process.env['PYTHONPATH'];
  const env = {
    PYTHONPATH: others ? companion + path.delimiter + others : companion,
    PYTHONDONTWRITEBYTECODE: '1', // a demo leaves no files behind either
    PYTHONIOENCODING: 'utf-8', // emoji, whatever the locale
    ...options?.env,
  };
  const file = path.join(packageRoot, 'examples', `${program}.py`);
  return new Program(python.command, [file, ...args], { ...options, env });
}
