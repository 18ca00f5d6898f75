import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type Command, commandOf, type Tools } from './command';
import type { Line, Row } from './row';
import { RunningProgram } from './running-program';

const OPERATIONS = 1000;

/** What one operation asks of the system, in our program and in C. */
export interface Comparison {
  readonly ours: string;
  readonly theirs: string;
}

/** Whether a C program that claims to make our system calls does: as strace sees it. */
export async function compareSystemCalls(
  row: Row,
  line: Line,
  tools: Tools,
): Promise<Comparison | undefined> {
  const yardstick = line.yardsticks.find(({ sameSystemCalls }) => sameSystemCalls);
  if (!yardstick) return undefined;
  return {
    ours: await callsOf(commandOf(row, line, line.ours, tools)),
    theirs: await callsOf(commandOf(row, line, yardstick.program, tools)),
  };
}

/** The system calls of one operation, as "close 1, fstat 1, mmap 2". */
async function callsOf(command: Command): Promise<string> {
  const few = await trace(command, OPERATIONS);
  const many = await trace(command, 2 * OPERATIONS);
  return [...many]
    .map(
      ([call, count]) => [call, Math.round((count - (few.get(call) ?? 0)) / OPERATIONS)] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([call, count]) => `${call} ${count}`)
    .sort()
    .join(', ');
}

/** How often a program makes each system call when it does so many operations, all in all. */
async function trace(command: Command, operations: number): Promise<Map<string, number>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'named-shm-bench-'));
  const file = path.join(folder, 'calls');
  try {
    const program = new RunningProgram(['strace', '-f', '-qq', '-o', file, ...command]);
    try {
      await program.measure(operations);
    } finally {
      await program.end();
    }
    const counts = new Map<string, number>();
    for (const [, call = ''] of readFileSync(file, 'utf8').matchAll(/^\d+ +(\w+)\(/gm))
      counts.set(call, (counts.get(call) ?? 0) + 1);
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
