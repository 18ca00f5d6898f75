import { CommanderError } from 'commander';

/** What the exit code says. `--help` documents it: scripts rely on it. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** What can't be done, in words for whoever typed the command. */
export class CommandFailure extends Error {}

// The library's errors about arguments: wrong whatever is in shared memory.
const MISUSE = new Set<unknown>(['ERR_SHM_NAME', 'ERR_SHM_RANGE', 'ERR_SHM_TYPE']);

export function exitCodeOf(error: unknown): number {
  if (error instanceof AggregateError) return Math.max(...error.errors.map(exitCodeOf));
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const misuse = error instanceof TypeError || error instanceof RangeError;
  return misuse && MISUSE.has(codeOf(error)) ? EXIT_USAGE : EXIT_FAILED;
}

/** The lines that tell the user, without a stack trace; none where they have been told. */
export function messagesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(messagesOf);
  if (error instanceof CommanderError) return []; // Commander has printed it, or it was --help.
  return [messageOf(error)];
}

/** One line: a message may quote another's several. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^named-shm: /, '').replace(/\s*\n\s*/g, ' ');
}

/** Whether the reader of our output has gone, as `| head` does: no failure of ours. */
export function isBrokenPipe(error: unknown): boolean {
  return codeOf(error) === 'EPIPE';
}

export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
