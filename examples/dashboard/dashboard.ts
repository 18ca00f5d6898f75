import { setTimeout as sleep } from 'node:timers/promises';
import { Event, SharedMemoryManager } from 'named-shm';
import { DemoError } from '../support/demo-error';
import { integer, oneOf, parseOptions } from '../support/options';
import { type Program, startNode } from '../support/programs';
import { pythonFor, startPython } from '../support/python';
import { formatCount, formatTime, row, styled } from '../support/report';
import { Analyzer, Series, type State } from './analyzer';
import { METRIC_NAMES, type MetricName } from './metrics';
import { createRing } from './ring';
import { DashboardServer, WINDOWS } from './server';
import { showLive, tableOf, type View } from './terminal';

const USAGE = `Usage: npm run demo -- dashboard [options]

Collectors write samples into circular buffers, each into its own; one analyzer reads them all.

  --collectors N       processes (default: 4)
  --hz N               samples a second of each, 10 to 10,000 (default: 1000)
  --metrics A,B,…      what they collect, in turn (default: ${METRIC_NAMES.join(',')})
  --slots N            of a buffer, rounded up to a power of two (default: for 4 seconds)
  --seconds N          how long (default: 8; with --web until Ctrl-C)
  --window N           seconds that the figures are of, 1 to 60 (default: 5)
  --web                a web page, for this machine alone
  --port N             of the page (default: any that is free)
  --with python        the first collector is Python, and collects the signal
  --python COMMAND     the Python to use
  --json               the figures as JSON`;

const WATCH_MS = 100;
/** What a collector gets to end in once it is told to stop. */
const STOP_MS = 10_000;
/** Three weeks: timers go no further. */
const LONGEST_S = 2_000_000;

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  const options = parseOptions(
    args,
    {
      ...{ collectors: word, hz: word, metrics: word, slots: word, seconds: word, window: word },
      ...{ web: yes, port: word, with: word, python: word, json: yes },
    },
    USAGE,
  );
  if (options === undefined) return 0;
  const collectors = integer('collectors', options.collectors, { byDefault: 4, max: 64 });
  const hz = integer('hz', options.hz, { byDefault: 1000, min: 10, max: 10_000 });
  const slots = integer('slots', options.slots, { byDefault: 4 * hz, min: 2, max: 2 ** 20 });
  const window = integer('window', options.window, { byDefault: 5, max: 60 });
  const port = integer('port', options.port, { byDefault: 0, min: 0, max: 65_535 });
  const { web = false, json = false } = options;
  if (web && json) throw new DemoError('--web and --json: one of them', 2);
  const byDefault = web ? LONGEST_S : 8;
  const seconds = integer('seconds', options.seconds, { byDefault, max: LONGEST_S });
  const metrics = metricsOf(options.metrics);
  const python = await pythonFor(options);

  using manager = new SharedMemoryManager();
  using stop = Event.create();
  const series = Array.from({ length: collectors }, (_, i) => {
    const isPython = i === 0 && python !== undefined;
    const metric = isPython ? 'signal' : (metrics[i % metrics.length] as MetricName);
    return new Series({
      name: `${metric} ${i + 1}`,
      metric,
      language: isPython ? 'Python' : 'Node',
      shm: createRing(manager, { slots, rate: hz }),
      longest: web ? Math.max(...WINDOWS) : window,
    });
  });
  const deadlineMs = seconds * 1000 + 60_000;
  const start = ({ kind, language, memory }: Series): Program =>
    python !== undefined && language === 'Python'
      ? startPython(python, 'dashboard/collector', [memory, stop.name], { deadlineMs })
      : startNode('dashboard/collector', [kind, memory, stop.name], { deadlineMs });

  const view = await show(series, { web, json, port, window });
  const analyzer = new Analyzer(series);
  const watching = setInterval(watch(series, view), WATCH_MS);
  try {
    const ends = await begin(series.map(start), series, view);
    await sleep(seconds * 1000);
    await end(stop, ends);
  } finally {
    clearInterval(watching);
    await view.end();
    analyzer.end();
  }
  if (json) console.log(JSON.stringify(figuresOf(analyzer, { hz, seconds, window }), null, 2));
  else conclude(analyzer, window);
  return analyzer.accounted ? 0 : 1;
}

