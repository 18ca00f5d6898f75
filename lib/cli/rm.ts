import type { Command } from 'commander';

export function addRm(program: Command): void {
  program
    .command('rm')
    .description('remove names; programs that have the segment open keep it until they close it')
    .argument('<name...>', 'segments')
    .option('--semaphore', 'the names are those of semaphores and locks')
    .action(rm);
}

async function rm(
  names: readonly string[],
  { semaphore }: { readonly semaphore?: true },
): Promise<void> {
  const { Semaphore, SharedMemory } = await import('../index.js');
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      if (semaphore) Semaphore.unlink(name);
      else SharedMemory.unlink(name);
    } catch (error) {
      errors.push(error); // The others are removed nevertheless, as by rm(1).
    }
  }
  if (errors.length > 0) throw new AggregateError(errors);
}
