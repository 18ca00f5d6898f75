import type { Result } from './measure';
import type { Reach } from './row';

const HEAD = ['row', 'ours', 'yardstick', '', 'ratio', 'reach', 'met'] as const;
const RIGHT_ALIGNED = new Set(['ours', 'yardstick', 'ratio', 'reach']);

/** The results as aligned text; what a line has in common is said once. */
export function renderTable(results: readonly Result[]): string {
  const rows = results.map((result, index) => {
    const previous = results[index - 1];
    const first = previous?.row !== result.row || previous.title !== result.title;
    return [
      first ? result.title : '',
      first ? figure(result.oursNs, result.bytes) : '',
      figure(result.yardstickNs, result.bytes),
      result.yardstick,
      threeDigits(result.ratio),
      result.reach ? reachText(result.reach) : '',
      result.met === undefined ? '' : result.met ? 'yes' : 'NO',
    ];
  });
  const widths = HEAD.map((head, column) =>
    Math.max(...[head, ...rows.map((cells) => cells[column] ?? '')].map((text) => text.length)),
  );
  const lay = (cells: readonly string[]) =>
    cells
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return RIGHT_ALIGNED.has(HEAD[column] ?? '') ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [lay(HEAD), lay(widths.map((width) => '─'.repeat(width))), ...rows.map(lay)].join('\n');
}

/** A time of one operation or, where it moves bytes, their speed. */
function figure(ns: number, bytes: number | undefined): string {
  if (bytes !== undefined) return `${threeDigits(bytes / ns)} GB/s`;
  if (ns < 1000) return `${threeDigits(ns)} ns`;
  if (ns < 1e6) return `${threeDigits(ns / 1e3)} µs`;
  return `${threeDigits(ns / 1e6)} ms`;
}

function threeDigits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

function reachText(reach: Reach): string {
  if ('atMostNs' in reach) return `≤ ${reach.atMostNs} ns`;
  return 'atMost' in reach ? `≤ ${reach.atMost}` : `≥ ${reach.atLeast}`;
}
