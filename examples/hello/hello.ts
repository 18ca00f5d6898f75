import { expectSame } from '../support/expect';
import { isThere, nameToKeep } from '../support/kept';
import { parseOptions } from '../support/options';
import { startNode } from '../support/programs';
import { pythonFor, startPython } from '../support/python';
import { row, step } from '../support/report';

const USAGE = `Usage: npm run demo -- hello [options]

A program leaves 256 numbers in shared memory and ends; another one reads and removes them.

  --with python        the reader is Python
  --python COMMAND     the Python to use`;

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const options = parseOptions(args, { with: word, python: word }, USAGE);
  if (options === undefined) return 0;
  const python = await pythonFor(options);

  const name = nameToKeep(); // All that the two programs have in common.
  const wrote = await step('One program writes', async () => {
    row('segment', name);
    const [said = ''] = await startNode('hello/writer', [name]).lines;
    row('Node', said);
    return 'its numbers are still there, though nobody has them open';
  });
  const read = await step('Another one reads', async () => {
    const reader = python
      ? startPython(python, 'hello/reader', [name])
      : startNode('hello/reader', [name]);
    const [said = ''] = await reader.lines;
    row(python ? 'Python' : 'Node', said);
    const sum = Array.from({ length: 256 }, (_, i) => i * i).reduce((a, b) => a + b);
    expectSame(
      'what was read',
      said,
      `read 256 numbers, the last is ${255 * 255}, their sum ${sum}`,
    );
    return 'the same numbers: nothing was sent, nothing was written to a disk';
  });
  const gone = await step('Nothing is left', () => {
    expectSame('the segment', isThere(name), false);
    return 'the reader has removed the name';
  });
  return wrote && read && gone ? 0 : 1;
}
