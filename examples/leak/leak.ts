import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { SharedMemory, SharedResourceError } from 'named-shm';
import { expectSame } from '../support/expect';
import { isThere, nameToKeep } from '../support/kept';
import { parseOptions } from '../support/options';
import { packageRoot } from '../support/paths';
import { atEnd, Program, startNode } from '../support/programs';
import { row, step } from '../support/report';

const USAGE = `Usage: npm run demo -- leak

Who leaves shared memory behind, how to see it, and how to get rid of it.`;

export async function run(args: readonly string[]): Promise<number> {
  if (parseOptions(args, {}, USAGE) === undefined) return 0;
  const folder = mkdtempSync(path.join(tmpdir(), 'named-shm-leak-'));
  atEnd(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  // Journals of its own: what other programs of yours have left is not this demo's to remove.
  const env = { NAMED_SHM_JOURNAL_DIR: folder };
  const start = (how: string, name: string): Program =>
    startNode('leak/forgets', [how, name], { env });
  const show = async (...words: readonly string[]): Promise<void> => {
    const cli = path.join(packageRoot, 'dist', 'cli', 'main.js');
    row('$', `named-shm ${words.join(' ')}`);
    for (const line of await new Program(process.execPath, [cli, ...words], { env }).lines)
      row('', line);
  };

  const held = [
    await step('A program that does it right', async () => {
      const name = nameToKeep();
      row('segment', name);
      await start('right', name).lines;
      expectSame('it is there', isThere(name), false);
      return 'ended, and its segment with it: there is nothing to forget';
    }),
    await step('A program that keeps its segment, and nobody removes it', async () => {
      const name = nameToKeep();
      row('segment', name);
      await start('keeps', name).lines;
      expectSame('it is there', isThere(name), true);
      await show('stat', name);
      await show('gc');
      await show('rm', name);
      expectSame('it is there', isThere(name), false);
      return '"track: false" leaves it to you: "ls" lists it, "gc" lets it be, "rm" removes it';
    }),
    await step('A program that is killed', async () => {
      const name = nameToKeep();
      row('segment', name);
      const program = start('killed', name);
      await program.firstLine;
      await show('who', name);
      await program.kill();
      expectSame('it is there', isThere(name), true);
      await show('gc', '--dry-run');
      await show('gc');
      expectSame('it is there', isThere(name), false);
      return 'SIGKILL leaves no time to clean up: "gc" does it, or the next program';
    }),
    await step('Shared memory that is full', () => {
      row('error', whenFull());
      return 'an error when it is made, not a crash when it is used';
    }),
  ];
  return held.every(Boolean) ? 0 : 1;
}

function whenFull(): string {
  if (process.platform !== 'linux') return 'only Linux says how much there is';
  const { blocks, bsize } = statfsSync('/dev/shm');
  try {
    SharedMemory.create({ size: blocks * bsize + 1 }).unlink();
  } catch (error) {
    if (error instanceof SharedResourceError && error.code === 'ENOSPC') return error.message;
    throw error;
  }
  throw new Error('more than all of it was not refused');
}
