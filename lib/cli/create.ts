import { setImmediate } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { formatBytes } from '../core/bytes';
import { parseBytes, parseMode } from './arguments';
import { remark, writeOut } from './output';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface CreateOptions {
  readonly size: number;
  readonly keep?: true;
  readonly mode: number;
  readonly reserve: boolean;
}

export function addCreate(program: Command): void {
  program
    .command('create')
    .description('make a segment of zeros and print its name; it stays while this command runs')
    .argument('[name]', 'a random one if left out')
    .requiredOption('--size <bytes>', '4096, 64MiB (1024s), 1.5GB (1000s) …', parseBytes)
    .option('--keep', 'come back at once and leave the segment there until somebody removes it')
    .addOption(
      new Option('--mode <octal>', 'permissions, less the umask')
        .argParser(parseMode)
        .default(0o600, '600'),
    )
    .option('--no-reserve', 'take memory only for what is written; it may turn out to be full then')
    .action(create);
}

async function create(name: string | undefined, options: CreateOptions): Promise<void> {
  const { SharedMemory } = await import('../index.js');
  const { size, keep = false, mode, reserve } = options;
  const shm = SharedMemory.create({ name, size, mode, reserve, track: !keep });
  await setImmediate(); // What Node has to warn of comes before the name: that is the signal to go on.
  if (keep) {
    shm.close();
  } else {
    remark(`'${shm.name}' (${formatBytes(size)}) stays until Ctrl-C or SIGTERM`);
    // A signal makes the library remove what it tracks and then ends this process, as signals do.
    // Until then the segment stays mapped, so that `stat` and `doctor` see whose it is.
    setInterval(() => shm, LONGEST_TIMER_MS);
  }
  await writeOut(`${shm.name}\n`);
}
