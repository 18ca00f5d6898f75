import type { Command } from 'commander';
import { writeOut } from './output';
import { addSpanOptions, copyOf, type SpanOptions, spanOf } from './span';

const WIDTH = 16;
const LINES_AT_ONCE = 4096;
const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const HEX = BYTES.map((byte) => byte.toString(16).padStart(2, '0'));
const TEXT = BYTES.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));

export function addDump(program: Command): void {
  const command = program
    .command('dump')
    .description('show bytes in hexadecimal and ASCII, as hexdump -C; * stands for repeated lines')
    .argument('<name>', 'the segment');
  addSpanOptions(command, 'how many bytes (default: all to the end)').action(dump);
}

async function dump(name: string, options: SpanOptions): Promise<void> {
  const { SharedMemory } = await import('../index.js');
  using shm = SharedMemory.attach(name, { readOnly: true });
  const span = spanOf(shm, options);
  let lines: string[] = [];
  for (const line of linesOf(copyOf(shm, span), span.offset)) {
    lines.push(line);
    if (lines.length < LINES_AT_ONCE) continue;
    await writeOut(lines.join(''));
    lines = [];
  }
  if (span.length > 0) lines.push(`${formatOffset(span.offset + span.length)}\n`);
  await writeOut(lines.join(''));
}

/** Chunks are whole lines, but for the last one's end. */
function* linesOf(chunks: Iterable<Buffer>, offset: number): Generator<string> {
  const previous = Buffer.alloc(WIDTH);
  let state: 'first' | 'shown' | 'repeated' = 'first';
  let at = offset;
  for (const chunk of chunks) {
    if (state === 'repeated' && isOnly(previous, chunk)) {
      at += chunk.length;
      continue;
    }
    for (let start = 0; start < chunk.length; start += WIDTH) {
      const end = Math.min(start + WIDTH, chunk.length);
      const repeats: boolean =
        state !== 'first' && end - start === WIDTH && previous.compare(chunk, start, end) === 0;
      if (!repeats) yield formatLine(at + start, chunk.subarray(start, end));
      else if (state === 'shown') yield '*\n';
      state = repeats ? 'repeated' : 'shown';
      if (!repeats) chunk.copy(previous, 0, start, end);
    }
    at += chunk.length;
  }
}

/** Zeros come by the gigabyte: whether a chunk is the line over and over, in two comparisons. */
function isOnly(line: Buffer, chunk: Buffer): boolean {
  return (
    chunk.length % WIDTH === 0 &&
    line.equals(chunk.subarray(0, WIDTH)) &&
    chunk.subarray(WIDTH).equals(chunk.subarray(0, -WIDTH))
  );
}

function formatLine(at: number, bytes: Buffer): string {
  let hex = '';
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] as number;
    hex += (i === WIDTH / 2 ? '  ' : ' ') + (HEX[byte] as string);
    text += TEXT[byte] as string;
  }
  return `${formatOffset(at)} ${hex.padEnd(WIDTH * 3 + 1)}  |${text}|\n`;
}

function formatOffset(at: number): string {
  return at.toString(16).padStart(8, '0');
}
