export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly right?: boolean;
}

/** Rows under a line of titles, each column as wide as its widest text. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const texts = columns.map(({ title, text, right = false }) => {
    const cells = [title, ...rows.map((row) => printable(text(row)))];
    const width = Math.max(...cells.map(widthOf));
    return cells.map((cell) => {
      const padding = ' '.repeat(width - widthOf(cell));
      return right ? padding + cell : cell + padding;
    });
  });
  const lines = [undefined, ...rows].map((_, line) => texts.map((column) => column[line]));
  return lines.map((cells) => `${cells.join('  ').trimEnd()}\n`).join('');
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

/**
 * Text that is safe on a terminal. Names and values come from other programs, perhaps other users:
 * their escape sequences and changes of writing direction are shown, not obeyed.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Local time to the second, in an order that sorts. */
export function formatTime(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
