import { Lock, Mutex, Semaphore, SharedArray } from 'named-shm';
import { barChart } from '../support/chart';
import { integer, parseOptions } from '../support/options';
import { startNode } from '../support/programs';
import { formatCount, formatTime, styled } from '../support/report';
import { table } from '../support/table';
import { writePicture } from '../support/write';

const USAGE = `Usage: npm run demo -- counter [options]

Several processes add to one number: what is lost without a guard, and what each guard costs.

  --processes N        (default: 4)
  --times N            additions of each (default: 1000)
  --plot FILE          an SVG of what was lost
  --json               the figures as JSON`;

const GUARDS = ['nothing', 'Lock', 'Atomics', 'Mutex', 'Mutex, its holder killed'] as const;
type Guard = (typeof GUARDS)[number];

interface Result {
  readonly guard: Guard;
  readonly expected: number;
  readonly counted: number;
  readonly lost: number;
  /** Times that a worker found the mutex's holder dead and made the numbers right. */
  readonly repaired: number;
  readonly milliseconds: number;
}

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const options = parseOptions(
    args,
    { processes: word, times: word, plot: word, json: { type: 'boolean' } },
    USAGE,
  );
  if (options === undefined) return 0;
  const processes = integer('processes', options.processes, { byDefault: 4, max: 64 });
  const times = integer('times', options.times, { byDefault: 1000, max: 10_000_000 });
  const json = options.json === true;
  if (!json)
    console.log(styled('bold', `${processes} processes add 1, each ${formatCount(times)} times`));

  const results: Result[] = [];
  for (const guard of GUARDS) results.push(await count(guard, processes, times));
  const guarded = results.filter(({ guard }) => guard !== 'nothing');
  const right = guarded.every(({ lost }) => lost === 0) && (results.at(-1)?.repaired ?? 0) === 1;
  if (json) {
    console.log(JSON.stringify({ processes, times, right, results }, null, 2));
  } else {
    for (const line of table([
      ['guarded by', 'counted', 'lost', 'time', 'each'],
      ...results.map((r) => [
        r.guard,
        formatCount(r.counted),
        formatCount(r.lost),
        formatTime(r.milliseconds),
        each(r),
      ]),
    ]))
      console.log(line);
    const mark = right ? styled('green', '✓') : styled('red', '✗');
    console.log(`${mark} every guard keeps every addition, also when a holder is killed half-way`);
  }
  if (options.plot !== undefined) await writePicture(options.plot, plot(results), json);
  return right ? 0 : 1;
}

async function count(guard: Guard, processes: number, times: number): Promise<Result> {
  using counter = SharedArray.create('int32', [2]);
  using go = Semaphore.create({ value: 0 });
  using lock = guard === 'Lock' ? Lock.create() : undefined;
  using mutex = guard.startsWith('Mutex') ? Mutex.create() : undefined;
  const name = (lock ?? mutex)?.name ?? '';
  const programs = Array.from({ length: processes }, () =>
    startNode('counter/worker', [guard, counter.name, name, go.name, String(times)]),
  );
  await Promise.all(programs.map((program) => program.firstLine));
  if (guard === 'Mutex, its holder killed') {
    const victim = startNode('counter/victim', [counter.name, name]);
    await victim.firstLine;
    await victim.kill();
  }
  for (let i = 0; i < processes; i += 1) go.release();
  const said = await Promise.all(programs.map((program) => program.lines));
  const workers = said.map(
    ([, line = '']) => JSON.parse(line) as { begin: number; end: number; repaired: number },
  );
  const counted = Math.min(...counter.data);
  const expected = processes * times;
  return {
    guard,
    expected,
    counted,
    lost: expected - counted,
    repaired: workers.reduce((sum, { repaired }) => sum + repaired, 0),
    milliseconds:
      Math.max(...workers.map(({ end }) => end)) - Math.min(...workers.map(({ begin }) => begin)),
  };
}

function each({ milliseconds, expected }: Result): string {
  return `${((1000 * milliseconds) / expected).toFixed(1)} µs`;
}

function plot(results: readonly Result[]): string {
  return barChart({
    title: 'Additions lost',
    axis: `additions lost, of ${formatCount(results[0]?.expected ?? 0)}; beside them what one cost`,
    bars: results.map((r) => ({
      label: r.guard === 'Mutex, its holder killed' ? 'Mutex, killed' : r.guard,
      value: r.lost,
      note: `${formatCount(r.lost)} lost, ${each(r)} each`,
    })),
  });
}
