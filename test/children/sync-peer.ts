// Does what a test tells it to, in a program of its own or in a Worker: support/sync-peer.ts.
import { createInterface } from 'node:readline';
import { parentPort } from 'node:worker_threads';
import * as library from 'named-shm';
import { KINDS } from '../support/sync-kinds';
import { type Answer, gateMaker, type Order } from '../support/sync-peer';
import * as work from '../support/sync-work';

type Members = Record<string, unknown>;

const things = new Map<number | string, Members>(
  Object.entries({ ...library, work }) as unknown as [string, Members][],
);
for (const kind of KINDS) things.set(gateMaker(kind.label), kind as unknown as Members);

function answer(message: Answer): void {
  if (parentPort) parentPort.postMessage(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function obey({ id, on, member, args, keep }: Order): Promise<void> {
  answer({ id, began: true });
  try {
    const thing = things.get(on) as Members;
    const found = thing[member];
    const value: unknown =
      typeof found === 'function' ? await (found.apply(thing, args) as unknown) : found;
    if (keep) things.set(id, value as Members);
    answer(keep ? { id } : { id, value });
  } catch (error) {
    const { name, message, code } = error as Error & { readonly code?: string };
    answer({ id, error: { name, message, ...(code !== undefined && { code }) } });
  }
}

if (parentPort) {
  parentPort.on('message', (order: Order) => void obey(order));
} else {
  createInterface({ input: process.stdin }).on('line', (line) => {
    void obey(JSON.parse(line) as Order);
  });
}
