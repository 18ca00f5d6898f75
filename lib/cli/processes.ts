import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

const FOLDER = '/dev/shm/';
const TICKS_PER_SECOND = 100; // USER_HZ: the same on every Linux that Node runs on

export interface Process {
  readonly pid: number;
  /** The program's name, at most 15 characters. */
  readonly name: string;
}

export interface ProcessDetails extends Process {
  /** The whole command line; the name where it has none. */
  readonly command: string;
  readonly start: Date | undefined;
  /** Tokens of the robust locks that it lives by, as decimal numbers. */
  readonly tokens: ReadonlySet<string>;
}

/**
 * Which processes have a file of shared memory mapped or open: those that this user can look into,
 * root into all. Undefined where the system doesn't tell (everywhere but on Linux, and there
 * without /proc).
 */
export function findProcesses(): ((file: string) => readonly Process[]) | undefined {
  const pids = attempt(() => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) ?? [];
  if (process.platform !== 'linux' || pids.length === 0) return undefined;
  const found = new Map<string, Process[]>();
  for (const pid of pids) {
    const files = new Set([...mappedFiles(pid), ...openFiles(pid)]);
    if (files.size === 0) continue;
    const name = attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '';
    for (const file of files) {
      const processes = found.get(file) ?? [];
      processes.push({ pid: Number(pid), name });
      found.set(file, processes);
    }
  }
  return (file) => {
    const status = attempt(() => statSync(FOLDER + file));
    return (status && found.get(identity(status.dev, status.ino))) ?? [];
  };
}

/** Whether there is a file of that name in shared memory: a segment, or "sem." and a semaphore. */
export function isInSharedMemory(file: string): boolean {
  return attempt(() => statSync(FOLDER + file).isFile()) ?? false;
}

export function detailsOf({ pid, name }: Process): ProcessDetails {
  const line = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
  const command = line.split('\0').join(' ').trim();
  return { pid, name, command: command || name, start: startOf(pid), tokens: tokensOf(pid) };
}

/**
 * Files in shared memory by device and inode, as proc(5) has them. Names would not do: a segment
 * that was made without one and then linked, as ours are, is called "#1234 (deleted)" here.
 */
function mappedFiles(pid: string): string[] {
  const maps = attempt(() => readFileSync(`/proc/${pid}/maps`, 'utf8')) ?? '';
  const lines = maps.split('\n').filter((line) => line.includes(FOLDER));
  return lines.map((line) => line.split(/ +/).slice(3, 5).join(' '));
}

function openFiles(pid: string): string[] {
  return descriptorsOf(pid).flatMap((fd) => {
    const link = `/proc/${pid}/fd/${fd}`;
    const status = attempt(() =>
      readlinkSync(link).startsWith(FOLDER) ? statSync(link) : undefined,
    );
    return status?.isFile() ? [identity(status.dev, status.ino)] : [];
  });
}

function descriptorsOf(pid: string | number): string[] {
  return attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
}

/** A robust lock's holder locks one byte of its file, at the offset that its token says. */
function tokensOf(pid: number): Set<string> {
  const infos = descriptorsOf(pid).map(
    (fd) => attempt(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? '',
  );
  const locks = infos.flatMap((info) =>
    info.split('\n').filter((line) => /^lock:.*OFDLCK/.test(line)),
  );
  return new Set(locks.map((line) => line.trim().split(/\s+/).at(-2) ?? ''));
}

function startOf(pid: number): Date | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const boot = attempt(() => /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  // The name, in brackets, may have spaces and brackets of its own; the 22nd field is the start.
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (ticks === undefined || boot === undefined) return undefined;
  return new Date((Number(boot) + Number(ticks) / TICKS_PER_SECOND) * 1000);
}

/** A device number's parts as makedev(3) joins them, in hexadecimal. */
function identity(device: number, inode: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  return `${hex(major)}:${hex(minor)} ${inode}`;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

/** Processes end while they are looked at, and some may not be looked at. */
function attempt<T>(reading: () => T): T | undefined {
  try {
    return reading();
  } catch {
    return undefined;
  }
}
