/**
 * Charts as SVG, which any browser shows. Colours are Okabe and Ito's: people who tell red from
 * green with difficulty tell these apart.
 */
const COLOURS = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#CC79A7',
  '#56B4E9',
  '#D55E00',
  '#8B7500',
  '#444444',
];

const WIDTH = 800;
const HEIGHT = 420;
const LEFT = 130;
const RIGHT = 30;
const TOP = 60;
const BOTTOM = 60;

export function colour(i: number): string {
  return COLOURS[i % COLOURS.length] as string;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escape(content)}</text>`;
}

function picture(title: string, parts: readonly string[], height = HEIGHT): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    text(WIDTH / 2, 28, title, 'font-size="17" text-anchor="middle"'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** Round steps up to the largest value: at most six. */
function ticks(max: number): number[] {
  const rough = Math.max(max, 1e-12) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => i * step);
}

function number(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en');
}

export interface Bars {
  readonly title: string;
  /** What the bars measure, with the unit. */
  readonly axis: string;
  readonly bars: readonly {
    readonly label: string;
    readonly value: number;
    readonly note?: string;
  }[];
}

/** Horizontal bars, one under the other. */
export function barChart({ title, axis, bars }: Bars): string {
  const max = Math.max(...bars.map(({ value }) => value), 1e-9);
  const height = TOP + bars.length * 46 + BOTTOM;
  const scale = (value: number): number => (value / max) * (WIDTH - LEFT - RIGHT - 170);
  const parts = ticks(max).flatMap((tick) => {
    const x = LEFT + scale(tick);
    return [
      `<line x1="${x}" x2="${x}" y1="${TOP - 10}" y2="${height - BOTTOM}" stroke="#ddd"/>`,
      text(x, height - BOTTOM + 18, number(tick), 'text-anchor="middle"'),
    ];
  });
  parts.push(text(LEFT, height - 14, axis));
  bars.forEach(({ label, value, note }, i) => {
    const y = TOP + i * 46;
    parts.push(
      text(LEFT - 10, y + 20, label, 'text-anchor="end"'),
      `<rect x="${LEFT}" y="${y}" width="${Math.max(scale(value), 1).toFixed(1)}" height="30" fill="${colour(i)}"/>`,
      text(LEFT + scale(value) + 8, y + 20, note ?? number(value)),
    );
  });
  return picture(title, parts, height);
}

export interface Lines {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly {
    readonly label: string;
    readonly dashed?: boolean;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

export function lineChart({ title, x, y, lines }: Lines): string {
  const all = lines.flatMap(({ points }) => points);
  const maxX = Math.max(...all.map(([px]) => px));
  const maxY = Math.max(...all.map(([, py]) => py));
  const toX = (value: number): number => LEFT + (value / maxX) * (WIDTH - LEFT - RIGHT - 130);
  const toY = (value: number): number => HEIGHT - BOTTOM - (value / maxY) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    ...ticks(maxY).flatMap((tick) => [
      `<line x1="${LEFT}" x2="${toX(maxX)}" y1="${toY(tick)}" y2="${toY(tick)}" stroke="#ddd"/>`,
      text(LEFT - 8, toY(tick) + 4, number(tick), 'text-anchor="end"'),
    ]),
    ...ticks(maxX)
      .filter(Number.isInteger)
      .map((tick) => text(toX(tick), HEIGHT - BOTTOM + 20, number(tick), 'text-anchor="middle"')),
    text((LEFT + toX(maxX)) / 2, HEIGHT - 16, x, 'text-anchor="middle"'),
    text(LEFT - 8, TOP - 14, y, 'text-anchor="middle"'),
  ];
  lines.forEach(({ label, dashed, points }, i) => {
    const path = points.map(([px, py]) => `${toX(px).toFixed(1)},${toY(py).toFixed(1)}`).join(' ');
    const dash = dashed ? ' stroke-dasharray="6 5"' : '';
    parts.push(
      `<polyline points="${path}" fill="none" stroke="${colour(i)}" stroke-width="2.5"${dash}/>`,
    );
    for (const [px, py] of dashed ? [] : points)
      parts.push(
        `<circle cx="${toX(px).toFixed(1)}" cy="${toY(py).toFixed(1)}" r="4" fill="${colour(i)}"/>`,
      );
    const last = points.at(-1) ?? [0, 0];
    parts.push(text(toX(last[0]) + 10, toY(last[1]) + 4 + i * 4, label, `fill="${colour(i)}"`));
  });
  return picture(title, parts);
}

export interface Spans {
  readonly title: string;
  /** A picture of the matrix: who did which rectangle, in parts of its height and width. */
  readonly field: readonly {
    readonly row: number;
    readonly column: number;
    readonly height: number;
    readonly width: number;
    readonly who: number;
  }[];
  /** Who was at work from when to when, in milliseconds. */
  readonly spans: readonly { readonly who: number; readonly begin: number; readonly end: number }[];
  readonly names: readonly string[];
}

/** Who did what, and when: a field of rectangles to the left, a time line for each to the right. */
export function spanChart({ title, field, spans, names }: Spans): string {
  const side = 300;
  const left = 40;
  const lane = 440;
  const end = Math.max(...spans.map((span) => span.end), 1e-9);
  const toX = (value: number): number => lane + (value / end) * (WIDTH - lane - RIGHT);
  const laneHeight = Math.min(50, side / names.length);
  const parts = [
    text(left + side / 2, TOP + side + 22, 'columns of C', 'text-anchor="middle"'),
    text(left - 8, TOP - 8, 'rows of C'),
    ...field.map(
      ({ row, column, height, width, who }) =>
        `<rect x="${(left + column * side).toFixed(2)}" y="${(TOP + row * side).toFixed(2)}" width="${(width * side).toFixed(2)}" height="${(height * side).toFixed(2)}" fill="${colour(who)}" stroke="#fff"/>`,
    ),
    ...names.map((name, i) =>
      text(lane, TOP + i * (laneHeight + 14) - 2, name, `fill="${colour(i)}"`),
    ),
    ...spans.map(
      (span) =>
        `<rect x="${toX(span.begin).toFixed(2)}" y="${TOP + span.who * (laneHeight + 14) + 3}" width="${Math.max(toX(span.end) - toX(span.begin), 0.5).toFixed(2)}" height="${laneHeight - 4}" fill="${colour(span.who)}" stroke="#fff" stroke-width="0.5"/>`,
    ),
  ];
  const bottom = TOP + names.length * (laneHeight + 14) + 12;
  for (const tick of ticks(end))
    parts.push(text(toX(tick), bottom + 6, number(tick), 'text-anchor="middle"'));
  parts.push(text((lane + WIDTH - RIGHT) / 2, bottom + 28, 'time in ms', 'text-anchor="middle"'));
  return picture(title, parts, Math.max(HEIGHT, bottom + 50));
}
