import { type Command, InvalidArgumentError } from 'commander';
import { remark, writeJson, writeOut } from './output';

const MOST_POSTS = 0x7fffffff;

export function addSem(program: Command): void {
  program
    .command('sem')
    .description("show a semaphore's value: 0 of a lock that is held, 1 of one that is free")
    .argument('<name>', 'a semaphore or lock; of an event its parts: stop.lock, stop.flag …')
    .option('--post [times]', 'give back what a killed program holds', parseTimes)
    .option('--json', 'print { name, value }, and posted')
    .addHelpText(
      'after',
      '\nA post lets one more program in, whether the one that held the semaphore is dead or not. If\n' +
        'it lives, two are in at once, and what the lock guards can be damaged: look first, with\n' +
        '"named-shm who". A Mutex needs none of this.',
    )
    .action(sem);
}

function parseTimes(text: string): number {
  const times = Number(text);
  if (!/^\d+$/.test(text) || times < 1 || times > MOST_POSTS)
    throw new InvalidArgumentError(`Give a number from 1 to ${MOST_POSTS}.`);
  return times;
}

async function sem(
  name: string,
  { post, json }: { readonly post?: number | true; readonly json?: true },
): Promise<void> {
  const { Semaphore } = await import('../index.js');
  using semaphore = Semaphore.attach(name);
  const posted = post === true ? 1 : (post ?? 0);
  const before = semaphore.value;
  for (let i = 0; i < posted; i += 1) semaphore.release();
  if (posted > 0) remark(`warning: the value was ${before}; ${dangerOf(before + posted)}`);
  const value = semaphore.value;
  await (json
    ? writeJson({ name: semaphore.name, value, ...(posted > 0 && { posted }) })
    : writeOut(`${value}\n`));
}

function dangerOf(value: number): string {
  return value === 1
    ? 'if whoever held it lives, it is no longer alone'
    : `if it is a lock, ${value} can hold it at once now`;
}
