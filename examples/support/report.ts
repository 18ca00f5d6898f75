import { DemoError } from './demo-error';

const WIDTH = 80;
const LABEL_WIDTH = 10;
const TIME_WIDTH = 8;

// util.styleText begins with Node 20.12. hasColors() honours NO_COLOR and TERM=dumb.
const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] } as const;
const coloured = process.stdout.isTTY && process.stdout.hasColors();

/** The text in a style where the output is a terminal that has it, else as it is. */
export function styled(style: keyof typeof CODES, text: string): string {
  const [on, off] = CODES[style];
  return coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** One fact: who or what, and what about it. */
export function row(label: string, text: string): void {
  console.log(`  ${styled('dim', label.padEnd(LABEL_WIDTH))}${text}`);
}

/** '0.4 ms', '143 ms', '2.1 s' */
export function formatTime(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** '1,000' */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/**
 * Does one step of a demo under a heading, and tells how it ended and how long it took.
 *
 * @param run - prints its rows and returns what was shown; throws where that was not so.
 * @returns whether it held.
 */
export async function step(title: string, run: () => string | Promise<string>): Promise<boolean> {
  console.log(`\n${styled('bold', title)}`);
  const begin = performance.now();
  try {
    conclude(styled('green', '✓'), await run(), performance.now() - begin);
    return true;
  } catch (error) {
    if (error instanceof DemoError) throw error;
    const [what = '', ...more] = (error instanceof Error ? error.message : String(error)).split(
      '\n',
    );
    conclude(styled('red', '✗'), what, performance.now() - begin);
    for (const line of more) console.log(`  ${line}`);
    return false;
  }
}

function conclude(mark: string, text: string, milliseconds: number): void {
  const time = formatTime(milliseconds).padStart(TIME_WIDTH);
  console.log(`${mark} ${text.padEnd(WIDTH - 2 - TIME_WIDTH)}${styled('dim', time)}`);
}
