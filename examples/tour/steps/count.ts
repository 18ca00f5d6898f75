import { Lock, SharedArray } from 'named-shm';
import { expectSame } from '../../support/expect';
import { startNode } from '../../support/programs';
import { startPython } from '../../support/python';
import { formatCount, row } from '../../support/report';
import type { Tour } from '../tour';

const TIMES = 1000;

/** Four programs add to one number at the same time: the lock sees to it that nothing is lost. */
export async function countTogether({ python, made }: Tour): Promise<string> {
  using counter = SharedArray.create('int32', [1]);
  using lock = Lock.create();
  made.push({ kind: 'segment', name: counter.name }, { kind: 'lock', name: lock.name });
  row('segment', `${counter.name}, one int32`);
  row('lock', lock.name);
  row('counter', `= ${counter.get(0)}`);

  const args = [counter.name, lock.name, String(TIMES)];
  const inNode = () => ({ label: 'Node', program: startNode('tour/count', args) });
  const inPython = () =>
    python && process.platform !== 'win32' // where Python's locks have no names
      ? { label: 'Python', program: startPython(python, 'tour/count', args) }
      : inNode();

  // The lock is also the starting line: held until all four stand at it.
  lock.acquireSync();
  const programs = [inNode(), inPython(), inNode(), inPython()];
  await Promise.all(programs.map(({ program }) => program.firstLine));
  lock.release();

  for (const { label, program } of programs) {
    const [, added = ''] = await program.lines;
    row(label, added);
  }
  const count = counter.get(0);
  row('counter', `= ${count}`);
  expectSame('the count', count, programs.length * TIMES);
  return `${programs.length} × ${formatCount(TIMES)} under one lock are exactly ${formatCount(count)}`;
}
