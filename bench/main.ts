import { parseArgs } from 'node:util';
import type { Tools } from './harness/command';
import { describeMachine, machineLine } from './harness/machine';
import { type Effort, measureLine, type Result } from './harness/measure';
import type { Line, Row } from './harness/row';
import { compareSystemCalls } from './harness/system-calls';
import { renderTable } from './harness/table';
import { findCompiler, findPython } from './harness/toolchain';
import { rows } from './rows';

const USAGE = `npm run bench -- [options]

  --only ROW,ROW   only these of ${rows.map(({ name }) => name).join(', ')}
  --quick          see that everything runs; the figures mean little
  --json           for programs: times in nanoseconds, the ratio of each pair of rounds
  --calls          instead of the time: our system calls and those of the C programs that
                   claim to make the same (needs strace)
`;

const FULL: Effort = { rounds: 21, roundMs: 50 };
const QUICK: Effort = { rounds: 3, roundMs: 1 };

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      calls: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const lines = linesOf(options.only);
  const tools = { compiler: findCompiler(), python: findPython() };
  if (options.calls) await showSystemCalls(lines, tools);
  else await showSpeed(lines, tools, { ...options, effort: options.quick ? QUICK : FULL });
}

type RowLine = readonly [Row, Line];

function linesOf(only: string | undefined): RowLine[] {
  const names = only?.split(',') ?? rows.map(({ name }) => name);
  return names.flatMap((name) => {
    const row = rows.find((candidate) => candidate.name === name);
    if (!row) throw new Error(`no row "${name}"\n\n${USAGE}`);
    return row.lines.map((line) => [row, line] as const);
  });
}

async function showSpeed(
  lines: readonly RowLine[],
  tools: Tools,
  { json, effort }: { readonly json: boolean; readonly effort: Effort },
): Promise<void> {
  const machine = describeMachine(tools);
  const results: Result[] = [];
  for (const [index, [row, line]] of lines.entries()) {
    showProgress(`${index + 1}/${lines.length} ${line.title}`);
    results.push(...(await measureLine(row, line, { tools, effort })));
  }
  showProgress('');
  if (json) {
    console.log(JSON.stringify({ machine, effort, results }, null, 2));
    return;
  }
  console.log(machineLine(machine));
  console.log(
    `Medians of ${effort.rounds} rounds of ${effort.roundMs} ms, taken in turns. ` +
      'Ratio: of times where the reach is ≤, of speeds where it is ≥.\n',
  );
  console.log(renderTable(results));
  if (!tools.python) console.log('\nWithout Python: what is measured against CPython is left out.');
}

async function showSystemCalls(lines: readonly RowLine[], tools: Tools): Promise<void> {
  for (const [row, line] of lines) {
    const comparison = await compareSystemCalls(row, line, tools);
    if (!comparison) continue;
    const { ours, theirs } = comparison;
    console.log(`${line.title}\n  ours  ${ours}\n  in C  ${theirs}`);
    if (ours !== theirs) process.exitCode = 1;
  }
}

/** What is being measured, in one line of a terminal that the next one overwrites. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
