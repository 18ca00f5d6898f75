import { statfsSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { type Failure, isFailure } from './failure';
import { formatBytes } from './bytes';

/** The kinds of object that a name stands for, in the words of the messages. */
export type ResourceKind =
  'shared memory segment' | 'semaphore' | 'mutex' | 'reader-writer lock' | 'file';

/**
 * A system call that failed, with the fields of Node's own system errors.
 *
 * `code` is the same on every system ('ENOENT', 'EEXIST', 'EACCES', 'ENOSPC', 'EMFILE' …).
 * Conditions that no system call reports have codes that begin with `ERR_SHM_`:
 * `ERR_SHM_TRUNCATED`, `ERR_SHM_EMPTY`, `ERR_SHM_CORRUPT`, `ERR_SHM_UNSUPPORTED`.
 */
export class SharedResourceError extends Error {
  override readonly name = 'SharedResourceError';
  readonly code: string;
  /** Node's number for the code (negative), where it has one. */
  readonly errno: number | undefined;
  readonly syscall: string | undefined;
  /** The name as the system sees it, with a leading slash; of a file, where it is. */
  readonly path: string | undefined;

  /** @internal */
  constructor(code: string, text: string, details: { syscall?: string; path?: string } = {}) {
    super(`${code}: ${text}`);
    this.code = code;
    this.errno = errnoOf(code);
    this.syscall = details.syscall;
    this.path = details.path;
  }
}

/** The codes of errors that are the caller's to avoid. */
export type MisuseCode =
  | 'ERR_SHM_CLOSED'
  | 'ERR_SHM_NAME'
  | 'ERR_SHM_NOT_OWNER'
  | 'ERR_SHM_OVER_RELEASE'
  | 'ERR_SHM_RANGE'
  | 'ERR_SHM_READ_ONLY'
  | 'ERR_SHM_TYPE';

export function typeError(code: MisuseCode, message: string): TypeError & { code: MisuseCode } {
  return Object.assign(new TypeError(message), { code });
}

export function rangeError(
  message: string,
  code: MisuseCode = 'ERR_SHM_RANGE',
): RangeError & { code: MisuseCode } {
  return Object.assign(new RangeError(message), { code });
}

export function closedError(what: string, name: string): TypeError {
  return typeError('ERR_SHM_CLOSED', `${what} '${name}' is closed`);
}

/** Which object a native call was about, for the message of its failure. */
export interface Subject {
  readonly kind: ResourceKind;
  readonly name: string;
  /** Bytes asked for, where the call was to create. */
  readonly size?: number;
}

/** The result of a native call, or its failure thrown as a SharedResourceError. */
export function unwrap<T>(result: T | Failure, subject: Subject): T {
  if (isFailure(result)) throw toError(result, subject);
  return result;
}

/** How the system knows it. */
export function pathOf({ kind, name }: Subject): string {
  return kind === 'file' ? name : `/${name}`;
}

function toError({ code, syscall }: Failure, subject: Subject): SharedResourceError {
  const path = pathOf(subject);
  const text = `${describe(code, subject)}, ${syscall} '${path}'`;
  const remedy = remedyFor(code, subject);
  return new SharedResourceError(code, remedy ? `${text}. ${remedy}` : text, { syscall, path });
}

function describe(code: string, { kind, size }: Subject): string {
  switch (code) {
    case 'ENOENT':
      return `no such ${kind}`;
    case 'EEXIST':
      return `${kind} already exists`;
    case 'EACCES':
    case 'EPERM':
      return `permission denied for this ${kind}`;
    case 'ENOSPC':
    case 'EDQUOT':
      if (kind === 'file') return 'no space left on the disk';
      return size === undefined
        ? 'no space left in shared memory'
        : `not enough shared memory for ${formatBytes(size)}`;
    case 'ENOMEM':
      return size === undefined ? 'not enough memory' : `can't map ${formatBytes(size)}`;
    case 'EFBIG':
      return `${kind} larger than a file may be`;
    case 'EMFILE':
      return 'too many open files in this process';
    case 'ENFILE':
      return 'too many open files in the system';
    case 'ENAMETOOLONG':
      return `name too long for a ${kind}`;
    case 'EINVAL':
      return kind === 'file'
        ? 'not a regular file'
        : `not a ${kind}, or not a valid request for one`;
    case 'ERR_SHM_EMPTY':
      return `${kind} has no size yet`;
    case 'ERR_SHM_CORRUPT':
      return `not a ${kind} of this version, or a damaged one`;
    case 'EAGAIN':
      return 'the system has no room for another thread';
    case 'ERR_SHM_TRUNCATED':
      return `${kind} was cut short by another program while it was open here`;
    case 'ERR_SHM_UNSUPPORTED':
      return 'not possible on this system';
    default:
      return systemText(code) ?? `${kind} operation failed`;
  }
}

function remedyFor(code: string, { kind, size }: Subject): string | undefined {
  switch (code) {
    case 'ENOSPC':
      if (kind === 'file') return undefined;
      if (process.platform === 'win32')
        return 'A segment is charged to memory and page file: end other programs, or let the page file grow';
      return `${sharedMemoryFree()}In Docker, give the container more with --shm-size; elsewhere remount /dev/shm larger, or see what fills it with "named-shm ls"`;
    case 'EBUSY':
      if (kind !== 'file' || process.platform !== 'win32') return undefined;
      return 'Windows makes no file shorter that is mapped: close it in other programs, and drop the views of it here';
    case 'EFBIG':
      return 'See the limit with "ulimit -f"';
    case 'EMFILE':
      return 'Close what is no longer used, or raise the limit with "ulimit -n"';
    case 'ENOMEM':
      return size === undefined ? undefined : 'Unmap other segments, or ask for less';
    case 'ERR_SHM_EMPTY':
      if (kind === 'file') return 'Give it one: open it with create: true and a size';
      return 'Its creator was waited for and has not given it one: it may have died. Remove it with "named-shm rm" and create it anew';
    default:
      return undefined;
  }
}

function sharedMemoryFree(): string {
  if (process.platform !== 'linux') return '';
  try {
    const { blocks, bavail, bsize } = statfsSync('/dev/shm');
    return `/dev/shm holds ${formatBytes(blocks * bsize)}, ${formatBytes(bavail * bsize)} are free. `;
  } catch {
    return '';
  }
}

let errnoByCode: ReadonlyMap<string, number> | undefined;

function errnoOf(code: string): number | undefined {
  errnoByCode ??= new Map([...getSystemErrorMap()].map(([errno, [name]]) => [name, errno]));
  return errnoByCode.get(code);
}

function systemText(code: string): string | undefined {
  const errno = errnoOf(code);
  return errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
}
