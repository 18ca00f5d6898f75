import { readFileSync } from 'node:fs';

export type Status = 'ok' | 'warning' | 'problem';

/** What was looked at, how it is, and what helps where it is not as it should be. */
export interface Check {
  readonly id: string;
  readonly status: Status;
  readonly finding: string;
  readonly remedy: string | null;
}

export function ok(id: string, finding: string): Check {
  return { id, status: 'ok', finding, remedy: null };
}

export function warning(id: string, finding: string, remedy: string): Check {
  return { id, status: 'warning', finding, remedy };
}

export function problem(id: string, finding: string, remedy: string): Check {
  return { id, status: 'problem', finding, remedy };
}

/** A text file, or undefined: much of what is looked at is not on every system. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
