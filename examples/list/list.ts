import { inspect } from 'node:util';
import { float, ShareableList, type ListItem } from 'named-shm';
import { expectSame } from '../support/expect';
import { parseOptions } from '../support/options';
import { startNode } from '../support/programs';
import { pythonFor, startPython } from '../support/python';
import { row, step } from '../support/report';

const USAGE = `Usage: npm run demo -- list [options]

A list of numbers, text, bytes, None and booleans, changed by another program.

  --with python        the other program is Python
  --python COMMAND     the Python to use`;

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const options = parseOptions(args, { with: word, python: word }, USAGE);
  if (options === undefined) return 0;
  const python = await pythonFor(options);

  using list = ShareableList.create([
    41,
    float(3),
    'Hello, 🌍🎉!',
    Buffer.from([0, 1, 2]),
    null,
    true,
  ]);
  const held = [
    await step('A list in shared memory', () => {
      row('segment', `${list.name}, ${list.shm.size} bytes`);
      row('list', inspect(list.toArray(), { breakLength: Infinity }));
      row('format', list.format);
      return 'int, float, str, bytes, None, bool: what Python has in a ShareableList';
    }),
    await step('Another program changes it', async () => {
      const peer = python
        ? startPython(python, 'list/peer', [list.name])
        : startNode('list/peer', [list.name]);
      row(python ? 'Python' : 'Node', (await peer.lines).join(' '));
      row('list', inspect(list.toArray(), { breakLength: Infinity }));
      expectSame('the list', list.toArray(), [
        42,
        6,
        'changed ✅',
        Buffer.from([0, 255]),
        null,
        false,
      ]);
      return 'and we see it, without asking';
    }),
    await step('What does not fit is refused', () => {
      const limits: readonly [number, ListItem][] = [
        [2, 'longer than the text that stood there at first'],
        [3, Buffer.alloc(20, 1)],
        [0, 2n ** 63n],
        [6, 'there is no seventh item'],
        [2, 'Python would lose this: \0'],
      ];
      for (const [index, value] of limits) row(`[${index}]`, refusalOf(list, index, value));
      expectSame('the list', list.get(2), 'changed ✅');
      return 'a list has as many items, and as much room for each, as when it was made';
    }),
  ];
  return held.every(Boolean) ? 0 : 1;
}

function refusalOf(list: ShareableList, index: number, value: ListItem): string {
  try {
    list.set(index, value);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  throw new Error(`item ${index} took ${inspect(value)}`);
}
