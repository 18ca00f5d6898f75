import * as path from 'node:path';
import type { DescribedProgram } from './program';
import type { Line, Row } from './row';
import { type Compiler, compile, type Python, pythonScript } from './toolchain';

/** How a program is started. */
export type Command = readonly [program: string, ...args: string[]];

export interface Tools {
  readonly compiler: Compiler;
  /** Lines against CPython are left out without it. */
  readonly python: Python | undefined;
}

/**
 * The command of one program of a line: ours, or that of one of the line's yardsticks. What is in C
 * is compiled.
 */
export function commandOf(row: Row, line: Line, program: DescribedProgram, tools: Tools): Command {
  switch (program.language) {
    case 'node':
      return [
        process.execPath,
        path.join(__dirname, 'worker.js'),
        ...addressOf(row, line, program),
      ];
    case 'c':
      return [compile(tools.compiler, program.file), ...program.args];
    case 'python':
      if (tools.python === undefined) throw new Error('a program in Python without Python');
      return [tools.python.command, pythonScript(program.file), ...program.args];
  }
}

/** Where a worker finds the program again: the row's name, and indices. */
function addressOf(row: Row, line: Line, program: DescribedProgram): string[] {
  const yardstick = line.yardsticks.findIndex((candidate) => candidate.program === program);
  return [row.name, row.lines.indexOf(line), ...(yardstick === -1 ? [] : [yardstick])].map(String);
}
