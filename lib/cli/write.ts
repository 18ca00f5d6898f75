import { fstatSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CommandFailure } from './failure';
import { addSpanOptions, assertWhole, type SpanOptions, spanOf } from './span';

export function addWrite(program: Command): void {
  const command = program
    .command('write')
    .description(
      "write standard input into a segment; bytes that it doesn't reach stay as they are",
    )
    .argument('<name>', 'the segment');
  const lengthText = 'take at most so many bytes of the input (default: all, which must fit)';
  addSpanOptions(command, lengthText).action(write);
}

async function write(name: string, options: SpanOptions): Promise<void> {
  const { SharedMemory } = await import('../index.js');
  using shm = SharedMemory.attach(name);
  const { offset, length } = spanOf(shm, options);
  const takesAll = options.length === undefined;
  const room = `the ${length} bytes that '${shm.name}' has from offset ${offset} on`;
  const known = remainingInput();
  if (takesAll && known !== undefined && known > length) {
    throw new CommandFailure(
      `the input has ${known} bytes, more than ${room}. Nothing was written`,
    );
  }

  let done = 0;
  if (!takesAll && length === 0) return;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    const taken = chunk.subarray(0, length - done);
    shm.view('uint8', offset + done, taken.length).set(taken);
    done += taken.length;
    if (!takesAll && done === length) break;
    if (taken.length < chunk.length)
      throw new CommandFailure(
        `the input is longer than ${room}. Those were written, the rest not`,
      );
  }
  assertWhole(shm);
}

/** How much input there is, where that can be known before it is read: in a file on Linux. */
function remainingInput(): number | undefined {
  const status = fstatSync(0);
  if (status.isDirectory()) throw new CommandFailure('standard input is a folder');
  if (!status.isFile()) return undefined;
  try {
    // The program before us in a script may have read a part of it already.
    const position = /^pos:\s*(\d+)/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1];
    return position === undefined ? undefined : Math.max(0, status.size - Number(position));
  } catch {
    return undefined;
  }
}
