// Has a Worker that blocks in a wait, and exits: the gate's label and name are its arguments.
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Answer, gateMaker, type Order } from '../support/sync-peer';

const [label = '', name = ''] = process.argv.slice(2);
const worker = new Worker(path.join(__dirname, 'sync-peer.js'));

function order(id: number, on: number | string, member: string, args: readonly unknown[]): Order {
  return { id, on, member, args, keep: id === 1 };
}

worker.on('message', ({ id, began }: Answer) => {
  if (id === 1 && !began) worker.postMessage(order(2, 1, 'passSync', []));
  if (id === 2 && began) {
    // By now, or a moment later, it blocks.
    setTimeout(() => process.exit(6), 20);
  }
});
worker.postMessage(order(1, gateMaker(label), 'attach', [name]));
