// Does what the lines of its input say, one JSON array each, and answers each with a line: the
// result, or { code } of an error. Ends when its input does.
import { createInterface } from 'node:readline';
import { Lock, reclaim, Semaphore, SharedMemory } from 'named-shm';

type Options = { readonly name?: string; readonly track?: boolean };

const made = new Map<string, SharedMemory | Semaphore>();

const steps: Readonly<Record<string, (argument: never) => unknown>> = {
  segment: (options: Options) => keep(SharedMemory.create({ size: 100, ...options })),
  semaphore: (options: Options) => keep(Semaphore.create(options)),
  attach: (name: string) => SharedMemory.attach(name).name,
  // What leaving the scope of `using` does.
  dispose: (name: string) => {
    made.get(name)?.[Symbol.dispose]();
    made.delete(name);
  },
  close: (name: string) => made.get(name)?.close(),
  unlink: (name: string) => made.get(name)?.unlink(),
  cycles: (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) {
      using segment = SharedMemory.create({ size: 100 });
      using semaphore = Semaphore.create();
      SharedMemory.create({ size: 1 }).unlink();
      Lock.create({ name: semaphore.name + segment.name }).unlink();
    }
  },
  reclaim: (options: { readonly dryRun?: boolean }) => reclaim(options),
};

function keep(resource: SharedMemory | Semaphore): string {
  made.set(resource.name, resource);
  return resource.name;
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [step = '', argument] = JSON.parse(line) as [string?, never?];
  let answer: unknown;
  try {
    answer = steps[step]?.(argument as never) ?? null;
  } catch (error) {
    answer = { code: (error as { code?: unknown }).code };
  }
  console.log(JSON.stringify(answer));
});
