import { randomBytes } from 'node:crypto';
import { show } from './arguments';
import { SharedResourceError, type ResourceKind, typeError } from './errors';

const PREFIX = 'nshm_';

/** Where in Windows a name is: in all sessions, or (as by default) in that of the program. */
const WINDOWS_PLACE = /^(?:Global|Local)\\/;

/** How long a name can be, in bytes of UTF-8 without the leading slash. */
function maxNameBytes(kind: ResourceKind): number {
  switch (process.platform) {
    case 'darwin':
      return 30; // PSHMNAMLEN 31, the slash counted
    default: // Windows takes 259 (MAX_PATH)
      return kind === 'semaphore' ? 251 : 255; // NAME_MAX; the system puts "sem." in front
  }
}

/**
 * The bare form of a name (without one leading slash), checked before any system call.
 *
 * @throws TypeError `ERR_SHM_NAME` for what no system takes; SharedResourceError `ENAMETOOLONG`.
 */
export function checkName(name: unknown, kind: ResourceKind): string {
  if (typeof name !== 'string')
    throw typeError('ERR_SHM_NAME', `name must be a string, not ${show(name)}`);
  const bare = name.startsWith('/') ? name.slice(1) : name;
  const fault = faultOf(
    process.platform === 'win32' ? bare.replace(WINDOWS_PLACE, '') : bare,
    kind,
  );
  if (fault) throw typeError('ERR_SHM_NAME', `name ${show(name)} ${fault}`);
  const bytes = Buffer.byteLength(bare);
  const max = maxNameBytes(kind);
  if (bytes > max) {
    throw new SharedResourceError(
      'ENAMETOOLONG',
      `name too long for a ${kind} on this system (${bytes} bytes, at most ${max}), '/${bare}'`,
      { syscall: kind === 'semaphore' ? 'sem_open' : 'shm_open', path: `/${bare}` },
    );
  }
  return bare;
}

function faultOf(bare: string, kind: ResourceKind): string | undefined {
  if (bare === '') return 'is empty';
  if (bare.includes('\0')) return 'has a NUL character';
  if (bare.includes('/')) return 'has a slash that is not its first character';
  if (!bare.isWellFormed()) return 'is no valid Unicode text';
  if (bare === '.' || bare === '..') return 'is no name but a folder';
  if (process.platform === 'win32' && bare.includes('\\'))
    return 'has a backslash, which Windows takes only after "Global" or "Local" at the beginning';
  if (process.platform !== 'darwin' && kind !== 'semaphore' && bare.startsWith('sem.'))
    return 'begins with "sem.", which is for semaphores on this system';
  return undefined;
}

/** A name that nobody else has: `nshm_` and 8 hexadecimal digits. */
export function randomName(): string {
  return PREFIX + randomBytes(4).toString('hex');
}
