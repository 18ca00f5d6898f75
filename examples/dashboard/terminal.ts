/** The dashboard on a terminal. */
import type { Series } from './analyzer';
import { now } from './ring';
import { formatCount, row, styled } from '../support/report';
import { table } from '../support/table';

const BARS = '▁▂▃▄▅▆▇█';
const SPARKS = 16;
const EVERY_MS = 250;
/** A long line would take two, and the next table be drawn in the wrong place. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

/** Where the dashboard is shown. */
export interface View {
  readonly tell: (label: string, text: string) => void;
  readonly end: () => void | Promise<void>;
}

/** The table of all metrics, for a window of so many seconds. */
export function tableOf(all: readonly Series[], seconds: number): string[] {
  return table([
    ['metric', 'state', 'read', 'lost', 'mean', 'sd', 'p50', 'p95', 'p99', ''],
    ...all.map((one) => {
      const s = one.statistics(seconds);
      const numbers = s && [s.mean, s.deviation, s.p50, s.p95, s.p99];
      return [
        one.name,
        one.state,
        formatCount(one.read),
        formatCount(one.lost),
        ...(numbers ?? Array.from({ length: 5 }, () => NaN)).map(formatValue),
        one.metric.unit,
      ];
    }),
  ]);
}

/** Draws the table over itself, four times a second. */
export function showLive(all: readonly Series[], seconds: number): View {
  let height = 0;
  const clear = (): void => {
    if (height > 0) process.stdout.write(`\u001b[${height}A\u001b[J`);
    height = 0;
  };
  const draw = (): void => {
    const lines = tableOf(all, seconds)
      .slice(0, process.stdout.rows - 1)
      .map((line, i) => {
        const one = all[i - 1];
        if (one === undefined) return styled('dim', line);
        return one.state === 'stale' ? styled('red', line) : `${line}  ${sparkline(one, seconds)}`;
      });
    clear();
    process.stdout.write(`${NO_WRAP}${lines.join('\n')}\n${WRAP}`);
    height = lines.length;
  };
  const timer = setInterval(draw, EVERY_MS);
  return {
    tell: (label, text) => {
      clear();
      row(label, text);
    },
    end: () => {
      clearInterval(timer);
      clear();
    },
  };
}

/** '42.1', '9,934', '0.042' */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return '–';
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The means of as many parts of the window, as bars. */
function sparkline({ outline, metric: { range } }: Series, seconds: number): string {
  const points = outline.take(now()) && outline.taken;
  const end = points.at(-1)?.[1] ?? 0;
  const parts = Array.from({ length: SPARKS }, () => ({ sum: 0, count: 0 }));
  for (const [, time, value] of points) {
    const part = parts[SPARKS - 1 - Math.floor(((end - time) / (seconds * 1000)) * SPARKS)];
    if (part === undefined) continue;
    part.sum += value;
    part.count += 1;
  }
  const means = parts.map(({ sum, count }) => sum / count);
  const there = means.filter((mean) => !Number.isNaN(mean));
  const [low, high] = range ?? [Math.min(...there), Math.max(...there)];
  return means
    .map((mean) => {
      const step = Math.round(((mean - low) / (high - low || 1)) * (BARS.length - 1));
      return BARS[step] ?? ' ';
    })
    .join('');
}
