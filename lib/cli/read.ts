import type { Command } from 'commander';
import { writeOut } from './output';
import { addSpanOptions, copyOf, type SpanOptions, spanOf } from './span';

export function addRead(program: Command): void {
  const command = program
    .command('read')
    .description("write a segment's bytes to standard output")
    .argument('<name>', 'the segment');
  addSpanOptions(command, 'how many bytes (default: all to the end)').action(read);
}

async function read(name: string, options: SpanOptions): Promise<void> {
  const { SharedMemory } = await import('../index.js');
  using shm = SharedMemory.attach(name, { readOnly: true });
  for (const chunk of copyOf(shm, spanOf(shm, options))) await writeOut(chunk);
}
