// The process that one of our own tasks runs in: node worker.js ROW LINE [YARDSTICK]
// Answers as bench/c/serve.h and bench/py/serve.py do: a line with a number of operations comes
// in, a line with the nanoseconds that they took goes out, until the input ends.
import { createInterface } from 'node:readline';
import { rows } from '../rows';

const [rowName, lineIndex, yardstickIndex] = process.argv.slice(2);
const line = rows.find(({ name }) => name === rowName)?.lines[Number(lineIndex)];
const program =
  yardstickIndex === undefined ? line?.ours : line?.yardsticks[Number(yardstickIndex)]?.program;
if (program?.language !== 'node') throw new Error(`no task of ours: ${process.argv.join(' ')}`);

async function serve(setUp: typeof program & { language: 'node' }): Promise<void> {
  // Ctrl-C reaches the whole group: the harness ends, our input with it, and we clean up.
  process.on('SIGINT', () => undefined);
  const task = await setUp.setUp();
  for await (const request of createInterface({ input: process.stdin })) {
    const operations = Number(request);
    const begin = process.hrtime.bigint();
    const pending = task(operations);
    if (pending) await pending;
    console.log(String(process.hrtime.bigint() - begin));
  }
}

void serve(program);
