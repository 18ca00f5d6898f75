import { readFileSync } from 'node:fs';

let names: Map<number, string> | undefined;

/** A user's login name, or the number where this system's own list does not have it. */
export function userName(uid: number): string {
  names ??= readNames();
  return names.get(uid) ?? String(uid);
}

function readNames(): Map<number, string> {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    const fields = lines.map((line) => line.split(':'));
    return new Map(fields.map(([name = '', , uid = '']) => [Number.parseInt(uid, 10), name]));
  } catch {
    return new Map();
  }
}
