import { SharedArray } from 'named-shm';
import { expectSame } from '../../support/expect';
import { type Program, startNode } from '../../support/programs';
import { startPython } from '../../support/python';
import { row } from '../../support/report';
import type { Tour } from '../tour';

const ROWS = 2;
const COLUMNS = 3;

/** One matrix, without a copy, as a SharedArray in Node and an ndarray in Python. */
export async function showMatrix({ python, made }: Tour): Promise<string> {
  using matrix = SharedArray.create('float64', [ROWS, COLUMNS]);
  made.push({ kind: 'segment', name: matrix.name });
  for (let i = 0; i < ROWS; i += 1)
    for (let j = 0; j < COLUMNS; j += 1) matrix.set(i, j, 10 * i + j + 0.5);
  row('segment', `${matrix.name}, float64, ${ROWS} rows of ${COLUMNS}`);

  const args = [matrix.name, String(ROWS), String(COLUMNS)];
  await look('Node', startNode('tour/matrix', args), matrix);
  expectSame('the cell that Node changed', matrix.get(-1, -1), -12.5);
  if (python) {
    await look('Python', startPython(python, 'tour/matrix', args), matrix);
    expectSame('the cell that Python changed', matrix.get(0, 0), -0.5);
  }
  row('tour', JSON.stringify(cellsOf(matrix)));
  return 'type, shape, cells and changes are the same for all';
}

async function look(
  label: string,
  program: Program,
  matrix: SharedArray<'float64'>,
): Promise<void> {
  const before = cellsOf(matrix);
  const [what = '', cells = '', change = ''] = await program.lines;
  row(label, what);
  row('', cells);
  row('', change);
  expectSame(
    `${label}'s type and shape`,
    what.split(': ')[1],
    `float64, shape (${ROWS}, ${COLUMNS})`,
  );
  expectSame(`${label}'s matrix`, JSON.parse(cells), before);
}

function cellsOf(matrix: SharedArray<'float64'>): number[][] {
  return Array.from({ length: ROWS }, (_, i) => [...matrix.row(i)]);
}
