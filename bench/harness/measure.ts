import { type Command, commandOf, type Tools } from './command';
import type { Line, Reach, Row } from './row';
import { RunningProgram } from './running-program';
import { median } from './statistics';

/** How long to look. */
export interface Effort {
  readonly rounds: number;
  /** Milliseconds that one round of one program should take. */
  readonly roundMs: number;
}

/** A line against one of its yardsticks. Times are nanoseconds of one operation or element. */
export interface Result {
  readonly row: string;
  readonly title: string;
  readonly yardstick: string;
  readonly oursNs: number;
  readonly yardstickNs: number;
  /** Bytes that one operation moves, where it is about moving bytes. */
  readonly bytes?: number;
  /** Of times where the reach is a time (ours ÷ theirs), of speeds where it is a speed. */
  readonly ratio: number;
  /** The same for each pair of rounds: how far to trust it. */
  readonly ratios: readonly number[];
  readonly reach?: Reach;
  readonly met?: boolean;
}

/**
 * Measures a line: all its programs run at the same time and take turns, A B C A B C …, so that
 * whatever else the machine does hits them alike, and each ratio is of two rounds that were
 * neighbours.
 */
export async function measureLine(
  row: Row,
  line: Line,
  { tools, effort }: { readonly tools: Tools; readonly effort: Effort },
): Promise<Result[]> {
  const yardsticks = line.yardsticks.filter(
    ({ program }) => program.language !== 'python' || tools.python !== undefined,
  );
  if (yardsticks.length === 0) return [];

  const programs = [line.ours, ...yardsticks.map(({ program }) => program)];
  const commands = programs.map((program) => commandOf(row, line, program, tools));
  const times = await timesInTurns(commands, effort);
  const [ours = [], ...theirs] = times.map((rounds) =>
    rounds.map((time) => time / (line.elements ?? 1)),
  );
  return yardsticks.map(({ title, reach }, index) => {
    const yardstick = theirs[index] ?? [];
    const ratios = ours.map((time, round) => compare(time, yardstick[round] ?? NaN, line));
    const ratio = median(ratios);
    return {
      row: row.name,
      title: line.title,
      yardstick: title,
      oursNs: median(ours),
      yardstickNs: median(yardstick),
      ...(line.bytes === undefined ? {} : { bytes: line.bytes }),
      ratio,
      ratios,
      ...(reach === undefined ? {} : { reach, met: isMet(reach, { ratio, ns: median(ours) }) }),
    };
  });
}

/** Nanoseconds of one operation: a list of rounds for each program. */
async function timesInTurns(
  commands: readonly Command[],
  { rounds, roundMs }: Effort,
): Promise<number[][]> {
  const programs = commands.map((command) => new RunningProgram(command));
  try {
    const operations: number[] = [];
    for (const program of programs) operations.push(await operationsFor(program, roundMs));
    const times: number[][] = programs.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, program] of programs.entries())
        times[index]?.push(await program.measure(operations[index] ?? 1));
    }
    return times;
  } finally {
    for (const program of programs) await program.end();
  }
}

/** How many operations make a round of the given length; finding out warms the program up. */
async function operationsFor(program: RunningProgram, roundMs: number): Promise<number> {
  const roundNs = roundMs * 1e6;
  for (let operations = 1; ;) {
    const elapsed = (await program.measure(operations)) * operations;
    const factor = roundNs / elapsed;
    if (factor <= 1.2) return Math.max(1, Math.round(operations * factor));
    operations = Math.ceil(operations * Math.min(10, factor));
  }
}

/** Every yardstick of a line is compared in the terms of the reach that the line has. */
function compare(ours: number, yardstick: number, { yardsticks }: Line): number {
  const ofSpeeds = yardsticks.some(({ reach }) => reach !== undefined && 'atLeast' in reach);
  return ofSpeeds ? yardstick / ours : ours / yardstick;
}

function isMet(reach: Reach, { ratio, ns }: { ratio: number; ns: number }): boolean {
  if ('atMostNs' in reach) return ns <= reach.atMostNs;
  return 'atMost' in reach ? ratio <= reach.atMost : ratio >= reach.atLeast;
}
