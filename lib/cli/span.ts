import type { SharedMemory } from '..';
import type { Command } from 'commander';
import { parseBytes } from './arguments';
import { CommandFailure } from './failure';

const CHUNK = 1 << 20;

/** A part of a segment, in bytes. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

export interface SpanOptions {
  readonly offset: number;
  readonly length?: number;
}

export function addSpanOptions(command: Command, lengthText: string): Command {
  return command
    .option('--offset <bytes>', 'where to begin', parseBytes, 0)
    .option('--length <bytes>', lengthText, parseBytes);
}

/** @throws CommandFailure where the segment does not have the bytes. */
export function spanOf(shm: SharedMemory, { offset, length }: SpanOptions): Span {
  const rest = shm.size - offset;
  if (rest < 0) {
    throw new CommandFailure(
      `offset ${offset} is beyond the end of '${shm.name}', which has ${shm.size} bytes`,
    );
  }
  if (length !== undefined && length > rest) {
    throw new CommandFailure(
      `'${shm.name}' has ${rest} bytes from offset ${offset} on (${shm.size} in all), not ${length}`,
    );
  }
  return { offset, length: length ?? rest };
}

/**
 * The bytes, chunk by chunk, each in the same private memory: done with before the next is asked
 * for. A copy, because a system call that meets a page that another program has cut off says
 * EFAULT, while a copy meets the library's guard and the error that names the reason.
 */
export function* copyOf(shm: SharedMemory, { offset, length }: Span): Generator<Buffer> {
  const copy = Buffer.allocUnsafe(Math.min(CHUNK, length));
  for (let done = 0; done < length; done += CHUNK) {
    const size = Math.min(CHUNK, length - done);
    copy.set(shm.view('uint8', offset + done, size));
    assertWhole(shm);
    yield copy.subarray(0, size);
  }
}

/** @throws SharedResourceError `ERR_SHM_TRUNCATED` where what went before met lost pages. */
export function assertWhole(shm: SharedMemory): void {
  shm.view('uint8', 0, 0);
}
