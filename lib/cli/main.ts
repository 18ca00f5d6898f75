#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Command } from 'commander';
import { addCreate } from './create';
import { addDoctor } from './doctor';
import { addDump } from './dump';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, exitCodeOf, isBrokenPipe, messagesOf } from './failure';
import { addGc } from './gc';
import { addList } from './list';
import { addLs } from './ls';
import { remark } from './output';
import { addRead } from './read';
import { addRm } from './rm';
import { addSem } from './sem';
import { addStat } from './stat';
import { addWho } from './who';
import { addWrite } from './write';

const EPILOGUE = `
Exit codes:
  ${EXIT_OK}  done
  ${EXIT_FAILED}  it could not be done: no such segment, no permission, no space …; doctor: a problem
  ${EXIT_USAGE}  wrong usage: an option, argument or name that is never valid
Errors go to standard error; with --json standard output is one JSON document.`;

/** Read, not imported: it lies outside what TypeScript compiles. */
function packageVersion(): string {
  const file = path.join(__dirname, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function buildProgram(): Command {
  const program = new Command('named-shm')
    .description('Named shared memory: look at it, make it, fill it, remove it')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(`named-shm: ${text.replace(/^error: /, '')}`);
      },
    })
    .addHelpText('afterAll', EPILOGUE);
  const look = [addLs, addStat, addWho, addSem];
  const change = [addCreate, addRm, addWrite, addRead, addDump, addList, addGc];
  for (const addCommand of [...look, ...change]) addCommand(program);
  addDoctor(program, packageVersion());
  return program;
}

async function main(): Promise<void> {
  // Each write tells its own caller when it fails. Without listeners the streams would throw too.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  // In the place of Node's own listener, which prints a process id and how to trace warnings.
  process.removeAllListeners('warning').on('warning', ({ message }) => {
    remark(`warning: ${message}`);
  });
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (isBrokenPipe(error)) return;
    messagesOf(error).forEach(remark);
    process.exitCode = exitCodeOf(error);
  }
}

void main();
