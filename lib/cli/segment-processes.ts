import { readdirSync, readFileSync, statSync } from 'node:fs';

const FOLDER = '/dev/shm/';

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/**
 * Which processes have a segment mapped: those that this user can look into, root into all.
 * Undefined where the system doesn't tell (everywhere but on Linux, and there without /proc).
 */
export function findProcesses(): ((segment: string) => readonly Process[]) | undefined {
  const pids = attempt(() => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) ?? [];
  if (process.platform !== 'linux' || pids.length === 0) return undefined;
  const found = new Map<string, Process[]>();
  for (const pid of pids) {
    const files = mappedFiles(pid);
    if (files.size === 0) continue;
    const command = attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '';
    for (const file of files) {
      const processes = found.get(file) ?? [];
      processes.push({ pid: Number(pid), command });
      found.set(file, processes);
    }
  }
  return (segment) => {
    const status = attempt(() => statSync(FOLDER + segment));
    return (status && found.get(identity(status.dev, status.ino))) ?? [];
  };
}

/**
 * Files in shared memory by device and inode, as proc(5) has them. Names would not do: a segment
 * that was made without one and then linked, as ours are, is called "#1234 (deleted)" here.
 */
function mappedFiles(pid: string): Set<string> {
  const maps = attempt(() => readFileSync(`/proc/${pid}/maps`, 'utf8')) ?? '';
  const lines = maps.split('\n').filter((line) => line.includes(FOLDER));
  return new Set(lines.map((line) => line.split(/ +/).slice(3, 5).join(' ')));
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