function metricsOf(text: string | undefined): readonly MetricName[] {
  return text === undefined
    ? METRIC_NAMES
    : text.split(',').map((name) => oneOf('metrics', name, METRIC_NAMES));
}

/** Waits until all are at work. @returns for each a promise of its end, whatever that is. */
async function begin(
  programs: readonly Program[],
  series: readonly Series[],
  view: View,
): Promise<readonly Promise<void>[]> {
  const ends = programs.map(async ({ lines }, i) => {
    await lines.catch((error: unknown) => {
      view.tell('ended', `${series[i]?.name}: ${(error as Error).message}`);
    });
  });
  await Promise.all(programs.map(({ firstLine }) => firstLine));
  for (const { name, language, pid, memory } of series)
    view.tell('collector', `${name}: ${language}, process ${pid}, segment ${memory}`);
  return ends;
}

async function show(
  series: readonly Series[],
  how: {
    readonly web: boolean;
    readonly json: boolean;
    readonly port: number;
    readonly window: number;
  },
): Promise<View> {
  if (how.web) {
    const server = await DashboardServer.start(series, how.port).catch((error: unknown) => {
      throw new DemoError(`--port ${how.port}: ${(error as Error).message}`, 2);
    });
    row('page', `${server.url}   (Ctrl-C ends it)`);
    return { tell: row, end: () => server.close() };
  }
  if (how.json) return { tell: () => undefined, end: () => undefined };
  if (process.stdout.isTTY) return showLive(series, how.window);
  return { tell: row, end: () => undefined };
}

/** Tells of collectors that are not heard of any more. */
function watch(series: readonly Series[], view: View): () => void {
  const before = new Map<Series, State>();
  return () => {
    for (const one of series) {
      const { state, silence, name, pid } = one;
      if (state === 'stale' && before.get(one) !== 'stale')
        view.tell('stale', `${name}: nothing from process ${pid} for ${formatTime(silence)}`);
      before.set(one, state);
    }
  };
}

/** Tells all to stop, and waits for those that do. */
async function end(stop: Event, ends: readonly Promise<void>[]): Promise<void> {
  await stop.set({ timeout: STOP_MS });
  await Promise.race([Promise.all(ends), sleep(STOP_MS, undefined, { ref: false })]);
}

function conclude(analyzer: Analyzer, window: number): void {
  const { series, accounted } = analyzer;
  console.log(styled('bold', `\nThe last ${window} seconds`));
  for (const line of tableOf(series, window)) console.log(line);
  const { written, read, lost, wrong } = totalsOf(series);
  const mark = accounted ? styled('green', '✓') : styled('red', '✗');
  console.log(
    `${mark} ${formatCount(written)} samples written = ${formatCount(read)} read + ${formatCount(lost)} overwritten before that${wrong > 0 ? `, ${formatCount(wrong)} wrong` : ''}`,
  );
}

function totalsOf(series: readonly Series[]): Totals {
  const sum = (key: keyof Totals): number => series.reduce((total, one) => total + one[key], 0);
  return { written: sum('written'), read: sum('read'), lost: sum('lost'), wrong: sum('wrong') };
}

type Totals = Pick<Series, 'written' | 'read' | 'lost' | 'wrong'>;

function figuresOf(
  { series, accounted }: Analyzer,
  settings: { readonly hz: number; readonly seconds: number; readonly window: number },
): unknown {
  return {
    ...settings,
    collectors: series.length,
    accounted,
    ...totalsOf(series),
    series: series.map((one) => ({
      name: one.name,
      unit: one.metric.unit,
      language: one.language,
      state: one.state,
      ...totalsOf([one]),
      statistics: one.statistics(settings.window),
    })),
  };
}
