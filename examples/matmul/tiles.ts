/** A rectangle of C: what one program computes at a time. */
export interface Tile {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
  /** Which worker it is for; -1 for whoever takes it first. */
  readonly owner: number;
}

export const PARTITIONS = ['dynamic', 'rows', 'columns', 'blocks'] as const;
export type Partition = (typeof PARTITIONS)[number];

export interface Cut {
  readonly rows: number;
  readonly columns: number;
  readonly workers: number;
  readonly partition: Partition;
  /** Rows and columns of a tile, at most. */
  readonly tile: number;
  /** Where bands of rows begin and end, if not at equal distances: sparse rows are not alike. */
  readonly bands?: readonly number[];
}

/** Cuts C into tiles, the same ones in every program: so nobody has to send them. */
export function cutTiles(cut: Cut): Tile[] {
  const { rows, columns, workers, partition } = cut;
  if (partition === 'dynamic') return within(cut, { row: 0, column: 0, rows, columns, owner: -1 });
  const down = partition === 'rows' ? workers : partition === 'columns' ? 1 : mostSquare(workers);
  const across = workers / down;
  const rowEdges = cut.bands ?? edges(rows, down);
  const columnEdges = edges(columns, across);
  return Array.from({ length: workers }, (_, owner) => {
    const [i, j] = [Math.floor(owner / across), owner % across];
    const [row = 0, rowEnd = 0] = rowEdges.slice(i, i + 2);
    const [column = 0, columnEnd = 0] = columnEdges.slice(j, j + 2);
    return within(cut, { row, column, rows: rowEnd - row, columns: columnEnd - column, owner });
  }).flat();
}

function within({ tile }: Cut, { row, column, rows, columns, owner }: Tile): Tile[] {
  const tiles: Tile[] = [];
  for (let i = 0; i < rows; i += tile) {
    for (let j = 0; j < columns; j += tile) {
      const [height, width] = [Math.min(tile, rows - i), Math.min(tile, columns - j)];
      tiles.push({ row: row + i, column: column + j, rows: height, columns: width, owner });
    }
  }
  return tiles;
}

function edges(length: number, parts: number): number[] {
  return Array.from({ length: parts + 1 }, (_, i) => Math.round((i * length) / parts));
}

/** The divisor of n that is nearest to its square root. */
function mostSquare(n: number): number {
  let best = 1;
  for (let d = 1; d * d <= n; d += 1) if (n % d === 0) best = d;
  return best;
}
